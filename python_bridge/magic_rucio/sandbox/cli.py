"""`magic-rucio sandbox up | status | down | reset`."""

from __future__ import annotations

import json
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from magic_rucio.errors import InvalidInputError, MagicRucioError
from magic_rucio.sandbox import lifecycle
from magic_rucio.sandbox.layout import StateDirectory, state_directory
from magic_rucio.sandbox.report import print_ready, print_status
from magic_rucio.sandbox.settings import SchemaName, read_secrets
from magic_rucio.sandbox.status import sandbox_status

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

Directory = Annotated[
    Path | None,
    typer.Option("--dir", help="State directory (default: $MAGIC_RUCIO_SANDBOX_DIR, else .sandbox here)."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]


def say(words: str) -> None:
    """Tell how far it is, on standard error: standard output is for results."""
    print(f"sandbox: {words}", file=sys.stderr, flush=True)


@app.callback()
def sandbox() -> None:
    """A whole Rucio grid on this machine, for trying and testing."""


@app.command()
def up(
    directory: Directory = None,
    as_json: AsJson = False,
    schema: Annotated[
        str | None, typer.Option(help="Which names Rucio takes: pic (with +, the default) or generic.")
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(help="URL of an empty PostgreSQL database to use instead of one of its own."),
    ] = None,
    foreground: Annotated[
        bool, typer.Option("--foreground", help="Stay, and end everything with Ctrl-C.")
    ] = False,
    new_ports: Annotated[
        bool, typer.Option("--new-ports", help="Choose ports anew, where the old ones are taken.")
    ] = False,
) -> None:
    """Start it, or what is missing of it, and wait until a rule made now is served."""
    if schema not in (None, "pic", "generic"):
        raise InvalidInputError(f"There is no schema {schema!r}; choose pic or generic.")
    name: SchemaName | None = "pic" if schema == "pic" else "generic" if schema == "generic" else None
    options = lifecycle.Options(name, database, foreground, new_ports)
    place = state_directory(directory)
    if foreground:
        _run_in_foreground(place, options, as_json=as_json)
    else:
        print_ready(lifecycle.bring_up(place, options, say), place, as_json=as_json)


@app.command()
def status(directory: Directory = None, as_json: AsJson = False) -> None:
    """Show its processes, addresses, storage and memory; exit status 3 when it is not running."""
    found = sandbox_status(state_directory(directory))
    if as_json:
        typer.echo(found.model_dump_json(indent=1))
    else:
        print_status(found)
    if found.state != "running":
        raise typer.Exit(3)


@app.command()
def down(directory: Directory = None, as_json: AsJson = False) -> None:
    """End everything that it started, and nothing else; the data stays."""
    place = state_directory(directory)
    anything = lifecycle.take_down(place, say)
    if as_json:
        typer.echo(json.dumps({"directory": str(place.root), "was_running": anything}))
    else:
        say("down" if anything else "it was not running")


@app.command()
def reset(
    directory: Directory = None,
    as_json: AsJson = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """End it and forget all its data; Rucio's environment stays, so that the next start is quick."""
    place = state_directory(directory)
    if not yes:
        if not sys.stdin.isatty():
            raise InvalidInputError(
                f"Everything in {place.grid} would be removed.", advice="Confirm with --yes."
            )
        typer.confirm(f"Remove everything in {place.grid}?", abort=True)
    lifecycle.wipe(place, say)
    if as_json:
        typer.echo(json.dumps({"directory": str(place.root)}))


@app.command()
def password(
    account: Annotated[str, typer.Argument(help="root, mover, deleter, datamanager, analyst1 or analyst2.")],
    directory: Directory = None,
) -> None:
    """Print the password of one account."""
    known = read_secrets(state_directory(directory)).accounts
    if account not in known:
        raise InvalidInputError(f"There is no account {account!r}; there are: {', '.join(known)}.")
    typer.echo(known[account])


def _run_in_foreground(place: StateDirectory, options: lifecycle.Options, *, as_json: bool) -> None:
    """Bring it up, wait for Ctrl-C (or the terminal's end), take it down."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGHUP, interrupt)
    mine = True
    try:
        try:
            print_ready(lifecycle.bring_up(place, options, say), place, as_json=as_json)
        except lifecycle.AlreadyRunningError:
            mine = False
            raise
        say("running; Ctrl-C ends it")
        while lifecycle.running_state(place):
            time.sleep(0.5)
        raise MagicRucioError("The sandbox has ended.", code="sandbox-ended")
    except KeyboardInterrupt:
        say("ending")
    finally:
        # A second Ctrl-C must not leave half of it running.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if mine and place.settings_file.exists():
            lifecycle.take_down(place, say)
