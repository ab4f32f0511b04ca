"""For scripts, batch jobs and notebooks run headless: the same `Attachment`, without JupyterLab.

`open_files` takes files on disk, `attach` takes DIDs; both are `magic_rucio.open_files`, `.attach`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from magic_rucio.dl3 import Dl3Error, read_observation
from magic_rucio.errors import MagicRucioError
from magic_rucio.kernel.attachment import Attachment
from magic_rucio.kernel.columns import Row, Runs
from magic_rucio.kernel.errors import AttachmentError, listing

SUFFIXES = (".fits", ".fits.gz", ".fit", ".fit.gz")


def open_files(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    duplicates: str = "refuse",
    on_error: str = "raise",
) -> Attachment:
    """Open DL3 files on disk; only their headers are read.

    Parameters
    ----------
    paths : path or iterable of paths
        Files; a folder stands for the FITS files in it.
    duplicates : {"refuse", "newest", "first"}
        What to do about several files of one observation number; the newest is the one changed last.
    on_error : {"raise", "skip"}
        With "skip", files that are not DL3 are in `Attachment.missing`, with the reason.

    Returns
    -------
    Attachment
        A sequence of the paths, with `.data_store` and `.observations()`.

    Raises
    ------
    AttachmentError
        Naming the files that cannot be read, or saying that there are none.
    """
    if on_error not in ("raise", "skip"):
        raise ValueError('on_error is "raise" or "skip"')
    given = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
    rows = [_row_of_file(path) for path in _files(given)]
    failed = [row for row in rows if row.reason is not None]
    if failed and on_error == "raise":
        reasons = listing([str(row.reason) for row in failed], 3)
        raise AttachmentError(
            f"{len(failed)} of {len(rows)} files cannot be opened: {reasons}",
            code="unreadable",
            advice='Leave them out, or go on without them: on_error="skip".',
        )
    return Attachment(Runs.from_rows(rows), duplicates=duplicates)


def attach(
    dids: str | Iterable[str],
    *,
    instance: str | None = None,
    account: str | None = None,
    duplicates: str = "refuse",
) -> Attachment:
    """Attach runs that Rucio knows and that a mount of this machine reaches.

    Works in plain Python and in a notebook alike, a running event loop included.

    Parameters
    ----------
    dids : str or iterable of str
        Files, datasets or containers, as ``scope:name``.
    instance : str, optional
        Id of the Rucio instance in the configuration; the first where not given.
    account : str, optional
        Rucio account; the configuration's where not given.
    duplicates : {"refuse", "newest", "first"}
        What to do about several files of one observation number; the newest is the one last
        registered in Rucio.

    Returns
    -------
    Attachment
        Runs whose files are not here are in its `missing`, with the reason.

    Raises
    ------
    AttachmentError
        No configuration, no token, no such DID, Rucio out of reach.
    """
    # Here and not above: `open_files` needs neither Rucio nor a configuration.
    from magic_rucio.attachments.from_rucio import rows_from_rucio

    wanted = [dids] if isinstance(dids, str) else list(dids)
    try:
        rows = _finished(rows_from_rucio(wanted, instance=instance, account=account))
    except MagicRucioError as error:
        raise AttachmentError(error.message, code=error.code, advice=error.advice) from None
    return Attachment(Runs.from_rows(rows), duplicates=duplicates)


def _files(given: list[str | os.PathLike[str]]) -> list[Path]:
    found: list[Path] = []
    for path in map(Path, given):
        inside = sorted(p for p in path.iterdir() if p.name.endswith(SUFFIXES)) if path.is_dir() else [path]
        if not inside:
            raise AttachmentError(f"There are no FITS files in {path}.", code="empty")
        found += inside
    return found


def _row_of_file(path: Path) -> Row:
    absolute = os.path.abspath(path)
    try:
        return Row(path.name, absolute, read_observation(absolute), created=os.stat(absolute).st_mtime)
    except Dl3Error as error:
        return Row(path.name, absolute, reason=f"{path}: {error.message}")
    except OSError as error:
        return Row(path.name, absolute, reason=f"{path}: {error.strerror}")


def _finished(work: Coroutine[Any, Any, list[Row]]) -> list[Row]:
    """Run a coroutine to its end, in a thread of its own: a notebook's loop is running already."""
    with ThreadPoolExecutor(1, "magic-rucio-attach") as thread:
        return thread.submit(asyncio.run, work).result()
