"""One demo a state directory: a second start is told where the first one is."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from magic_rucio.errors import ConflictError


class DemoLock:
    """A held lock, with what a second start would like to know."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def tell(self, url: str) -> None:
        """Write down where this demo is seen; the address carries a secret, so the file is 0600."""
        self._file.seek(0)
        self._file.truncate()
        json.dump({"pid": os.getpid(), "url": url}, self._file)
        self._file.flush()


@contextmanager
def hold(folder: Path) -> Iterator[DemoLock]:
    """Hold the lock of a state directory.

    Raises
    ------
    ConflictError
        Where another demo holds it, with its address.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConflictError(
                f"A demo runs already in {folder.parent}{_where(file.read())}.",
                code="demo-running",
                advice="Use that one, end it with Ctrl-C there, or choose another --dir.",
            ) from None
        yield DemoLock(file)


def _where(text: str) -> str:
    try:
        known = json.loads(text)
        return f" (process {int(known['pid'])}): {known['url']}"
    except (ValueError, KeyError, TypeError):
        return ""
