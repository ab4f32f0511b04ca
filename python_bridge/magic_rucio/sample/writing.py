"""Writing synthetic DL3 files: whole or not at all, never over something else unasked."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from magic_rucio.errors import ConflictError, InvalidInputError, MagicRucioError
from magic_rucio.sample.schedule import MAX_RUNS, plan_runs
from magic_rucio.sample.variants import Variant, file_name

EVENT_RATE = 9.3
"""Events a second of a usual run, background and signal."""

EVENTS = 11_700
"""Events of a usual MAGIC run of 20 minutes."""

SEED = 7
"""Any would do; its eight first Crab runs are neither a lucky nor an unlucky draw."""

MIN_EVENTS, MAX_EVENTS = 10, 50_000


def write_dl3(
    directory: Path,
    *,
    runs: int,
    events: int = EVENTS,
    seed: int = SEED,
    targets: Sequence[str] = (),
    variant: Variant = Variant.TABLE,
    gzip: bool = False,
    force: bool = False,
) -> Iterator[Path]:
    """Write synthetic runs, one file each, and yield each path when it is complete.

    Parameters
    ----------
    directory : Path
        Made where it is missing.
    runs : int
        Number of runs.
    events : int
        Mean number of events of a run; longer runs have more.
    seed : int
        The same seed gives the same bytes.
    targets : sequence of str
        Names among `TARGETS`; empty: several in turn.
    variant : Variant
        Kind of DL3 file.
    gzip : bool
        Compress (always so for MAGIC+LST).
    force : bool
        Overwrite files of the same names.

    Raises
    ------
    MagicRucioError
        A number out of range, a file in the way, a directory that cannot be written, astropy missing.
    """
    _check("--runs", runs, 1, MAX_RUNS)
    _check("--events", events, MIN_EVENTS, MAX_EVENTS)
    plan = plan_runs(runs, seed, round(events / EVENT_RATE, 3), targets)
    gzip = gzip or variant is Variant.LST
    paths = [directory / file_name(run, variant, gzip) for run in plan]
    if not force:
        _refuse_existing(paths)
    try:
        from magic_rucio.sample.dl3_file import dl3_bytes
    except ImportError as error:
        raise MagicRucioError(
            f"Sample data need numpy and astropy, and they cannot be imported here: {error}.",
            code="missing-dependency",
            advice="Install them with: pip install 'jupyterlab-magic-rucio[gammapy]'",
        ) from None
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for run, path in zip(plan, paths, strict=True):
            _write(path, dl3_bytes(run, seed, variant, gzip))
            yield path
    except OSError as error:
        raise MagicRucioError(
            f"Cannot write sample data into {directory}: {error.strerror or error}.",
            code="cannot-write",
            advice="Choose a directory that you can write to and that has space left.",
        ) from None


def _check(option: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise InvalidInputError(f"{option} is {value}: give a number from {least} to {most}.")


def _refuse_existing(paths: Sequence[Path]) -> None:
    existing = [path for path in paths if os.path.lexists(path)]
    if existing:
        others = f" and {len(existing) - 1} more" if len(existing) > 1 else ""
        raise ConflictError(
            f"{existing[0]} exists already{others}; nothing was written.",
            advice="Choose another directory or seed, or overwrite with --force.",
        )


def _write(path: Path, content: bytes) -> None:
    """Write to a temporary name beside the file and rename: a reader sees all of it or nothing."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:  # also on Ctrl-C: leave nothing half-written behind
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
