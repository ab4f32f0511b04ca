"""The headers of a FITS file, one after the other, with the data between them skipped and measured."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from magic_rucio.dl3.cards import Header
from magic_rucio.dl3.errors import Dl3Error
from magic_rucio.dl3.source import BLOCK, ByteSource

MAX_HEADER_BLOCKS = 1024
"""Blocks (2.9 MB, 36 864 cards) after which a header without END is given up; real ones have 1 to 20."""

MAX_HEADER_BYTES = 8 << 20
"""Bytes of headers, all HDUs together, after which a file is given up: they are kept in memory."""

MAX_HDUS = 1000
"""HDUs after which a file is given up; real ones have 5 to 20."""

_END = b"END".ljust(80)
_PLAIN_TABLE = re.compile(
    rb"XTENSION= 'BINTABLE'.{60}BITPIX  = {20}8 .{49}NAXIS   = {20}2 .{49}NAXIS1  = ([ 0-9]{20}) .{49}"
    rb"NAXIS2  = ([ 0-9]{20}) .{49}PCOUNT  = ([ 0-9]{20}) .{49}GCOUNT  = {20}1 ",
    re.DOTALL,
)
"""How nearly every table's header begins (FITS standard 4.0, tables 10 and 17): read at one go."""

_BITPIX = {8: 1, 16: 2, 32: 4, 64: 8, -32: 4, -64: 8}


@dataclass(frozen=True, slots=True)
class HeaderUnit:
    """A header and where it lies.

    Parameters
    ----------
    index : int
        Number of the HDU, the primary one being 0.
    offset : int
        Byte at which the header starts (of the inflated file where it is gzipped).
    name : str
        EXTNAME, or `PRIMARY`; empty where an extension has none.
    header : Header
        Its cards.
    rows : int
        NAXIS2 of a binary table, otherwise 0.
    is_table : bool
        Whether it is a binary table.
    """

    index: int
    offset: int
    name: str
    header: Header
    rows: int
    is_table: bool


def read_headers(source: ByteSource) -> Iterator[HeaderUnit]:
    """Go through all headers of a file.

    Raises
    ------
    Dl3Error
        Not FITS, malformed, or shorter than its headers say.
    """
    offset = 0
    header_bytes = 0
    for index in range(MAX_HDUS):
        first = source.block(offset)
        if index and _is_padding(first):
            return
        _check_start(index, offset, first)
        raw, data_offset = _read_header(source, index, offset, first)
        header_bytes += len(raw)
        if header_bytes > MAX_HEADER_BYTES:
            raise Dl3Error.malformed(
                f"HDU {index}, byte {offset}", f"over {MAX_HEADER_BYTES} bytes of headers"
            )
        header = Header(raw)
        unit, data_size = _describe(index, offset, header)
        end = data_offset + -(-data_size // BLOCK) * BLOCK
        _check_length(source, unit, data_offset, data_size, end)
        yield unit
        offset = end
    raise Dl3Error.malformed(f"byte {offset}", f"more than {MAX_HDUS} HDUs")


def _is_padding(block: bytes) -> bool:
    # The standard ends a file with its last HDU; tapes and some tools fill up with zeros or blanks.
    return not block.strip(b"\0 \n\r")


def _check_start(index: int, offset: int, block: bytes) -> None:
    expected = b"XTENSION= " if index else b"SIMPLE  ="
    if block.startswith(expected):
        return
    if index == 0:
        found = block[:16].decode("ascii", "backslashreplace")
        raise Dl3Error.not_fits(f'it starts with "{found}" and not with "SIMPLE  ="')
    if len(block) < len(expected) and expected.startswith(block):
        raise Dl3Error.truncated(
            f"HDU {index}, byte {offset}", "the file ends in the first card of its header"
        )
    found = block[:16].decode("ascii", "backslashreplace")
    raise Dl3Error.malformed(
        f"HDU {index}, byte {offset}", f'"{found}" where a header should start with "XTENSION="'
    )


def _read_header(source: ByteSource, index: int, offset: int, block: bytes) -> tuple[bytes, int]:
    """The cards before END, and the byte after the header's last block."""
    blocks: list[bytes] = []
    position = offset
    while True:
        if len(block) < BLOCK:
            raise Dl3Error.truncated(
                f"HDU {index}, header at byte {offset}",
                f"the file ends at byte {position + len(block)}, inside the header",
            )
        end = _find_end(block)
        position += BLOCK
        if end is not None:
            blocks.append(block[:end])
            return b"".join(blocks), position
        blocks.append(block)
        if len(blocks) == MAX_HEADER_BLOCKS:
            raise Dl3Error.malformed(
                f"HDU {index}, header at byte {offset}", f"no END card within {position - offset} bytes"
            )
        block = source.block(position)


def _find_end(block: bytes) -> int | None:
    found = block.find(_END)
    while found > 0 and found % 80:
        found = block.find(_END, found + 1)
    return found if found >= 0 else None


def _describe(index: int, offset: int, header: Header) -> tuple[HeaderUnit, int]:
    """The HDU, and the bytes of its data."""
    name = header.text("EXTNAME") or ("" if index else "PRIMARY")
    plain = _PLAIN_TABLE.match(header.raw) if index else None
    if plain is None:
        return _describe_any(index, offset, name, header)
    try:
        width, rows, heap = int(plain[1]), int(plain[2]), int(plain[3])
    except ValueError:  # blank, or with a blank between digits
        return _describe_any(index, offset, name, header)
    return HeaderUnit(index, offset, name, header, rows, is_table=True), width * rows + heap


def _describe_any(index: int, offset: int, name: str, header: Header) -> tuple[HeaderUnit, int]:
    where = f"HDU {index}, header at byte {offset}"
    extension = header.text("XTENSION") if index else None
    bitpix = header.integer("BITPIX")
    if bitpix not in _BITPIX:
        raise Dl3Error.malformed(where, f"BITPIX is {_shown(header, 'BITPIX')}")
    axes = _axes(where, header)
    # GROUPS: an old kind of primary data whose first axis is 0 by convention.
    elements = prod(axes[1:] if _is_groups(index, axes, header) else axes)
    size = (
        _BITPIX[bitpix] * _count(where, header, "GCOUNT", 1) * (_count(where, header, "PCOUNT", 0) + elements)
    )
    is_table = extension in ("BINTABLE", "A3DTABLE")
    if is_table and (len(axes) != 2 or bitpix != 8):
        raise Dl3Error.malformed(where, f"a table with BITPIX {bitpix} and {len(axes)} axes")
    rows = axes[1] if is_table else 0
    return HeaderUnit(index, offset, name, header, rows, is_table), size if axes else 0


def _is_groups(index: int, axes: list[int], header: Header) -> bool:
    return index == 0 and len(axes) > 1 and axes[0] == 0 and header.value("GROUPS") is True


def _axes(where: str, header: Header) -> list[int]:
    number = header.integer("NAXIS")
    if number is None or not 0 <= number <= 999:
        raise Dl3Error.malformed(where, f"NAXIS is {_shown(header, 'NAXIS')}")
    axes = []
    for axis in range(1, number + 1):
        length = header.integer(f"NAXIS{axis}")
        if length is None or length < 0:
            raise Dl3Error.malformed(where, f"NAXIS{axis} is {_shown(header, f'NAXIS{axis}')}")
        axes.append(length)
    return axes


def _count(where: str, header: Header, keyword: str, default: int) -> int:
    if header.value(keyword) is None:
        return default
    count = header.integer(keyword)
    if count is None or count < 0:
        raise Dl3Error.malformed(where, f"{keyword} is {_shown(header, keyword)}")
    return count


def _shown(header: Header, keyword: str) -> str:
    value = header.value(keyword)
    return "absent or undefined" if value is None else repr(value)[:60]


def _check_length(source: ByteSource, unit: HeaderUnit, data_offset: int, data_size: int, end: int) -> None:
    length = source.end_before(end)
    if length is None:
        return
    label = f" ({unit.name})" if unit.name else ""
    where = f"HDU {unit.index}{label}, data at byte {data_offset}"
    if length < data_offset + data_size:
        found = max(0, length - data_offset)
        why = f"the header announces {data_size} bytes of data, the file ends after {found}"
    else:
        why = f"the file ends at byte {length}, {end - length} bytes before the end of the last block"
    raise Dl3Error.truncated(where, why)
