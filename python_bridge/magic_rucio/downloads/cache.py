"""The cache on disk: whole, verified files under their keys, bounded, shared by processes.

What is there is the folder itself, so that nothing can disagree with it:

    files/<2 of key>/<key>/<name>        a whole file, read-only; its access time says when it was last used
    files/<2 of key>/<key>/.<size>.part  what has arrived of a file of that size
    files/<2 of key>/<key>/.lock         held by whoever writes there
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from magic_rucio.downloads.ledger import opened_ledger
from magic_rucio.downloads.wanted import Wanted, file_name, key_of
from magic_rucio.errors import ConflictError

LOCK = ".lock"
PART = ".part"

KEPT_SECONDS = 3600.0
"""A file used so lately is not taken away: an analysis may be about to read it."""

SPARE_BYTES = 200_000_000
"""Left free on the disk: a full disk also breaks the notebook that asked."""

LOOK_AGAIN_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class _Entry:
    folder: Path
    bytes: int
    files: int
    used_at: float


class Cache:
    """One folder for all notebooks and processes of a user.

    Parameters
    ----------
    limit : int
        Bytes that all files together may take.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder = folder / "files"
        self.limit = limit
        self._guard = folder / "room.lock"

    def prepare(self) -> None:
        """Make the folder, for the user alone.

        Raises
        ------
        ConflictError
            Where it cannot be made.
        """
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.folder.mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise ConflictError(
                f"The cache {self.folder} cannot be made: {error.strerror}.",
                code="cache-unusable",
                advice="Name another folder by MAGIC_RUCIO_CACHE_DIR.",
            ) from None

    def place_of(self, instance_id: str, wanted: Wanted) -> Path:
        """Return where a file is once it is there."""
        key = key_of(instance_id, wanted)
        return self.folder / key[:2] / key / file_name(wanted.did)

    def find(self, instance_id: str, wanted: Wanted) -> Path | None:
        """Return a whole file and note that it is used; None where it is not there."""
        place = self.place_of(instance_id, wanted)
        try:
            found = place.stat()
            if found.st_size != wanted.size:
                return None
            os.utime(place, (time.time(), found.st_mtime))
        except FileNotFoundError:
            return None
        except OSError:
            # Another user's cache, read-only: used as it is.
            return place if os.access(place, os.R_OK) else None
        return place

    @contextmanager
    def locked(self, place: Path, stopped: Callable[[], bool]) -> Iterator[None]:
        """Hold an entry against other threads and processes; waits for whoever has it.

        Raises
        ------
        InterruptedError
            Where `stopped` said so meanwhile.
        """
        while True:
            if stopped():
                raise InterruptedError
            descriptor = _take(place.parent / LOCK)
            if descriptor is not None:
                break
            time.sleep(LOOK_AGAIN_SECONDS)
        try:
            yield
        finally:
            os.close(descriptor)

    def make_room(self, place: Path, size: int) -> None:
        """Take away what was not used for longest until a file of that size fits, and reserve its room.

        Raises
        ------
        ConflictError
            Where too much is in use, or the disk is full.
        """
        part = part_of(place, size)
        with opened_ledger(self._guard) as ledger:
            arrived = part.stat().st_size if part.exists() else 0
            used = ledger.read()
            if used is None or used + size > self.limit or not self._disk_takes(size - arrived):
                used = self._evict(place, size, size - arrived)
            ledger.write(used + size)
            part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part.touch(mode=0o600)

    def _evict(self, place: Path, size: int, to_come: int) -> int:
        """Take away what may go until a file fits; return the bytes that stay."""
        entries = [entry for entry in self._entries() if entry.folder != place.parent]
        used = sum(entry.bytes for entry in entries)
        for entry in sorted(entries, key=lambda entry: entry.used_at):
            fits = used + size <= self.limit and self._disk_takes(to_come)
            if fits or time.time() - entry.used_at < KEPT_SECONDS:
                break
            if _remove(entry.folder):
                used -= entry.bytes
        if used + size > self.limit:
            raise ConflictError(
                f"The cache {self.folder} is full: {used} of {self.limit} bytes are in use.",
                code="cache-full",
                advice="Raise cache_limit_bytes in the configuration, or try again in an hour.",
            )
        if not self._disk_takes(to_come):
            raise ConflictError(
                f"The disk of the cache {self.folder} is full.",
                code="disk-full",
                advice="Make room, or name another folder by MAGIC_RUCIO_CACHE_DIR.",
            )
        return used

    def use(self) -> tuple[int, int]:
        """Return the bytes and the number of whole files."""
        entries = list(self._entries())
        return sum(entry.bytes for entry in entries), sum(entry.files for entry in entries)

    def _disk_takes(self, size: int) -> bool:
        return shutil.disk_usage(self.folder).free >= size + SPARE_BYTES

    def _entries(self) -> Iterator[_Entry]:
        for group in _listed(self.folder):
            for folder in _listed(group):
                size, files, used_at = 0, 0, 0.0
                for path in _listed(folder):
                    with suppress(OSError, ValueError):
                        found = path.stat()
                        if path.name.startswith(".") and path.name.endswith(PART):
                            reserved = int(path.name[1:].removesuffix(PART))
                            size, used_at = size + max(found.st_size, reserved), found.st_mtime
                        elif path.name != LOCK:
                            size, files, used_at = size + found.st_size, files + 1, found.st_atime
                yield _Entry(folder, size, files, used_at)


def part_of(place: Path, size: int) -> Path:
    """Return where the bytes of a file gather; the name reserves its room."""
    return place.parent / f".{size}{PART}"


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _take(lock: Path) -> int | None:
    """Lock a file that may be removed with its folder meanwhile; None where another has it."""
    lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_ino == lock.stat().st_ino:
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(descriptor)
    return None


def _remove(folder: Path) -> bool:
    """Remove an entry that nobody holds."""
    descriptor = _take(folder / LOCK)
    if descriptor is None:
        return False
    try:
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(descriptor)
    return not folder.exists()
