"""Bring the sandbox up, take it down, wipe it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from magic_rucio.errors import ConflictError, InvalidInputError, MagicRucioError, UnreachableError
from magic_rucio.sandbox.description import write_client_configuration
from magic_rucio.sandbox.environment import ensure_environment, environment_python
from magic_rucio.sandbox.layout import StateDirectory
from magic_rucio.sandbox.parts import rucio_environment, rucio_side
from magic_rucio.sandbox.probe import probe_rule
from magic_rucio.sandbox.processes import ProcessIdentity, end_processes, marked_processes
from magic_rucio.sandbox.rest import RucioCalls, RucioRefusal
from magic_rucio.sandbox.settings import (
    SandboxSettings,
    SchemaName,
    read_secrets,
    read_settings,
    settings_for,
    with_new_ports,
)
from magic_rucio.sandbox.state import GridState, read_state

START_SECONDS = 240.0
END_SECONDS = 40.0
RECOVERY_SECONDS = 20.0
LOOK_SECONDS = 0.05

Say = Callable[[str], None]


class AlreadyRunningError(ConflictError):
    """Another instance runs in this directory."""


@dataclass(frozen=True, slots=True)
class Options:
    """What `up` may be told."""

    schema_name: SchemaName | None = None
    database_url: str | None = None
    foreground: bool = False
    new_ports: bool = False


@dataclass(frozen=True, slots=True)
class Ready:
    """How `up` went."""

    settings: SandboxSettings
    started: bool
    """False: it was up already."""
    seconds: float
    rule_seconds: float
    """From making a rule until it was served."""


def bring_up(directory: StateDirectory, options: Options, say: Say) -> Ready:
    """Start what is not running and wait until a rule is served.

    Raises
    ------
    MagicRucioError
        What stands in the way: see the messages.
    """
    begun = time.monotonic()
    if sys.platform != "linux":
        raise InvalidInputError("The sandbox runs on Linux only.", code="not-linux")
    directory.make()
    with _one_at_a_time(directory, say):
        ensure_environment(directory.environment, say)
        settings = settings_for(directory, options.schema_name, options.database_url)
        state = running_state(directory)
        started = state is None
        if state is None:
            end_leftovers(directory, settings, say)
            if options.new_ports:
                settings = with_new_ports(directory)
            _start_supervisor(directory, options)
        elif options.foreground:
            raise AlreadyRunningError(
                f"The sandbox in {directory.root} is running already (process {state.pid}).",
                advice="End it first with `magic-rucio sandbox down`, or name another directory with --dir.",
            )
        _wait_until_running(directory, say)
        say("4 of 4: making a rule to see that it is served")
        served = _probe(directory, settings)
        write_client_configuration(directory)
    return Ready(settings, started, time.monotonic() - begun, served)


def _probe(directory: StateDirectory, settings: SandboxSettings) -> float:
    """Have a rule served; a server that has just been killed gets a few seconds to come back."""
    password = read_secrets(directory).accounts["mover"]
    deadline = time.monotonic() + RECOVERY_SECONDS
    while True:
        try:
            with RucioCalls(settings.rucio_url, "mover", password) as rucio:
                return probe_rule(rucio, directory.storage, lambda: running_state(directory) is not None)
        except (UnreachableError, RucioRefusal) as error:
            if error.status < 500 or time.monotonic() > deadline:
                raise
            time.sleep(LOOK_SECONDS)


def take_down(directory: StateDirectory, say: Say) -> bool:
    """End everything of this sandbox and nothing else; whether anything was running."""
    settings = read_settings(directory)
    state = running_state(directory)
    if state is not None:
        say("ending the sandbox's processes")
        end_processes([state.supervisor], END_SECONDS)
    return end_leftovers(directory, settings, say) or state is not None


def wipe(directory: StateDirectory, say: Say) -> None:
    """End the sandbox and remove its state; Rucio's environment stays.

    Raises
    ------
    ConflictError
        The directory is not a sandbox's.
    """
    if not directory.settings_file.exists() and directory.grid.exists() and any(directory.grid.iterdir()):
        known = {
            "etc",
            "logs",
            "run",
            "storage",
            "transfer",
            "postgresql",
            "postgresql.new",
            "passwords.json",
        }
        if not {entry.name for entry in directory.grid.iterdir()} <= known:
            raise ConflictError(
                f"{directory.grid} does not look like a sandbox's; nothing was removed.",
                advice="Look at it, and remove it yourself if you want to.",
            )
    if directory.settings_file.exists():
        with contextlib.suppress(MagicRucioError):
            take_down(directory, say)
            _wipe_foreign_database(directory, say)
    if directory.grid.is_dir() and not directory.grid.is_symlink():
        say(f"removing {directory.grid}")
        shutil.rmtree(directory.grid)


def _wipe_foreign_database(directory: StateDirectory, say: Say) -> None:
    """Remove what this sandbox has put into a database that is not in its directory."""
    settings = read_settings(directory)
    plan = directory.configuration / "bootstrapped.json"
    if settings.own_database or not plan.exists():
        return
    say("removing the sandbox's Rucio from the database")
    done = subprocess.run(
        [
            str(environment_python(directory.environment)),
            str(rucio_side() / "bootstrap.py"),
            str(plan),
            "--wipe",
        ],
        env=rucio_environment(directory, settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    if done.returncode:
        words = (done.stderr.strip().splitlines() or [""])[-1]
        say(f"the database could not be emptied ({words}); empty it before using it again")


def running_state(directory: StateDirectory) -> GridState | None:
    """Return the state of the sandbox if its supervisor lives."""
    state = read_state(directory)
    if state is None or state.phase in ("stopped", "failed") or not state.supervisor.is_alive():
        return None
    return state


def end_leftovers(directory: StateDirectory, settings: SandboxSettings, say: Say) -> bool:
    """End processes that a killed supervisor left; whether there were any."""
    leftovers = list(marked_processes(settings.id, directory.postgresql))
    if leftovers:
        say(f"ending {len(leftovers)} processes that were left behind")
        end_processes(leftovers, grace_seconds=10)
    return bool(leftovers)


@contextlib.contextmanager
def _one_at_a_time(directory: StateDirectory, say: Say) -> Iterator[None]:
    with (directory.root / ".up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another command is bringing this sandbox up; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _start_supervisor(directory: StateDirectory, options: Options) -> None:
    command = [sys.executable, "-m", "magic_rucio.sandbox.supervisor", "--dir", str(directory.root)]
    if options.foreground:
        command += ["--foreground", str(os.getpid())]
    directory.state_file.unlink(missing_ok=True)
    settings = read_settings(directory)
    log_path = directory.logs / "supervisor.log"
    with log_path.open("ab") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=directory.root,
            env={**os.environ, "MAGIC_RUCIO_SANDBOX_ID": settings.id},
            start_new_session=True,
        )
    deadline = time.monotonic() + 20
    while read_state(directory) is None:
        if process.poll() is not None or time.monotonic() > deadline:
            raise MagicRucioError("The sandbox's supervisor did not start.", advice=f"See {log_path}.")
        time.sleep(LOOK_SECONDS)


def _wait_until_running(directory: StateDirectory, say: Say) -> None:
    deadline = time.monotonic() + START_SECONDS
    said = ""
    while True:
        state = read_state(directory)
        if state is None or (state.phase != "failed" and not state.supervisor.is_alive()):
            raise MagicRucioError(
                "The sandbox's supervisor has ended.", advice=f"See {directory.logs / 'supervisor.log'}."
            )
        if state.phase == "failed":
            _wait_for_end(state.supervisor)
            raise MagicRucioError(state.step, advice=state.advice, code="sandbox-failed")
        if state.phase == "running" and all(part.state == "running" for part in state.parts):
            return
        if state.phase == "starting" and state.step != said:
            said = state.step
            say(said)
        if time.monotonic() > deadline:
            raise MagicRucioError(f"The sandbox did not start within {START_SECONDS:.0f} s: {state.step}.")
        time.sleep(LOOK_SECONDS)


def _wait_for_end(identity: ProcessIdentity) -> None:
    deadline = time.monotonic() + END_SECONDS
    while identity.is_alive() and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
