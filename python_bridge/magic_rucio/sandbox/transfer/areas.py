"""The directories that stand for storages, and the only way to a file in them.

Paths come from requests and are hostile. A path is followed component by component from an open
root directory without following symbolic links, after links inside the roots are resolved, so that
neither `..` nor a link, nor a link put in place meanwhile, leads out.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from magic_rucio.sandbox.transfer.reasons import Scope, TransferFailure

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def path_of(url: str) -> str | None:
    """The path of a `file://host/path` URL, verbatim: gfal2 decodes no percent signs either."""
    scheme, mark, rest = url.partition("://")
    if not mark or scheme.lower() != "file":
        return None
    _, slash, path = rest.partition("/")
    return slash + path


def endpoint_of(url: str) -> str:
    """FTS's name of a storage element: scheme and host without the port."""
    scheme, _, rest = url.partition("://")
    authority = rest.split("/", 1)[0].rsplit("@", 1)[-1]
    host = authority if authority.startswith("[") else authority.split(":", 1)[0]
    return f"{scheme.lower()}://{host.lower()}"


@dataclass(frozen=True, slots=True)
class OpenPlace:
    """A directory held open and a name in it."""

    directory: int
    name: str


class StorageAreas:
    """The allowed roots.

    Parameters
    ----------
    roots : sequence of Path
        Absolute; each is one storage.
    """

    def __init__(self, roots: Sequence[Path]) -> None:
        last = [root.name for root in roots]
        self._names = {
            root: root.name if last.count(root.name) == 1 and root.name else str(root) for root in roots
        }
        self._deepest_first = sorted(roots, key=lambda root: len(root.parts), reverse=True)

    def storage_of(self, url: str) -> str:
        """Name of the storage that a URL lies in; the endpoint for what lies in none.

        Lexical only: it serves limits and faults, not protection.
        """
        path = path_of(url)
        if path is not None:
            normal = Path(os.path.normpath(path))
            for root in self._deepest_first:
                if normal.is_relative_to(root):
                    return self._names[root]
        return endpoint_of(url)

    @contextlib.contextmanager
    def open_source(self, url: str) -> Iterator[int]:
        """Descriptor of a regular file to read.

        Raises
        ------
        TransferFailure
            In scope SOURCE.
        """
        with _failing_in(Scope.SOURCE):
            path = os.path.realpath(self._checked(url))
            with self._walk(os.path.dirname(path), create=False) as directory:
                flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
                descriptor = os.open(os.path.basename(path), flags, dir_fd=directory)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def open_destination(self, url: str) -> Iterator[OpenPlace]:
        """Directory of a file to write, made when absent, and the file's name.

        Raises
        ------
        TransferFailure
            In scope DESTINATION, for errors on the way there.
        """
        with contextlib.ExitStack() as stack:
            with _failing_in(Scope.DESTINATION):
                path = self._checked(url)
                parent = os.path.realpath(os.path.dirname(path))
                directory = stack.enter_context(self._walk(parent, create=True))
            yield OpenPlace(directory, os.path.basename(path))

    def _checked(self, url: str) -> str:
        path = path_of(url)
        if path is None:
            raise OSError(errno.EPROTONOSUPPORT, "Protocol not supported or path/url invalid")
        parts = [part for part in path.split("/") if part]
        if not parts or "\0" in path or path.endswith("/"):
            raise OSError(errno.EINVAL, "Invalid argument: not the path of a file")
        if ".." in parts or "." in parts:
            raise OSError(errno.EACCES, "Permission denied: dots in the path")
        return "/" + "/".join(parts)

    @contextlib.contextmanager
    def _walk(self, directory: str, *, create: bool) -> Iterator[int]:
        for root in self._deepest_first:
            real = os.path.realpath(root)
            if directory == real or directory.startswith(real.rstrip("/") + "/"):
                break
        else:
            raise OSError(errno.EACCES, "Permission denied: outside of the storage areas")
        descriptor = os.open(real, _DIRECTORY)
        try:
            for part in directory[len(real) :].split("/"):
                if part:
                    descriptor = _enter(descriptor, part, create=create)
            yield descriptor
        finally:
            os.close(descriptor)


def _enter(parent: int, part: str, *, create: bool) -> int:
    """Swap an open directory for one of its children."""
    if create:
        with contextlib.suppress(FileExistsError):
            os.mkdir(part, 0o755, dir_fd=parent)
            os.fsync(parent)
    child = os.open(part, _DIRECTORY, dir_fd=parent)
    os.close(parent)
    return child


@contextlib.contextmanager
def _failing_in(scope: Scope) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TransferFailure.from_os(scope, error) from error
