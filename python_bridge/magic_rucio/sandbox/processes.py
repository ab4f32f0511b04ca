"""Processes of this machine, told apart for certain: a process id alone may be somebody else's by now."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

MARK = "MAGIC_RUCIO_SANDBOX_ID"
"""Environment variable that all processes of a sandbox inherit, with the sandbox's id."""

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """A process id together with the moment the process began, in clock ticks since boot."""

    pid: int
    start_ticks: int

    @classmethod
    def of(cls, pid: int) -> ProcessIdentity | None:
        """Identity of the process that has this id now; None where there is none (or a zombie)."""
        fields = _stat(pid)
        if fields is None or fields[0] in "ZX":
            return None
        return cls(pid, int(fields[19]))

    def is_alive(self) -> bool:
        return ProcessIdentity.of(self.pid) == self

    def send(self, number: int) -> bool:
        """Send a signal if the process is still the same one; whether it was."""
        try:
            descriptor = os.pidfd_open(self.pid)
        except (ProcessLookupError, OSError):
            return False
        try:
            # The descriptor holds the process: once it is seen to be ours, it stays ours.
            if not self.is_alive():
                return False
            signal.pidfd_send_signal(descriptor, number)
        except (ProcessLookupError, PermissionError):
            return False
        finally:
            os.close(descriptor)
        return True

    def cpu_seconds(self) -> float:
        """Processor time used so far."""
        fields = _stat(self.pid)
        return (int(fields[11]) + int(fields[12])) / _TICKS if fields else 0.0


def memory_bytes(pid: int) -> int:
    """Memory of a process: its share of what it shares (PSS), else its resident pages."""
    try:
        for line in (_PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return int((_PROC / str(pid) / "statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def marked_processes(mark: str, postgresql_data: Path) -> Iterator[ProcessIdentity]:
    """Find the processes of a sandbox, whoever their parent is now.

    By the mark in their environment; PostgreSQL's workers overwrite theirs and are known by
    their program and working directory instead.
    """
    wanted = f"{MARK}={mark}".encode()
    for entry in _PROC.iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        identity = ProcessIdentity.of(int(entry.name))
        if identity is None:
            continue
        try:
            belongs = wanted in (entry / "environ").read_bytes().split(b"\0") or (
                os.readlink(entry / "exe").endswith("/postgres")
                and Path(os.readlink(entry / "cwd")) == postgresql_data
            )
        except OSError:
            continue
        if belongs:
            yield identity


def end_processes(identities: Iterable[ProcessIdentity], grace_seconds: float) -> None:
    """Ask processes to end; after a while make them."""
    remaining = [identity for identity in identities if identity.send(signal.SIGTERM)]
    deadline = time.monotonic() + grace_seconds
    while remaining and time.monotonic() < deadline:
        time.sleep(0.05)
        remaining = [identity for identity in remaining if identity.is_alive()]
    for identity in remaining:
        identity.send(signal.SIGKILL)
    while any(identity.is_alive() for identity in remaining) and time.monotonic() < deadline + 5:
        time.sleep(0.02)


def _stat(pid: int) -> list[str] | None:
    """Fields of /proc/PID/stat from the state on (`man 5 proc` counts it as the third)."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()
