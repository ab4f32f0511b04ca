"""What runs, for how long, how often it had to be restarted and why, and what it costs."""

from __future__ import annotations

import re
import signal
import time
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from magic_rucio.sandbox.description import read_sandbox
from magic_rucio.sandbox.layout import StateDirectory
from magic_rucio.sandbox.lifecycle import running_state
from magic_rucio.sandbox.parts import answers_http, read_members
from magic_rucio.sandbox.processes import ProcessIdentity, marked_processes, memory_bytes
from magic_rucio.sandbox.settings import read_settings
from magic_rucio.sandbox.state import GridState, PartState, read_state


class ProcessStatus(BaseModel):
    """One process; `restarts` and the rest since the last `up`."""

    name: str
    state: str
    pid: int | None
    uptime_seconds: float | None
    restarts: int
    last_end: str
    """Why it was last restarted; empty: it never was."""
    last_end_at: float | None
    """Seconds since 1970."""
    port: int | None
    memory_bytes: int
    """PSS: what is shared is divided among those who share it."""
    log: str


class RseStatus(BaseModel):
    """One storage element and its directory."""

    name: str
    purpose: str
    path: str
    deterministic: bool
    tape: bool


class SandboxStatus(BaseModel):
    """The answer of `status --json`."""

    state: str
    """running, starting, stopping, stopped, failed; killed: the supervisor was, without a farewell."""
    message: str
    directory: str
    rucio_url: str
    transfer_url: str
    schema_name: str
    processes: list[ProcessStatus]
    leftovers: list[int]
    """Ids of processes that belong to the sandbox and to no supervisor."""
    memory_bytes: int
    """Of all processes, those of PostgreSQL and the forked ones included."""
    rses: list[RseStatus]
    accounts: dict[str, str]
    """Account -> what it is for; passwords are in `passwords_file`."""
    passwords_file: str
    configuration_file: str


def sandbox_status(directory: StateDirectory) -> SandboxStatus:
    """Look at a sandbox without changing anything.

    Raises
    ------
    NotFoundError
        There is none in this directory.
    """
    settings = read_settings(directory)
    described = read_sandbox(directory.root)
    marked = list(marked_processes(settings.id, directory.postgresql))
    state = read_state(directory)
    running = running_state(directory)
    name, message = _in_words(state, running, bool(marked))
    if name == "running" and not answers_http(f"{settings.rucio_url}/ping"):
        message = "Rucio's server does not answer at the moment"
    return SandboxStatus(
        state=name,
        message=message,
        directory=str(directory.root),
        rucio_url=settings.rucio_url,
        transfer_url=settings.transfer_url,
        schema_name=settings.schema_name,
        processes=_processes(directory, running) if running else [],
        leftovers=[] if running else [identity.pid for identity in marked],
        memory_bytes=sum(memory_bytes(identity.pid) for identity in marked),
        rses=[
            RseStatus(
                name=rse.name,
                purpose=rse.purpose,
                path=str(rse.root),
                deterministic=rse.deterministic,
                tape=rse.tape,
            )
            for rse in described.rses.values()
        ],
        accounts={account.name: account.purpose for account in described.accounts.values()},
        passwords_file=str(directory.passwords_file),
        configuration_file=str(described.client_configuration),
    )


def _in_words(state: GridState | None, running: GridState | None, leftovers: bool) -> tuple[str, str]:
    if running is not None:
        return running.phase, running.step
    if state is None:
        return "stopped", "never started" if not leftovers else "processes were left behind"
    if state.phase in ("stopped", "failed"):
        return state.phase, state.step
    return "killed", (
        "the supervisor was killed"
        + (" and left processes behind" if leftovers else ", and its processes ended with it")
        + "; `magic-rucio sandbox up` starts it again"
    )


def _processes(directory: StateDirectory, state: GridState) -> list[ProcessStatus]:
    supervisor = PartState(
        name="supervisor",
        state="running",
        pid=state.pid,
        start_ticks=state.start_ticks,
        started_at=state.started_at,
    )
    found = [_describe(supervisor, directory.logs / "supervisor.log")]
    for part in state.parts:
        log = directory.logs / f"{part.name}.log"
        if part.name == "postgresql":
            part = _with_recoveries(part, log)
        found.append(_describe(part, log))
        for name, entry in sorted(read_members(directory, part.name).items()):
            found.append(_describe(_member(name, entry), log))
    return found


def _with_recoveries(part: PartState, log: Path) -> PartState:
    """Count the times when PostgreSQL restarted all its workers because one of them was killed."""
    try:
        words = log.read_text(errors="replace")
    except OSError:
        return part
    killed = re.findall(r"was terminated by signal (\d+)", words.rpartition("starting PostgreSQL")[2])
    if not killed:
        return part
    name = signal.Signals(int(killed[-1])).name
    return part.model_copy(
        update={
            "restarts": part.restarts + len(killed),
            "last_end": f"one of its workers was killed by {name}; it restarted all of them",
        }
    )


def _member(name: str, entry: dict[str, Any]) -> PartState:
    identity = ProcessIdentity(entry["pid"], entry["start_ticks"]) if entry["pid"] else None
    alive = identity is not None and identity.is_alive()
    return PartState.model_validate({**entry, "name": name, "state": "running" if alive else "waiting"})


def _describe(part: PartState, log: Path) -> ProcessStatus:
    alive = part.identity is not None and part.identity.is_alive()
    return ProcessStatus(
        name=part.name,
        state=part.state if alive else "waiting",
        pid=part.pid if alive else None,
        uptime_seconds=time.time() - part.started_at if alive and part.started_at else None,
        restarts=part.restarts,
        last_end=part.last_end,
        last_end_at=part.last_end_at,
        port=part.port,
        memory_bytes=memory_bytes(part.pid) if alive and part.pid else 0,
        log=str(log),
    )
