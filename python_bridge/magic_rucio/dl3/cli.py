"""`magic-rucio dl3`: one JSON object a line for each DL3 file."""

from __future__ import annotations

import json
import os
from typing import Annotated

import typer

from magic_rucio.dl3.batch import read_observations
from magic_rucio.dl3.errors import Dl3Error
from magic_rucio.dl3.keys import help_text

app = typer.Typer(add_completion=False, rich_markup_mode=None)

HELP = f"""Print what the headers of DL3 files (GADF) say, one JSON object a line.

Reads plain and gzipped FITS of MAGIC and other instruments, headers only. A file that cannot be read gives
an object with `file` and `error`, and exit status 1; the others are printed all the same.

Keys (null where the file does not say):

\b
{help_text()}
"""


@app.command(help=HELP)
def dl3(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="DL3 files, .fits or .fits.gz.")],
) -> None:
    failed = False
    for file, result in read_observations(files):
        record: dict[str, object] = {"file": _readable(file)}
        if isinstance(result, Dl3Error):
            record["error"] = result.message
            failed = True
        else:
            record |= result.model_dump()
        typer.echo(json.dumps(record, allow_nan=False))
    if failed:
        raise SystemExit(1)


def _readable(file: str) -> str:
    """A file name as text; bytes that are not UTF-8 become `\\xNN`, as JSON holds text only."""
    return os.fsencode(file).decode("utf-8", "backslashreplace")
