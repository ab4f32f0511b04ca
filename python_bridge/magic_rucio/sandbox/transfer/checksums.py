"""Checksums as a job names them (`ADLER32:0a1b2c3d`), computed while bytes pass by."""

from __future__ import annotations

import errno
import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from magic_rucio.sandbox.transfer.reasons import Scope, TransferFailure


class Hasher(Protocol):
    """Takes bytes in order, tells the checksum so far."""

    def update(self, data: memoryview, /) -> None: ...

    def hexdigest(self) -> str: ...


class _Rolling:
    def __init__(self, function: Callable[[memoryview, int], int], start: int) -> None:
        self._function = function
        self._value = start

    def update(self, data: memoryview, /) -> None:
        self._value = self._function(data, self._value)

    def hexdigest(self) -> str:
        return f"{self._value:08x}"


_HASHERS: dict[str, Callable[[], Hasher]] = {
    "ADLER32": lambda: _Rolling(zlib.adler32, 1),
    "CRC32": lambda: _Rolling(zlib.crc32, 0),
    "MD5": lambda: hashlib.md5(usedforsecurity=False),
}


@dataclass(frozen=True, slots=True)
class Checksum:
    """What a submission says of a file: an algorithm, and a value or none."""

    algorithm: str = "ADLER32"
    value: str = ""

    @classmethod
    def parse(cls, text: str | None) -> Checksum:
        """Take `ALGORITHM:value` or `ALGORITHM`; FTS means ADLER32 when nothing is said."""
        algorithm, _, value = (text or "").partition(":")
        return cls(algorithm.strip().upper() or "ADLER32", value.strip())

    def hasher(self, scope: Scope) -> Hasher:
        """Start a computation.

        Raises
        ------
        TransferFailure
            An algorithm that no storage here offers.
        """
        if self.algorithm not in _HASHERS:
            raise TransferFailure(
                scope, errno.EOPNOTSUPP, f"Checksum type {self.algorithm} not supported by the storage"
            )
        return _HASHERS[self.algorithm]()


def same_checksum(one: str, other: str) -> bool:
    """Compare as FTS does: leading zeros and case do not count."""
    return one.lower().lstrip("0") == other.lower().lstrip("0")
