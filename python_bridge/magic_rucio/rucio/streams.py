"""Streams of records, one a line, cut from blocks of bytes with bounded memory."""

from __future__ import annotations

from collections.abc import AsyncIterator

from magic_rucio.rucio.errors import not_rucio

LONGEST_LINE = 16 * 1024 * 1024
"""Bytes of one record; a longer line is not Rucio's."""


async def lines_of(blocks: AsyncIterator[bytes], what: str) -> AsyncIterator[bytes]:
    """Give the lines that are not blank.

    Only a newline ends one: Unicode knows further line ends, and names may hold them.

    Raises
    ------
    UnreachableError
        Where a line does not end.
    """
    rest = bytearray()
    async for block in blocks:
        *whole, tail = block.split(b"\n")
        for line in whole:
            rest += line
            if rest.strip():
                yield bytes(rest)
            rest.clear()
        rest += tail
        if len(rest) > LONGEST_LINE:
            raise not_rucio(what)
    if rest.strip():
        yield bytes(rest)
