"""How SQLite keeps its journal where the index lies on a network file system."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

NETWORK_FILE_SYSTEMS = ("nfs", "cifs", "smb", "ceph", "lustre", "gpfs", "fuse", "9p", "afs", "beegfs")
"""WAL needs memory shared between all readers, which these do not give between machines."""


def journal_mode(path: Path, mounts: str | None = None) -> Literal["WAL", "DELETE"]:
    """Return the journal mode that is safe where `path` lies.

    Parameters
    ----------
    mounts : str, optional
        The text of `/proc/mounts`, for tests.
    """
    if mounts is None:
        try:
            mounts = Path("/proc/mounts").read_text(errors="replace")
        except OSError:
            # Not Linux: a laptop, whose home is a local disk.
            return "WAL"
    target = str(path.resolve())
    place, kind = "", ""
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        point = fields[1].replace("\\040", " ")
        inside = target == point or target.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(place):
            place, kind = point, fields[2]
    return "DELETE" if kind.startswith(NETWORK_FILE_SYSTEMS) else "WAL"
