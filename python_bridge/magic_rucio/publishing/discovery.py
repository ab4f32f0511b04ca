"""Which files a list of paths means."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from magic_rucio.errors import InvalidInputError, MagicRucioError

ENDINGS = (".fits", ".fits.gz")


class FoundFile(NamedTuple):
    """A file to publish, or a place that could not be looked into."""

    path: Path
    from_folder: bool
    """Found in a folder: not to be an observation is no failure then."""
    error: MagicRucioError | None = None


def find_files(paths: Iterable[Path]) -> Iterator[FoundFile]:
    """Yield the files that are named, and the FITS files in the folders that are, each once.

    Hidden files and folders are passed over: they are files being written, and notebooks' checkpoints.
    """
    seen: set[Path] = set()
    for path in paths:
        for found in _in_folder(path) if os.path.isdir(path) else [_named(path)]:
            real = Path(os.path.realpath(found.path))
            if real not in seen:
                seen.add(real)
                yield found


def _named(path: Path) -> FoundFile:
    # os.path and not Path: it takes a folder that may not be looked into for nothing, and does not raise.
    if os.path.isfile(path):
        return FoundFile(path, from_folder=False)
    what = "is not a file" if os.path.lexists(path) else "does not exist"
    return FoundFile(path, False, InvalidInputError(f"{path} {what}."))


def _in_folder(folder: Path) -> Iterator[FoundFile]:
    unreadable: list[OSError] = []
    found_any = False
    for parent, folders, files in os.walk(folder, onerror=unreadable.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if (
                name.endswith(ENDINGS)
                and not name.startswith(".")
                and os.path.isfile(os.path.join(parent, name))
            ):
                found_any = True
                yield FoundFile(Path(parent) / name, from_folder=True)
    for error in unreadable:
        place = Path(os.fsdecode(error.filename or folder))
        yield FoundFile(place, True, InvalidInputError(f"{place} cannot be read: {error.strerror}."))
    if not found_any and not unreadable:
        yield FoundFile(folder, False, InvalidInputError(f"{folder} holds no {' or '.join(ENDINGS)} file."))
