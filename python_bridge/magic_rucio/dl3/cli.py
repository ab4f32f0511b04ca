"""`magic-rucio dl3`: one JSON object a line for each DL3 file."""

from __future__ import annotations

import json
import os
from typing import Annotated

import typer

from magic_rucio.dl3.errors import Dl3Error
from magic_rucio.dl3.reader import read_observation

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def dl3(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="DL3 files, .fits or .fits.gz")],
) -> None:
    """Print what the headers of DL3 files say, one JSON object a line."""
    failed = False
    for file in files:
        record: dict[str, object] = {"file": os.fsencode(file).decode("utf-8", "backslashreplace")}
        try:
            record |= read_observation(file).model_dump()
        except Dl3Error as error:
            record["error"] = error.message
            failed = True
        typer.echo(json.dumps(record, allow_nan=False))
    if failed:
        raise SystemExit(1)
