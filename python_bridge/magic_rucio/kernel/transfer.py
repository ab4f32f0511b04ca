"""Rows too big for one request: a private file read once, or pieces sent one after the other."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import stat
import zlib

from .columns import Runs
from .errors import AttachmentError

MAX_PACKED = 64_000_000
"""Compressed bytes: a million runs take about 50 MB."""
MAX_TRANSFERS = 4
"""Unfinished ones kept; the oldest goes first, so that lost ones do not pile up."""


def unpack(data: bytes, sha256: str) -> Runs:
    """Check and decode packed rows."""
    if hashlib.sha256(data).hexdigest() != sha256:
        raise AttachmentError("The rows arrived changed.", code="payload-changed", advice="Attach again.")
    return Runs.from_bytes(zlib.decompress(data))


def read_once(path: str, size: int) -> bytes:
    """Read the file that the server left for this kernel, and remove it.

    Raises
    ------
    AttachmentError
        ``file-not-visible`` where it is not there or not readable (another machine, another user): the
        sender then sends pieces. ``file-refused`` where it is not what the server wrote.
    """
    flags = (
        os.O_RDONLY
        | getattr(os, "O_NOFOLLOW", 0)
        | getattr(os, "O_CLOEXEC", 0)
        | getattr(os, "O_NONBLOCK", 0)
    )
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise AttachmentError(
            f"The kernel cannot see the server's file: {error.strerror}.", code="file-not-visible"
        ) from None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        owner = getattr(os, "getuid", lambda: status.st_uid)()
        private = os.name == "nt" or not status.st_mode & 0o077
        whole = stat.S_ISREG(status.st_mode) and status.st_nlink == 1 and status.st_size == size
        if status.st_uid != owner or not private or not whole or size > MAX_PACKED:
            raise AttachmentError(
                "The server's file is not as the server writes it (owner, mode or size).",
                code="file-refused",
                advice="Attach again.",
            )
        data = file.read(size)
    with contextlib.suppress(OSError):
        # Gone already, or a read-only view of it: the server sweeps up.
        os.unlink(path)
    return data


class Pieces:
    """Transfers under way, by their ids."""

    def __init__(self) -> None:
        self._open: dict[str, dict[int, bytes]] = {}

    def add(self, transfer: str, index: int, data: str) -> None:
        pieces = self._open.setdefault(transfer, {})
        pieces[index] = base64.b64decode(data)
        held = sum(map(len, pieces.values()))
        if held > MAX_PACKED:
            del self._open[transfer]
            raise AttachmentError("Too many rows at once.", code="too-big", advice="Attach fewer runs.")
        while len(self._open) > MAX_TRANSFERS:
            del self._open[next(iter(self._open))]

    def join(self, transfer: str, count: int) -> bytes:
        pieces = self._open.pop(transfer, {})
        if sorted(pieces) != list(range(count)):
            raise AttachmentError(
                f"Only {len(pieces)} of {count} pieces arrived: was the kernel restarted?",
                code="pieces-lost",
                advice="Attach again.",
            )
        return b"".join(pieces[index] for index in range(count))
