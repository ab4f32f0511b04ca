"""`magic-rucio publish`: DL3 files into Rucio."""

from __future__ import annotations

import asyncio
import logging
import sys
from contextlib import nullcontext
from typing import Annotated

import typer

from magic_rucio.config import load_settings
from magic_rucio.naming import SCHEMAS
from magic_rucio.naming.cli import SchemaId
from magic_rucio.publishing.models import PublishReport
from magic_rucio.publishing.progress import Progress, Silent, TerminalBar
from magic_rucio.publishing.service import PARALLEL, publish
from magic_rucio.publishing.signing_in import sign_in
from magic_rucio.publishing.telling import tell
from magic_rucio.rucio import Did, RucioClient

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_INTERRUPTED = 130
"""What shells expect after Ctrl-C."""


@app.command(name="publish")
def publish_command(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="DL3 files, or folders searched for them.")
    ],
    dataset: Annotated[
        str, typer.Option(metavar="SCOPE:NAME", help="The dataset to attach to; made where it is missing.")
    ],
    rse: Annotated[str, typer.Option(metavar="RSE", help="Where the files go.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, do nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as one JSON object.")] = False,
    parallel: Annotated[int, typer.Option(min=1, max=64, help="Files at once.")] = PARALLEL,
    hold: Annotated[bool, typer.Option(help="Hold the dataset at the RSE by a rule without an end.")] = True,
    schema: Annotated[
        SchemaId, typer.Option(help="Names for PIC's Rucio (takes +) or the generic one (does not).")
    ] = SchemaId.pic,
    instance: Annotated[
        str | None, typer.Option(help="Which Rucio of the configuration; the first where none is named.")
    ] = None,
    account: Annotated[str | None, typer.Option(help="Rucio account, for a sign-in by password.")] = None,
    username: Annotated[
        str | None, typer.Option(help="Sign in by password: RUCIO_PASSWORD, else asked for.")
    ] = None,
) -> None:
    """Upload DL3 files, register them with their metadata, and attach them to a dataset.

    Can be stopped and run again at any time: what is there already is compared, not repeated. Content
    that differs from what Rucio has under the same name is refused. Exit status 1 where a file failed.
    """
    # stamina tells of retries in the log, and without a reader Python prints that on the terminal.
    logging.getLogger("stamina").addHandler(logging.NullHandler())
    to = Did.parse(dataset)
    settings = load_settings()
    where = settings.instance(instance)
    quiet = as_json or not sys.stderr.isatty()

    async def run(progress: Progress) -> PublishReport:
        token = await sign_in(where, account=account, username=username)
        async with RucioClient(where, token, timeout=settings.request_timeout_seconds) as client:
            return await publish(
                paths,
                dataset=to,
                rse=rse,
                client=client,
                schema=SCHEMAS[schema.value],
                dry_run=dry_run,
                hold=hold,
                parallel=parallel,
                progress=progress,
            )

    try:
        with nullcontext(Silent()) if quiet else TerminalBar() as progress:
            report = asyncio.run(run(progress))
    except KeyboardInterrupt:
        typer.echo("Stopped. Run it again to complete what is left.", err=True)
        raise SystemExit(_INTERRUPTED) from None
    tell(report, as_json=as_json)
    if report.failed:
        raise SystemExit(1)
