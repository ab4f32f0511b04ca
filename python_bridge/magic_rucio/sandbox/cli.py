"""`magic-rucio sandbox up | status | down | reset`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from magic_rucio.sandbox import lifecycle
from magic_rucio.sandbox.layout import state_directory

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

Directory = Annotated[
    Path | None,
    typer.Option("--dir", help="State directory (default: $MAGIC_RUCIO_SANDBOX_DIR, else .sandbox here)."),
]


def say(words: str) -> None:
    print(f"sandbox: {words}", file=sys.stderr, flush=True)


@app.callback()
def sandbox() -> None:
    """A whole Rucio grid on this machine, for trying and testing."""


@app.command()
def up(directory: Directory = None) -> None:
    """Start it, and wait until it serves rules."""
    ready = lifecycle.bring_up(state_directory(directory), lifecycle.Options(), say)
    print(
        json.dumps(
            {"rucio_url": ready.settings.rucio_url, "seconds": ready.seconds, "rule": ready.rule_seconds}
        )
    )


@app.command()
def down(directory: Directory = None) -> None:
    """End all its processes."""
    lifecycle.take_down(state_directory(directory), say)
