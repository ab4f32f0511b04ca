"""A sandbox whose processes are killed, whose ports are taken, and which must leave nothing behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from magic_rucio.errors import ConflictError, MagicRucioError
from magic_rucio.sandbox import lifecycle
from magic_rucio.sandbox.description import SandboxDescription, read_sandbox
from magic_rucio.sandbox.layout import StateDirectory
from magic_rucio.sandbox.processes import ProcessIdentity, marked_processes
from magic_rucio.sandbox.rest import RucioCalls, RucioRefusal
from magic_rucio.sandbox.settings import LOOPBACK, port_is_free, read_settings
from magic_rucio.sandbox.state import read_state
from magic_rucio.sandbox.status import ProcessStatus, sandbox_status
from tests.contract.conftest import say
from tests.contract.files import make_rule, register_file, wait_until, wait_until_served

pytestmark = pytest.mark.sandbox

FILES = 12
COMMAND = [sys.executable, "-c", "from magic_rucio.cli import main; main()", "sandbox"]


@pytest.fixture(scope="module")
def directory(fresh_directory: Callable[[], StateDirectory]) -> Iterator[StateDirectory]:
    """A sandbox of this module alone, down at first."""
    place = fresh_directory()
    try:
        yield place
    finally:
        if place.settings_file.exists():
            lifecycle.take_down(place, say)


@pytest.fixture
def running(directory: StateDirectory) -> SandboxDescription:
    lifecycle.bring_up(directory, lifecycle.Options(), say)
    return read_sandbox(directory.root)


@pytest.fixture
def mover(running: SandboxDescription) -> Iterator[RucioCalls]:
    with RucioCalls(running.rucio_url, "mover", running.password("mover")) as rucio:
        yield rucio


def processes(directory: StateDirectory) -> dict[str, ProcessStatus]:
    return {process.name: process for process in sandbox_status(directory).processes}


def ours(directory: StateDirectory) -> list[ProcessIdentity]:
    return list(marked_processes(read_settings(directory).id, directory.postgresql))


def make_rules(sandbox: SandboxDescription, mover: RucioCalls) -> list[str]:
    """Give the daemons work: one rule each for some files."""
    scope = sandbox.dl3_scope
    names = [register_file(sandbox, mover, "ORM-DL3", scope, size=200_000) for _ in range(FILES)]
    return [make_rule(mover, "mover", scope, name, "PIC-DCACHE") for name in names]


@pytest.mark.parametrize(
    "victim",
    [
        "postgresql",
        "rucio-server",
        "rucio-server-worker-1",
        "transfer-service",
        "rucio-daemons",
        "rucio-submitter",
        "rucio-poller",
        "rucio-finisher",
    ],
)
def test_a_killed_process_comes_back_and_no_rule_is_lost(
    directory: StateDirectory, running: SandboxDescription, mover: RucioCalls, victim: str
) -> None:
    rules = make_rules(running, mover)
    before = processes(directory)[victim]
    assert before.pid is not None
    os.kill(before.pid, signal.SIGKILL)

    def restarted() -> bool:
        now = processes(directory)[victim]
        return now.restarts == before.restarts + 1 and now.state == "running" and bool(now.last_end)

    wait_until(restarted, f"{victim} restarted, and the status says so")
    wait_until(lambda: lifecycle.bring_up(directory, lifecycle.Options(), say), "ready again")
    with RucioCalls(running.rucio_url, "mover", running.password("mover")) as again:
        for rule in rules:
            wait_until_served(again, rule)
    if victim not in ("rucio-server-worker-1",):
        assert "SIGKILL" in processes(directory)[victim].last_end


def test_a_killed_connection_of_the_database_is_survived(
    directory: StateDirectory, running: SandboxDescription, mover: RucioCalls
) -> None:
    rules = make_rules(running, mover)
    postmaster = processes(directory)["postgresql"].pid
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    backend = next(int(pid) for pid in children if b"idle" in Path(f"/proc/{pid}/cmdline").read_bytes())
    os.kill(backend, signal.SIGKILL)
    lifecycle.bring_up(directory, lifecycle.Options(), say)
    with RucioCalls(running.rucio_url, "mover", running.password("mover")) as again:
        for rule in rules:
            wait_until_served(again, rule)
    assert "SIGKILL" in processes(directory)["postgresql"].last_end


def test_a_killed_supervisor_takes_its_processes_along(
    directory: StateDirectory, running: SandboxDescription, mover: RucioCalls
) -> None:
    rules = make_rules(running, mover)
    state = read_state(directory)
    assert state is not None
    os.kill(state.pid, signal.SIGKILL)
    wait_until(lambda: sandbox_status(directory).state == "killed", "the status says that it was killed")
    wait_until(lambda: not ours(directory), "no process is left")
    assert lifecycle.bring_up(directory, lifecycle.Options(), say).started
    with RucioCalls(running.rucio_url, "mover", running.password("mover")) as again:
        for rule in rules:
            wait_until_served(again, rule)


def test_everything_killed_at_once_costs_no_rule(
    directory: StateDirectory, running: SandboxDescription, mover: RucioCalls
) -> None:
    rules = make_rules(running, mover)
    for identity in ours(directory):
        identity.send(signal.SIGKILL)
    wait_until(lambda: not ours(directory), "no process is left")
    assert sandbox_status(directory).state == "killed"
    lifecycle.bring_up(directory, lifecycle.Options(), say)
    with RucioCalls(running.rucio_url, "mover", running.password("mover")) as again:
        for rule in rules:
            wait_until_served(again, rule)


def test_up_again_changes_nothing(directory: StateDirectory, running: SandboxDescription) -> None:
    before = {name: process.pid for name, process in processes(directory).items()}
    assert not lifecycle.bring_up(directory, lifecycle.Options(), say).started
    assert {name: process.pid for name, process in processes(directory).items()} == before


def test_another_instance_is_named(directory: StateDirectory, running: SandboxDescription) -> None:
    done = subprocess.run(
        [*COMMAND, "up", "--foreground", "--dir", str(directory.root)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "running already" in done.stderr
    assert "Traceback" not in done.stderr
    assert sandbox_status(directory).state == "running"


def test_down_leaves_nothing_and_touches_nobody_else(
    directory: StateDirectory, running: SandboxDescription
) -> None:
    with subprocess.Popen(["sleep", "300"], cwd=directory.root) as bystander:
        try:
            mine = ours(directory)
            assert len(mine) > 10
            assert lifecycle.take_down(directory, say)
            assert not any(identity.is_alive() for identity in mine)
            assert ours(directory) == []
            ports = read_settings(directory).ports
            assert all(port_is_free(port) for port in (ports.rucio, ports.transfer, ports.postgresql))
            assert bystander.poll() is None
            assert sandbox_status(directory).state == "stopped"
            assert not lifecycle.take_down(directory, say)
        finally:
            bystander.kill()


def test_a_taken_port_is_named(directory: StateDirectory) -> None:
    lifecycle.bring_up(directory, lifecycle.Options(), say)
    lifecycle.take_down(directory, say)
    port = read_settings(directory).ports.rucio
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((LOOPBACK, port))
        taken.listen()
        with pytest.raises(MagicRucioError, match=f"Port {port}") as caught:
            lifecycle.bring_up(directory, lifecycle.Options(), say)
        assert "--new-ports" in caught.value.advice
        assert ours(directory) == []
        lifecycle.bring_up(directory, lifecycle.Options(new_ports=True), say)
    assert read_settings(directory).ports.rucio != port
    assert read_sandbox(directory.root).rucio_url in directory.client_configuration.read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_foreground_ends_everything(directory: StateDirectory, number: signal.Signals) -> None:
    if directory.settings_file.exists():
        lifecycle.take_down(directory, say)
    with subprocess.Popen(
        [*COMMAND, "up", "--foreground", "--json", "--dir", str(directory.root)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["started"]
        process.send_signal(number)
        assert process.wait(40) == (-9 if number == signal.SIGKILL else 0)
    wait_until(lambda: not ours(directory), "nothing is left")


def test_other_choices_than_those_it_was_made_with_are_refused(
    directory: StateDirectory, running: SandboxDescription
) -> None:
    with pytest.raises(ConflictError, match="another schema"):
        lifecycle.bring_up(directory, lifecycle.Options(schema_name="generic"), say)


def test_reset_forgets_all_but_rucios_environment(
    directory: StateDirectory, running: SandboxDescription
) -> None:
    before = running.password("mover")
    register_id = read_settings(directory).id
    (directory.root / "notes.txt").write_text("mine")
    lifecycle.wipe(directory, say)
    assert not directory.grid.exists()
    assert directory.environment.exists()
    assert (directory.root / "notes.txt").read_text() == "mine"
    lifecycle.bring_up(directory, lifecycle.Options(schema_name="generic"), say)
    assert read_settings(directory).id != register_id
    assert read_sandbox(directory.root).password("mover") != before
    fresh = read_sandbox(directory.root)
    with RucioCalls(fresh.rucio_url, "mover", fresh.password("mover")) as rucio:
        register_file(fresh, rucio, "ORM-DL3", fresh.dl3_scope, name="without-plus")
        with pytest.raises(RucioRefusal, match="InvalidObject"):
            register_file(fresh, rucio, "ORM-DL3", fresh.dl3_scope, name="with+plus")
