"""A file's size and checksums, in one pass."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from magic_rucio.errors import ConflictError

BLOCK = 1 << 20
"""Bytes read at once: large enough that the calls cost nothing, small enough for many files at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """What tells one content from another, checksums in hexadecimal."""

    bytes: int
    adler32: str
    md5: str
    sha256: str


def fingerprint(path: Path, *, stopped: Callable[[], bool] = lambda: False) -> Fingerprint:
    """Read a file once.

    Raises
    ------
    OSError
        Where it cannot be read.
    ConflictError
        Where it changed meanwhile.
    InterruptedError
        Where `stopped` said so.
    """
    # Rucio asks for md5 and adler32; sha256 is for the metadata: neither of them resists intent.
    adler, md5, sha256 = 1, hashlib.md5(usedforsecurity=False), hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        before = _identity(os.fstat(file.fileno()))
        size = 0
        while block := file.read(BLOCK):
            if stopped():
                raise InterruptedError
            size += len(block)
            adler = zlib.adler32(block, adler)
            md5.update(block)
            sha256.update(block)
        after = _identity(os.fstat(file.fileno()))
    if before != after or size != after[0]:
        raise ConflictError(
            f"{path} changed while it was read.", advice="Publish it when it is written completely."
        )
    return Fingerprint(bytes=size, adler32=f"{adler:08x}", md5=md5.hexdigest(), sha256=sha256.hexdigest())


def _identity(stat: os.stat_result) -> tuple[int, int, int]:
    return stat.st_size, stat.st_mtime_ns, stat.st_ino
