"""The command `magic-rucio`: one sub-command a feature, imported only when it is called.

Importing every feature would make `magic-rucio name` pay for FastAPI and SQLAlchemy.
"""

from __future__ import annotations

import importlib
import sys

import click
from typer.main import get_command as typer_command

from magic_rucio.errors import MagicRucioError

COMMANDS = {
    "dl3": ("magic_rucio.dl3.cli", "Print what the headers of DL3 files say, one JSON object a line"),
    "name": ("magic_rucio.naming.cli", "Take MAGIC file names apart, one JSON object a line"),
    "publish": ("magic_rucio.publishing.cli", "Upload DL3 files to Rucio and attach them to a dataset"),
    "demo": ("magic_rucio.demo.cli", "The sandbox, data in it, and a JupyterLab that shows the panel"),
    "sample": ("magic_rucio.sample.cli", "Write synthetic data to try things with"),
    "sandbox": ("magic_rucio.sandbox.cli", "A whole Rucio grid on this machine, for trying and testing"),
}
"""Name -> (module with a typer application `app`, one-line help)."""


class LazyCommands(click.Group):
    """Loads the module of a sub-command when that sub-command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = typer_command(importlib.import_module(COMMANDS[cmd_name][0]).app)

        # typer carries a click of its own: its commands cannot hang below ours, only be called by it.
        @click.command(
            cmd_name,
            add_help_option=False,
            context_settings={
                "ignore_unknown_options": True,
                "allow_extra_args": True,
                "allow_interspersed_args": False,
            },
        )
        @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
        def forward(arguments: tuple[str, ...]) -> None:
            command.main(list(arguments), prog_name=f"magic-rucio {cmd_name}")

        return forward

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


def main() -> None:
    """Entry point of the console script; turns known errors into one message and exit status 1."""
    group = LazyCommands("magic-rucio", help="The MAGIC telescopes' data in Rucio.")
    try:
        group.main(prog_name="magic-rucio")
    except MagicRucioError as error:
        print(f"magic-rucio: {error.message}", file=sys.stderr)
        if error.advice:
            print(error.advice, file=sys.stderr)
        raise SystemExit(1) from None
