"""The bytes of a FITS file, plain or gzipped, block by block and never backwards."""

from __future__ import annotations

import io
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from magic_rucio.dl3.errors import Dl3Error

BLOCK = 2880
"""Bytes of a FITS block; every header and every data unit fills whole blocks."""

WINDOW = 12 * BLOCK
"""Bytes read at a time: the headers of a point-like DL3 file before and after the events fit in one each."""

GZIP_CHUNK = 1 << 17
"""Most compressed bytes read, and most inflated bytes held, at a time: what bounds the memory."""

GZIP_FREE = 256 << 20
"""Inflated bytes always allowed, so that a small file of zeros is no bomb."""

GZIP_RATIO = 100
"""Inflation beyond which a file is taken for a bomb: DL3 files shrink by 1.3 to 20."""

GZIP_LIMIT = 16 << 30
"""Inflated bytes never exceeded: about a minute of one core."""

GZIP_MEMBERS = 1000
"""Members always allowed; beyond, each must bring a block of data (bgzip's bring 64 kB)."""

OTHER_KINDS = {
    b"BZh": "bzip2-compressed (only gzip is read)",
    b"\xfd7zXZ": "xz-compressed (only gzip is read)",
    b"\x28\xb5\x2f\xfd": "zstd-compressed (only gzip is read)",
    b"\x1f\x9d": "compress-ed (.Z; only gzip is read)",
    b"PK\x03\x04": "a zip archive",
    b"\x89HDF": "an HDF5 file",
    b"root\0\0": "a ROOT file",
    b"version https://git-lfs": "a Git LFS pointer, not the file itself",
}
"""First bytes -> what it is, for files often mistaken for FITS."""


class ByteSource(Protocol):
    """Forward-only access to the (inflated) bytes of a file."""

    size: int
    """Bytes on disk."""

    def block(self, offset: int) -> bytes:
        """Up to `BLOCK` bytes from `offset`; fewer only at the end of the file."""
        ...

    def end_before(self, end: int) -> int | None:
        """The length of the (inflated) file where that is below `end`, else nothing."""
        ...


class PlainSource:
    """Reads windows of the file where headers are, and seeks over the rest."""

    def __init__(self, file: io.FileIO, size: int, first: bytes) -> None:
        self.size = size
        self._file = file
        self._window = first
        self._start = 0

    def block(self, offset: int) -> bytes:
        begin = offset - self._start
        if not 0 <= begin <= len(self._window) - BLOCK:
            self._file.seek(offset)
            self._window = self._file.read(WINDOW)
            self._start = offset
            begin = 0
        return self._window[begin : begin + BLOCK]

    def end_before(self, end: int) -> int | None:
        return self.size if end > self.size else None


class GzipSource:
    """Inflates what lies between headers in small pieces and forgets it.

    A gzipped file tells its true length and checksum only at its end, so it is inflated to the end of the
    last data unit; memory stays at `GZIP_CHUNK`, and time is bounded by `GZIP_RATIO` and `GZIP_LIMIT`.
    """

    def __init__(self, file: io.FileIO, size: int, first: bytes) -> None:
        self.size = size
        self._file = file
        self._compressed = first
        self._read = len(first)
        self._inflater = zlib.decompressobj(wbits=31)
        self._window = b""
        self._start = 0
        self._members = 1
        self._over = False
        self._allowed = min(max(GZIP_FREE, GZIP_RATIO * size), GZIP_LIMIT)

    def block(self, offset: int) -> bytes:
        self._forget_until(offset)
        while len(self._window) < BLOCK and self._inflate():
            pass
        return self._window[:BLOCK]

    def end_before(self, end: int) -> int | None:
        self._forget_until(end)
        return self._start if self._start < end else None

    def _forget_until(self, offset: int) -> None:
        while self._start + len(self._window) < offset:
            self._start += len(self._window)
            self._window = b""
            if not self._inflate():
                return
        self._window = self._window[offset - self._start :]
        self._start = offset

    def _inflate(self) -> bool:
        """Add inflated bytes to the window; false at the end of the last gzip member."""
        while not self._over:
            if self._inflater.eof and not self._next_member():
                self._over = True
                break
            piece = self._inflate_piece()
            if piece:
                self._window += piece
                if self._start + len(self._window) > self._allowed:
                    raise Dl3Error.malformed(
                        f"compressed byte {self._read}",
                        f"inflates to more than {self._allowed} bytes from {self.size}: a gzip bomb?",
                    )
                return True
        return False

    def _inflate_piece(self) -> bytes:
        data = self._inflater.unconsumed_tail or self._compressed or self._read_compressed()
        self._compressed = b""
        try:
            piece = self._inflater.decompress(data, GZIP_CHUNK)
        except zlib.error as error:
            raise Dl3Error.malformed(
                f"gzip, before compressed byte {self._read}",
                f"{error}".removeprefix("Error -3 while decompressing data: "),
            ) from None
        if not data and not piece and not self._inflater.eof:
            raise Dl3Error.truncated(
                f"gzip, compressed byte {self._read}",
                f"the file ends before the gzip trailer, {self._start + len(self._window)} bytes inflated",
            )
        return piece

    def _next_member(self) -> bool:
        rest = self._inflater.unused_data or self._compressed
        self._compressed = b""
        while not rest.strip(b"\0"):
            rest = self._read_compressed()
            if not rest:
                return False
        rest = rest.lstrip(b"\0")
        if len(rest) < 2:
            rest += self._read_compressed()
        if not rest.startswith(b"\x1f\x8b"):
            raise Dl3Error.malformed(
                f"gzip, before compressed byte {self._read}", "rubbish after the gzip data"
            )
        self._members += 1
        if self._members > GZIP_MEMBERS + (self._start + len(self._window)) // BLOCK:
            raise Dl3Error.malformed(
                f"gzip, before compressed byte {self._read}",
                f"{self._members} gzip members with hardly any data",
            )
        self._inflater = zlib.decompressobj(wbits=31)
        self._compressed = rest
        return True

    def _read_compressed(self) -> bytes:
        data = self._file.read(GZIP_CHUNK)
        self._read += len(data)
        return data


def _opener(path: str, flags: int) -> int:
    # A FIFO put in the file's place between stat and open must not block.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))


@contextmanager
def open_source(path: str | os.PathLike[str]) -> Iterator[ByteSource]:
    """Open a regular file and tell gzip from plain FITS by its first bytes.

    Raises
    ------
    Dl3Error
        Not there, no permission, not a regular file, empty, or of a kind that is not FITS.
    """
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise Dl3Error.unreadable(getattr(error, "strerror", None) or str(error)) from None
    _refuse_irregular(mode)
    try:
        with io.FileIO(os.fspath(path), "rb", opener=_opener) as file:
            status = os.fstat(file.fileno())
            _refuse_irregular(status.st_mode)
            first = file.read(WINDOW)
            yield _source(file, status.st_size, first)
    except OSError as error:
        raise Dl3Error.unreadable(error.strerror or str(error)) from None


def _refuse_irregular(mode: int) -> None:
    if stat.S_ISREG(mode):
        return
    kinds = {
        stat.S_IFDIR: "a directory",
        stat.S_IFIFO: "a FIFO",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a character device",
        stat.S_IFBLK: "a block device",
    }
    raise Dl3Error.unreadable(f"it is {kinds.get(stat.S_IFMT(mode), 'special')}, not a regular file")


def _source(file: io.FileIO, size: int, first: bytes) -> ByteSource:
    if not first:
        raise Dl3Error.not_fits("the file is empty")
    if first.startswith(b"\x1f\x8b"):
        return GzipSource(file, size, first)
    for magic, kind in OTHER_KINDS.items():
        if first.startswith(magic):
            raise Dl3Error.not_fits(f"it is {kind}")
    return PlainSource(file, size, first)
