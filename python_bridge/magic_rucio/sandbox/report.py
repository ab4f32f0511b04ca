"""The sandbox's answers in plain words, for a terminal."""

from __future__ import annotations

import json

import typer

from magic_rucio.sandbox.layout import StateDirectory
from magic_rucio.sandbox.lifecycle import Ready
from magic_rucio.sandbox.status import ProcessStatus, SandboxStatus


def print_ready(ready: Ready, directory: StateDirectory, *, as_json: bool) -> None:
    """Say where everything is."""
    facts = {
        "rucio_url": ready.settings.rucio_url,
        "transfer_url": ready.settings.transfer_url,
        "directory": str(directory.root),
        "storage": str(directory.storage),
        "passwords_file": str(directory.passwords_file),
        "configuration_file": str(directory.client_configuration),
        "started": ready.started,
        "seconds": round(ready.seconds, 2),
        "rule_seconds": round(ready.rule_seconds, 2),
    }
    if as_json:
        typer.echo(json.dumps(facts))
        return
    typer.echo(
        f"{'Up' if ready.started else 'Already up'}: a rule was served in {ready.rule_seconds:.1f} s"
        f" (ready in {ready.seconds:.1f} s)."
    )
    typer.echo(f"Rucio          {ready.settings.rucio_url}")
    typer.echo(f"Transfers      {ready.settings.transfer_url}")
    typer.echo(f"Storage        {directory.storage}")
    typer.echo(f"Passwords      {directory.passwords_file}")
    typer.echo(f"Configuration  {directory.client_configuration} (name it by MAGIC_RUCIO_CONFIG)")


def print_status(found: SandboxStatus) -> None:
    """Print the status as a table."""
    typer.echo(f"{found.state}: {found.message}" if found.message != found.state else found.state)
    if found.leftovers:
        typer.echo(f"left behind: processes {', '.join(map(str, found.leftovers))}; `down` ends them")
    if found.processes:
        typer.echo(f"\n{'process':24}{'state':10}{'pid':>8}{'up':>10}{'MB':>7}  restarts")
    for process in found.processes:
        typer.echo(_line(process))
    typer.echo(f"\nMemory    {found.memory_bytes / 1e6:.0f} MB in all")
    typer.echo(f"Rucio     {found.rucio_url}   (names: {found.schema_name})")
    typer.echo(f"Transfers {found.transfer_url}")
    for rse in found.rses:
        typer.echo(f"RSE       {rse.name:12} {rse.path}   ({rse.purpose})")
    for account, purpose in found.accounts.items():
        typer.echo(f"Account   {account:12} {purpose}")
    typer.echo(f"Passwords {found.passwords_file}")


def _line(process: ProcessStatus) -> str:
    uptime = "" if process.uptime_seconds is None else _duration(process.uptime_seconds)
    restarts = str(process.restarts) + (f", the last: {process.last_end}" if process.last_end else "")
    return (
        f"{process.name:24}{process.state:10}{process.pid or '':>8}{uptime:>10}"
        f"{process.memory_bytes / 1e6:7.0f}  {restarts}"
    )


def _duration(seconds: float) -> str:
    whole = int(seconds)
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02}"
    return f"{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02}"
