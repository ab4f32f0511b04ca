"""The bytes of one file as they arrive: counted, hashed, resumed."""

from __future__ import annotations

import errno
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from magic_rucio.errors import ConflictError
from magic_rucio.storage.fetch import TOO_LONG, FetchError
from magic_rucio.storage.fingerprint import BLOCK


class Part:
    """A file that grows; made by `opened`.

    Parameters
    ----------
    advance : callable
        Told of bytes that have arrived, of an earlier try's too, and of bytes thrown away (negative).
    """

    def __init__(
        self, descriptor: int, size: int, *, advance: Callable[[int], None], stopped: Callable[[], bool]
    ) -> None:
        self.size = size
        self.offset = 0
        self.resumed = False
        self._adler = 1
        self._descriptor = descriptor
        self._advance = advance
        self._stopped = stopped

    @property
    def adler32(self) -> str:
        """Of all bytes so far."""
        return f"{self._adler:08x}"

    def write(self, block: bytes) -> None:
        if self._stopped():
            raise InterruptedError
        if self.offset + len(block) > self.size:
            raise FetchError(TOO_LONG, advice="Tell the data manager.", code="content-differs")
        view = memoryview(block)
        while view:
            view = view[os.write(self._descriptor, view) :]
        self._count(block)

    def restart(self) -> None:
        os.ftruncate(self._descriptor, 0)
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        self._advance(-self.offset)
        self.offset, self._adler, self.resumed = 0, 1, False

    def take_over(self) -> None:
        """Read what an earlier try left."""
        if os.fstat(self._descriptor).st_size > self.size:
            os.ftruncate(self._descriptor, 0)
        while block := os.read(self._descriptor, BLOCK):
            if self._stopped():
                raise InterruptedError
            self._count(block)
        self.resumed = self.offset > 0

    def sync(self) -> None:
        """Have it on disk before it gets its name."""
        os.fsync(self._descriptor)

    def _count(self, block: bytes) -> None:
        self.offset += len(block)
        self._adler = zlib.adler32(block, self._adler)
        self._advance(len(block))


@contextmanager
def opened(
    path: Path, size: int, *, advance: Callable[[int], None], stopped: Callable[[], bool]
) -> Iterator[Part]:
    """Open a part, with what an earlier try left of it.

    Raises
    ------
    ConflictError
        Where the disk is full or does not take it.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            part = Part(descriptor, size, advance=advance, stopped=stopped)
            part.take_over()
            yield part
        finally:
            os.close(descriptor)
    except InterruptedError:
        raise
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise ConflictError(
            f"The cache cannot be written: {error.strerror} ({path.parent}).",
            code="disk-full" if full else "cache-unusable",
            advice="Make room, or name another folder by MAGIC_RUCIO_CACHE_DIR.",
        ) from None
