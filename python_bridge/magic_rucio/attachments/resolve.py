"""From runs to files on this machine: where each is, whether it is there, why not."""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from os import stat as stat_path

from magic_rucio.attachments.models import MissingRun


@dataclass(frozen=True, slots=True)
class Expected:
    """A file as the catalogue and Rucio describe it: its path on the mount, and its size in bytes."""

    did: str
    path: str | None
    bytes: int
    replicated: bool


def look(
    expected: Sequence[Expected], *, rse: str, stat_file: Callable[[str], object] = stat_path
) -> dict[str, MissingRun]:
    """Look at each path on the mount; return what is missing, by DID, with a sentence each.

    Blocking: one `stat` a file, which takes long on some mounts.
    """
    missing: dict[str, MissingRun] = {}
    for file in expected:
        found = _look_at(file, rse, stat_file)
        if found is not None:
            missing[file.did] = found
    return missing


def _look_at(file: Expected, rse: str, stat_file: Callable[[str], object]) -> MissingRun | None:
    if not file.replicated:
        return MissingRun(
            did=file.did, reason="not-replicated", path=None, message=f"It has no good replica at {rse} yet."
        )
    if file.path is None:
        return MissingRun(
            did=file.did,
            reason="no-mount",
            path=None,
            message=f"No mount on this machine reaches its replica at {rse}.",
        )
    try:
        found = stat_file(file.path)
    except (FileNotFoundError, NotADirectoryError):
        return MissingRun(
            did=file.did,
            reason="not-on-mount",
            path=file.path,
            message=f"Rucio says it is at {rse}, but {file.path} is not there.",
        )
    except OSError as error:
        return MissingRun(
            did=file.did,
            reason="unreadable",
            path=file.path,
            message=f"{file.path} cannot be read: {error.strerror or 'no reason given'}.",
        )
    mode, size = getattr(found, "st_mode", 0), getattr(found, "st_size", -1)
    if not stat.S_ISREG(mode):
        return MissingRun(
            did=file.did, reason="unreadable", path=file.path, message=f"{file.path} is not a file."
        )
    if size != file.bytes:
        return MissingRun(
            did=file.did,
            reason="wrong-size",
            path=file.path,
            message=f"{file.path} has {size} bytes, Rucio says {file.bytes}.",
        )
    return None


def duplicated(runs: Mapping[str, int | None]) -> dict[int, list[str]]:
    """Return the OBS_IDs that several DIDs have, with these, in the order given."""
    by_run: dict[int, list[str]] = {}
    for did, run in runs.items():
        if run is not None:
            by_run.setdefault(run, []).append(did)
    return {run: dids for run, dids in by_run.items() if len(dids) > 1}
