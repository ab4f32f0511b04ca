"""From a PFN to a path on this machine, by the mapping that the site configures."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

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

    With `pfn_prefix` that prefix is replaced; else the first `path_begins_at` components of the PFN's
    path are dropped, as rucio-jupyterlab counts them: leading slashes do not count.
    """
    if mount.pfn_prefix is not None:
        if not pfn.startswith(mount.pfn_prefix):
            return None
        relative = unquote(pfn.removeprefix(mount.pfn_prefix)) if "%" in pfn else pfn[len(mount.pfn_prefix) :]
    else:
        relative = "/".join(_components(pfn)[mount.path_begins_at :])
    return _inside(mount.path, relative)


def direct(pfn: str) -> str | None:
    """Return the path of a `file://` PFN."""
    if urlsplit(pfn).scheme != "file":
        return None
    return _inside(Path("/"), "/".join(_components(pfn)))


def _components(pfn: str) -> list[str]:
    """Split a PFN's path; doubled slashes, as GridFTP doors have them, count once."""
    # Not urlsplit: file names may hold `#` and `?`.
    path = pfn.split("://", 1)[-1]
    path = path.partition("/")[2] if "://" in pfn else path
    return [part for part in path.split("/") if part]


def _inside(folder: Path, relative: str) -> str | None:
    parts = PurePosixPath("/" + relative).parts[1:]
    if not parts or ".." in parts or "\x00" in relative:
        return None
    return str(folder.joinpath(*parts))
