"""A process is only ever signalled when it is certainly the one that is meant."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from magic_rucio.sandbox.processes import (
    MARK,
    ProcessIdentity,
    end_processes,
    marked_processes,
    memory_bytes,
)

NOWHERE = Path("/nonexistent")


def sleeper(**more: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["sleep", "60"], env={**os.environ, **more})


def identity_of(process: subprocess.Popen[bytes]) -> ProcessIdentity:
    identity = ProcessIdentity.of(process.pid)
    assert identity is not None
    return identity


def test_a_recycled_process_id_is_left_alone() -> None:
    with sleeper() as process:
        real = identity_of(process)
        earlier = ProcessIdentity(real.pid, real.start_ticks - 1)
        assert not earlier.is_alive()
        assert not earlier.send(signal.SIGKILL)
        end_processes([earlier], grace_seconds=0.1)
        assert process.poll() is None
        assert real.send(signal.SIGKILL)
        assert process.wait(5) == -signal.SIGKILL
    assert not real.send(signal.SIGTERM)


def test_a_zombie_is_not_alive() -> None:
    process = sleeper()
    identity = identity_of(process)
    os.kill(process.pid, signal.SIGKILL)
    while identity.is_alive():
        pass
    assert Path(f"/proc/{process.pid}").exists()
    process.wait()


def test_only_marked_processes_are_found() -> None:
    with sleeper(**{MARK: "ours"}) as ours, sleeper(**{MARK: "ours-too"}) as theirs, sleeper() as nobodys:
        try:
            assert [found.pid for found in marked_processes("ours", NOWHERE)] == [ours.pid]
        finally:
            for process in (ours, theirs, nobodys):
                process.kill()


def test_who_does_not_end_is_made_to() -> None:
    with subprocess.Popen(
        ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        end_processes([identity_of(process)], grace_seconds=0.2)
        assert process.wait(5) == -signal.SIGKILL


def test_memory_is_counted() -> None:
    assert 5_000_000 < memory_bytes(os.getpid()) < 5_000_000_000
    assert memory_bytes(2**22 + 1) == 0
