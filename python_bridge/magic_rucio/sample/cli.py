"""`magic-rucio sample`: synthetic data to try things with."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from magic_rucio.errors import InvalidInputError
from magic_rucio.sample.progress import progress
from magic_rucio.sample.targets import TARGETS
from magic_rucio.sample.variants import Variant
from magic_rucio.sample.writing import EVENTS, SEED, write_dl3

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def sample() -> None:
    """Write synthetic data to try things with."""


@app.command()
def dl3(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where to write; made where it is missing.")
    ],
    runs: Annotated[int, typer.Option(help="Number of runs, one file each (about 375 kB).")],
    events: Annotated[
        int, typer.Option(help="Mean number of events of a run; more make it longer.")
    ] = EVENTS,
    seed: Annotated[int, typer.Option(help="The same seed gives the same files.")] = SEED,
    target: Annotated[
        list[str] | None, typer.Option(help=f"Only this target, repeatable: {', '.join(TARGETS)}.")
    ] = None,
    variant: Annotated[Variant, typer.Option(help="Kind of DL3 file.")] = Variant.TABLE,
    gzip: Annotated[bool, typer.Option("--gzip", help="Write .fits.gz (magic-lst always does).")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files of the same names.")] = False,
) -> None:
    """Write MAGIC-like DL3 runs of several sources, from which gammapy gets the input spectra back.

    Synthetic data: the files say so in ORIGIN and CREATOR; their primary header holds the input spectrum.
    """
    unknown = [name for name in target or () if name not in TARGETS]
    if unknown:
        raise InvalidInputError(f"No target {unknown[0]}; there are: {', '.join(TARGETS)}.")
    written = write_dl3(
        directory,
        runs=runs,
        events=events,
        seed=seed,
        targets=target or (),
        variant=variant,
        gzip=gzip,
        force=force,
    )
    sizes = [path.stat().st_size for path in progress(written, runs, "runs", sys.stderr)]
    typer.echo(f"{len(sizes)} runs, {sum(sizes) / 1e6:.1f} MB, in {directory}")
