"""From a PFN to a path on this machine, by the mapping that the site configures."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote

from magic_rucio.config import Mount, RucioInstance


def local_path(pfns: Iterable[str], rse: str, instance: RucioInstance) -> str | None:
    """Return the path of the first PFN that a mount of the RSE reaches, None where none does.

    Nothing is looked at on disk. A PFN whose path would leave the mount (`..`) is passed over.
    """
    mounts = [mount for mount in instance.mounts if mount.rse == rse]
    for pfn in pfns:
        for mount in mounts:
            path = through_mount(pfn, mount)
            if path is not None:
                return path
        if instance.direct_file_access:
            path = direct(pfn)
            if path is not None:
                return path
    return None


def through_mount(pfn: str, mount: Mount) -> str | None:
    """Rewrite a PFN for one mount.

    With `pfn_prefix` that prefix is replaced. Else the first `path_begins_at` components of the PFN's path
    are dropped, counted as rucio-jupyterlab does, so that images configured for it work as they are: slashes
    at both ends do not count, doubled ones within do, and the file's own name always stays.
    """
    if mount.pfn_prefix is not None:
        if not pfn.startswith(mount.pfn_prefix):
            return None
        relative = pfn.removeprefix(mount.pfn_prefix)
        if relative[:1] != "/" and not mount.pfn_prefix.endswith("/"):
            # `/data` is no prefix of `/database/f`.
            return None
        relative = unquote(relative)
    else:
        relative = _path(pfn).strip("/").split("/", mount.path_begins_at)[-1]
    return _inside(mount.path, relative)


def direct(pfn: str) -> str | None:
    """Return the path of a `file://` PFN."""
    return _inside(Path("/"), _path(pfn)) if pfn.startswith("file://") else None


def _path(pfn: str) -> str:
    """Return what follows scheme and host; not by `urlsplit`, since file names may hold `#` and `?`."""
    scheme, separator, rest = pfn.partition("://")
    return rest.partition("/")[2] if separator else scheme


def _inside(folder: Path, relative: str) -> str | None:
    parts = [part for part in relative.split("/") if part not in ("", ".")]
    if not parts or ".." in parts or "\x00" in relative:
        return None
    return str(folder.joinpath(*parts))
