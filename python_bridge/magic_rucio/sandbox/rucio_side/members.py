"""The processes that one supervised process has forked, told to the supervisor by a small file."""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1

Entry = dict[str, Any]


@contextmanager
def members(path: Path) -> Iterator[dict[str, Entry]]:
    """Read the entries by name, and write them back changed; one process at a time."""
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            entries: dict[str, Entry] = json.loads(path.read_text())
        except (OSError, ValueError):
            entries = {}
        yield entries
        beside = path.with_suffix(".new")
        beside.write_text(json.dumps(entries))
        beside.replace(path)


def note_start(path: Path, name: str, pid: int) -> None:
    """Enter a process that has just begun; one of its name before it means a restart."""
    with members(path) as entries:
        before = entries.get(name, {"restarts": -1, "last_end": "", "last_end_at": None})
        entries[name] = {
            **before,
            "pid": pid,
            "start_ticks": start_ticks(pid),
            "started_at": time.time(),
            "restarts": before["restarts"] + 1,
        }


def note_end(path: Path, pid: int, why: str) -> None:
    """Enter why a process ended."""
    with members(path) as entries:
        for entry in entries.values():
            if entry["pid"] == pid:
                entry.update(pid=None, start_ticks=None, last_end=why, last_end_at=time.time())


def why(wait_status: int) -> str:
    """Put a status of `waitpid` into words."""
    code = os.waitstatus_to_exitcode(wait_status)
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"


def start_ticks(pid: int) -> int:
    """When a process began, in clock ticks since boot."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent ends, however that comes."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
