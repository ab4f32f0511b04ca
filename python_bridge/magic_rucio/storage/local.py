"""The door of storage that is mounted here: `file://` PFNs."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from magic_rucio.storage.fingerprint import BLOCK, Fingerprint
from magic_rucio.storage.upload import OccupiedError, StorageError, Stored

_PFN = re.compile(r"file://[^/]*(/.*)", re.DOTALL)


def path_of_pfn(pfn: str) -> Path:
    """Return the path that a `file://` PFN names; Rucio writes it as it is, without percent-encoding.

    Raises
    ------
    StorageError
        Where it is another PFN, or climbs out of its folder.
    """
    match = _PFN.fullmatch(pfn)
    if match is None or ".." in match[1].split("/") or "\0" in pfn:
        raise StorageError(f"{pfn!a} is not a file:// PFN that can be written.")
    return Path(match[1])


class LocalDoor:
    """Writes with a temporary name, fsync, read-back, and a link that never overwrites."""

    def look(self, pfn: str) -> Stored | None:
        path = path_of_pfn(pfn)
        with _explained(pfn):
            try:
                with path.open("rb", buffering=0) as file:
                    return _read_back(file.fileno())
            except FileNotFoundError:
                return None

    def put(self, source: Path, pfn: str, content: Fingerprint, advance: Callable[[int], None]) -> None:
        path = path_of_pfn(pfn)
        with _explained(pfn):
            path.parent.mkdir(parents=True, exist_ok=True)
            # Named after name and content: what a crash left is taken over, not left behind.
            key = hashlib.sha256(f"{path.name}\0{content.sha256}".encode()).hexdigest()
            temporary = path.with_name(f".{key[:32]}.part")
            with _locked(temporary) as descriptor:
                try:
                    _write(source, descriptor, advance)
                    written = _read_back(descriptor)
                    if not written.matches(content):
                        raise StorageError(
                            f"What was written to {pfn} reads back as {written.bytes} bytes, adler32"
                            f" {written.adler32}, not {content.bytes} bytes, adler32 {content.adler32}.",
                            advice="The file changed meanwhile, or the disk is bad; it was not published.",
                        )
                    self._name(temporary, path, pfn, content)
                finally:
                    temporary.unlink(missing_ok=True)
                _sync_folder(path.parent)

    def _name(self, temporary: Path, path: Path, pfn: str, content: Fingerprint) -> None:
        try:
            os.link(temporary, path)
        except FileExistsError:
            found = self.look(pfn)
            if found is not None and not found.matches(content):
                raise OccupiedError.at(pfn, found, content) from None
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK):
                raise
            # A file system without hard links: look, then rename.
            found = self.look(pfn)
            if found is not None and not found.matches(content):
                raise OccupiedError.at(pfn, found, content) from None
            temporary.rename(path)


@contextmanager
def _locked(temporary: Path) -> Iterator[int]:
    descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        if not _took_lock(descriptor, temporary):
            raise StorageError(
                f"{temporary} is being written by another process.", advice="Publish again when that is done."
            )
        yield descriptor
    finally:
        os.close(descriptor)


def _took_lock(descriptor: int, temporary: Path) -> bool:
    """Whether the lock is ours, and on the file that has the name now: its last owner may have removed it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.fstat(descriptor).st_ino == temporary.stat().st_ino
    except (BlockingIOError, FileNotFoundError):
        return False


def _write(source: Path, descriptor: int, advance: Callable[[int], None]) -> None:
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    with source.open("rb", buffering=0) as file:
        while block := file.read(BLOCK):
            view = memoryview(block)
            while view:
                view = view[os.write(descriptor, view) :]
            advance(len(block))
    os.fsync(descriptor)
    # What is read back should come from the disk, not from memory.
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def _read_back(descriptor: int) -> Stored:
    os.lseek(descriptor, 0, os.SEEK_SET)
    size, adler = 0, 1
    while block := os.read(descriptor, BLOCK):
        size += len(block)
        adler = zlib.adler32(block, adler)
    return Stored(bytes=size, adler32=f"{adler:08x}")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _explained(pfn: str) -> Iterator[None]:
    try:
        yield
    except InterruptedError:
        raise
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        raise StorageError(
            f"{pfn} cannot be written or read: {error.strerror}{place}.",
            advice="Check that the storage is mounted here, has room, and lets this user write.",
        ) from None
