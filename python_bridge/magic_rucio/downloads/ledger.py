"""How many bytes of the cache are reserved, for all processes of the user."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Ledger:
    """How many bytes are reserved: what a look at all entries gave, and what was added since.

    Never too little, since nothing comes without being added; what went without being taken off is found at
    the next look, which comes when the limit seems reached. So a file costs no look at fifty thousand others.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def read(self) -> int | None:
        """Return the bytes; None where nobody has looked yet."""
        try:
            return max(0, int(os.pread(self._descriptor, 32, 0)))
        except ValueError:
            return None

    def write(self, used: int) -> None:
        """Note the bytes."""
        text = str(used).encode()
        os.pwrite(self._descriptor, text, 0)
        os.ftruncate(self._descriptor, len(text))


@contextmanager
def opened_ledger(path: Path) -> Iterator[Ledger]:
    """Hold the ledger against other threads and processes."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield Ledger(descriptor)
    finally:
        os.close(descriptor)
