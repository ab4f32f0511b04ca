"""The command `magic-rucio`: one sub-command a feature, imported only when it is called.

Importing every feature would make `magic-rucio name` pay for FastAPI and SQLAlchemy. The first word is read
here by hand: a second command parser around typer's would take arguments such as `--` for its own.
"""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import version

from typer.main import get_command

from magic_rucio.errors import MagicRucioError

COMMANDS = {
    "demo": ("magic_rucio.demo.cli", "The sandbox, data in it, and a JupyterLab that shows the panel"),
    "dl3": ("magic_rucio.dl3.cli", "Print what the headers of DL3 files say, one JSON object a line"),
    "name": ("magic_rucio.naming.cli", "Take MAGIC file names apart, one JSON object a line"),
    "publish": ("magic_rucio.publishing.cli", "Upload DL3 files to Rucio and attach them to a dataset"),
    "sample": ("magic_rucio.sample.cli", "Write synthetic data to try things with"),
    "sandbox": ("magic_rucio.sandbox.cli", "A whole Rucio grid on this machine, for trying and testing"),
}
"""Name -> (module with a typer application `app`, one-line help)."""

USAGE_ERROR = 2


def usage() -> str:
    """Return the help text: what there is, a line each."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {words}" for name, (_, words) in COMMANDS.items()]
    return "\n".join(
        [
            "Usage: magic-rucio COMMAND [ARGUMENTS]...",
            "",
            "  The MAGIC telescopes' data in Rucio.",
            "",
            "Commands:",
            *lines,
            "",
            "magic-rucio COMMAND --help tells more; magic-rucio --version tells the version.",
        ]
    )


def main() -> None:
    """Entry point of the console script; turns known errors into one message and exit status 1."""
    name, *arguments = sys.argv[1:] or ["--help"]
    if name in ("--help", "-h", "help"):
        print(usage())
        return
    if name == "--version":
        print(version("jupyterlab-magic-rucio"))
        return
    if name not in COMMANDS:
        print(f"magic-rucio: there is no command {name!r}.\n\n{usage()}", file=sys.stderr)
        raise SystemExit(USAGE_ERROR)
    try:
        get_command(importlib.import_module(COMMANDS[name][0]).app).main(
            arguments, prog_name=f"magic-rucio {name}"
        )
    except MagicRucioError as error:
        print(f"magic-rucio: {error.message}", file=sys.stderr)
        if error.advice:
            print(error.advice, file=sys.stderr)
        raise SystemExit(1) from None
