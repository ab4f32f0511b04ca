"""Moving the bytes of one file: the protocol, and the mover between directories of this machine."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from magic_rucio.sandbox.transfer.areas import OpenPlace, StorageAreas, path_of
from magic_rucio.sandbox.transfer.checksums import Checksum, same_checksum
from magic_rucio.sandbox.transfer.reasons import DESTINATION_EXISTS, Scope, TransferFailure
from magic_rucio.sandbox.transfer.run import Run, ServiceStopping


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyOrder:
    """What a mover is asked to do."""

    source: str
    destination: str
    checksum: Checksum
    verify_source: bool = True
    verify_destination: bool = True
    overwrite: bool = False
    exists_message: str = DESTINATION_EXISTS
    report_existing: bool = False
    """FTS's `dst_file_report`: describe the file that is in the way."""
    destination_on_tape: bool = False
    partial_name: str = ".fts.part"
    chunk_bytes: int = 1 << 20
    before_verify: Callable[[int], None] | None = None
    """Gets a descriptor of the written file; only faults use it."""
    skip_verify: bool = False


class Mover(Protocol):
    """Copies one file and proves the copy; one instance serves many threads."""

    def takes(self, source: str, destination: str) -> bool:
        """Whether it can move between these URLs."""

    def move(self, order: CopyOrder, run: Run) -> int:
        """Copy and return the size in bytes.

        It calls `run.admit` for each chunk and `run.commit` before the file gets its name. After a
        failure nothing is left at the destination, with `overwrite` not even what was there before.

        Raises
        ------
        TransferFailure, TransferCanceled, ServiceStopping
        """


class DirectoryMover:
    """Between `file://` URLs below the allowed roots."""

    def __init__(self, areas: StorageAreas) -> None:
        self._areas = areas

    def takes(self, source: str, destination: str) -> bool:
        return path_of(source) is not None and path_of(destination) is not None

    def move(self, order: CopyOrder, run: Run) -> int:
        with self._areas.open_source(order.source) as source:
            size = _regular_size(source)
            run.bytes_total = size
            run.admit(0)
            with self._areas.open_destination(order.destination) as place:
                replaces = _exists(place)
                if replaces and not order.overwrite:
                    report = _describe(place, order) if order.report_existing else None
                    raise TransferFailure(Scope.DESTINATION, errno.EEXIST, order.exists_message, report)
                try:
                    self._copy(order, run, source, size, place)
                except BaseException as error:
                    _remove(place.directory, order.partial_name)
                    _remove_replaced(place, error, replaces=replaces)
                    raise
        return size

    def _copy(self, order: CopyOrder, run: Run, source: int, size: int, place: OpenPlace) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            partial = os.open(order.partial_name, flags, 0o644, dir_fd=place.directory)
        except OSError as error:
            raise TransferFailure.from_os(Scope.DESTINATION, error) from error
        try:
            source_value = _pour(order, run, source, size, partial)
            run.admit(0)
            _sync(partial)
            if order.before_verify is not None:
                order.before_verify(partial)
            if not order.skip_verify:
                _verify_destination(order, size, partial, source_value)
        finally:
            os.close(partial)
        run.commit()
        try:
            os.rename(order.partial_name, place.name, src_dir_fd=place.directory, dst_dir_fd=place.directory)
            os.fsync(place.directory)
        except OSError as error:
            raise TransferFailure.from_os(Scope.DESTINATION, error) from error


def _regular_size(descriptor: int) -> int:
    status = os.fstat(descriptor)
    if stat.S_ISDIR(status.st_mode):
        raise TransferFailure(Scope.SOURCE, errno.EISDIR, "Is a directory")
    if not stat.S_ISREG(status.st_mode):
        raise TransferFailure(Scope.SOURCE, errno.EINVAL, "Invalid argument: not a regular file")
    return status.st_size


def _exists(place: OpenPlace) -> bool:
    try:
        status = os.lstat(place.name, dir_fd=place.directory)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise TransferFailure.from_os(Scope.DESTINATION, error) from error
    if stat.S_ISDIR(status.st_mode):
        raise TransferFailure(Scope.DESTINATION, errno.EISDIR, "Is a directory")
    return True


def _pour(order: CopyOrder, run: Run, source: int, size: int, partial: int) -> str:
    """Copy `size` bytes and return the checksum of what was read; "" when nobody asks for it."""
    hasher = order.checksum.hasher(Scope.SOURCE) if order.verify_source else None
    buffer = memoryview(bytearray(min(order.chunk_bytes, max(size, 1))))
    left = size
    while left:
        run.admit(min(left, len(buffer)))
        try:
            count = os.readv(source, [buffer[: min(left, len(buffer))]])
        except OSError as error:
            raise TransferFailure.from_os(Scope.SOURCE, error) from error
        if not count:
            break
        chunk = buffer[:count]
        if hasher is not None:
            hasher.update(chunk)
        _write(partial, chunk)
        left -= count
    if hasher is None:
        return ""
    value, expected = hasher.hexdigest(), order.checksum.value
    if expected and not same_checksum(value, expected):
        pair = f"({value} != {expected})"
        text = f"Source and user-defined {order.checksum.algorithm} checksum do not match {pair}"
        raise TransferFailure(Scope.SOURCE, errno.EIO, text)
    return value


def _write(partial: int, chunk: memoryview) -> None:
    try:
        while chunk:
            chunk = chunk[os.write(partial, chunk) :]
    except OSError as error:
        raise TransferFailure.from_os(Scope.DESTINATION, error) from error


def _sync(partial: int) -> None:
    try:
        os.fsync(partial)
    except OSError as error:
        raise TransferFailure.from_os(Scope.DESTINATION, error) from error
    # What is verified next should come from the disk, not from the page cache, where the system can.
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(partial, 0, 0, os.POSIX_FADV_DONTNEED)


def _verify_destination(order: CopyOrder, size: int, partial: int, source_value: str) -> None:
    if os.fstat(partial).st_size != size:
        raise TransferFailure(Scope.DESTINATION, errno.EINVAL, "Source and destination file size mismatch")
    if not order.verify_destination:
        return
    value, expected, algorithm = (
        _digest(partial, order.checksum),
        order.checksum.value,
        order.checksum.algorithm,
    )
    if expected and not same_checksum(value, expected):
        text = f"User-defined and destination {algorithm} checksum do not match ({expected} != {value})"
        raise TransferFailure(Scope.DESTINATION, errno.EIO, text)
    if source_value and not same_checksum(value, source_value):
        text = f"Source and destination {algorithm} checksum do not match ({source_value} != {value})"
        raise TransferFailure(Scope.DESTINATION, errno.EIO, text)


def _digest(descriptor: int, checksum: Checksum) -> str:
    hasher = checksum.hasher(Scope.DESTINATION)
    buffer = memoryview(bytearray(1 << 20))
    offset = 0
    try:
        while count := os.preadv(descriptor, [buffer], offset):
            hasher.update(buffer[:count])
            offset += count
    except OSError as error:
        raise TransferFailure.from_os(Scope.DESTINATION, error) from error
    return hasher.hexdigest()


def _describe(place: OpenPlace, order: CopyOrder) -> dict[str, Any]:
    try:
        descriptor = os.open(
            place.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=place.directory
        )
    except OSError as error:
        return {"error": error.strerror}
    try:
        value = _digest(descriptor, order.checksum)
        size = os.fstat(descriptor).st_size
    finally:
        os.close(descriptor)
    return {
        "file_size": size,
        "checksum_type": order.checksum.algorithm,
        "checksum_value": value,
        "file_on_disk": True,
        "file_on_tape": order.destination_on_tape,
    }


def _remove(directory: int, name: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(name, dir_fd=directory)


def _remove_replaced(place: OpenPlace, error: BaseException, *, replaces: bool) -> None:
    """Lose the older file as FTS 3.14 does, which deletes it before it copies.

    Only what goes wrong at the source is found before that. Nothing may rest on FTS sparing it.
    """
    source_at_fault = isinstance(error, TransferFailure) and error.scope is Scope.SOURCE
    if replaces and not source_at_fault and not isinstance(error, ServiceStopping):
        _remove(place.directory, place.name)
