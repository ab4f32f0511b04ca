"""The file by which big rows reach a kernel on the same machine: private, written once, read once."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import time
from pathlib import Path

from magic_rucio.errors import MagicRucioError

MAX_AGE_SECONDS = 3600.0
"""A kernel that has not read its file by then never will."""


def write_payload(folder: Path, data: bytes) -> Path:
    """Write a file that only this user can read, and sweep up those that no kernel came for.

    Raises
    ------
    MagicRucioError
        Where the folder is not this user's own, or cannot be written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
            raise MagicRucioError(
                f"{folder} is not a private folder of this user.",
                code="spool-not-private",
                advice=f"Remove it, or: chmod 700 {folder}",
            )
        _sweep(folder)
        path = folder / f"rows-{secrets.token_hex(16)}"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
    except OSError as error:
        raise MagicRucioError(
            f"The rows for the kernel cannot be written to {folder}: {error.strerror}.",
            code="spool-not-writable",
        ) from None
    return path


def _sweep(folder: Path) -> None:
    oldest = time.time() - MAX_AGE_SECONDS
    for path in folder.glob("rows-*"):
        # Another process may sweep the same file.
        with contextlib.suppress(OSError):
            if path.lstat().st_mtime < oldest:
                path.unlink()
