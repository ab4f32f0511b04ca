"""One supervised process: started, watched, started again with back-off, ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from magic_rucio.sandbox.parts import Part
from magic_rucio.sandbox.processes import ProcessIdentity
from magic_rucio.sandbox.state import PartState

FIRST_WAIT_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 10.0

SETTLED_SECONDS = 30.0
"""A process that lived this long starts the back-off anew."""

LOG_BYTES = 20_000_000
"""A log that has grown beyond this begins anew: a sandbox may run for weeks."""


class Child:
    """A part and its process, now or between two lives."""

    def __init__(self, part: Part, logs: Path) -> None:
        self.part = part
        self.log = logs / f"{part.name}.log"
        self.ready = False
        self._process: subprocess.Popen[bytes] | None = None
        self._identity: ProcessIdentity | None = None
        self._started = 0.0
        self._restarts = 0
        self._last_end = ""
        self._last_end_at: float | None = None
        self._wait = FIRST_WAIT_SECONDS
        self._due = 0.0

    @property
    def running(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        """Start the process; its output goes to its log."""
        self.part.before_start()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.part.command,
                env=self.part.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.log.parent,
                # Ctrl-C in the terminal is the supervisor's business.
                start_new_session=True,
            )
        self._identity = ProcessIdentity.of(self._process.pid)
        self._started = time.time()
        self.ready = False

    def look(self) -> bool:
        """See whether the process has ended or has become ready; whether anything changed."""
        if self._process is None:
            return False
        status = self._process.poll()
        if status is not None:
            self._note_end(status)
            return True
        if not self.ready and self.part.is_ready():
            self.ready = True
            return True
        return False

    def limit_log(self) -> None:
        """Keep the log from filling the disk; its writers append, wherever its end is."""
        with contextlib.suppress(FileNotFoundError):
            if self.log.stat().st_size > LOG_BYTES:
                os.truncate(self.log, 0)

    def restart_if_due(self) -> bool:
        """Start the process again after its waiting time; whether it was started."""
        if self._process is not None or time.monotonic() < self._due:
            return False
        self._restarts += 1
        self.start()
        return True

    def ask_to_end(self) -> None:
        if self._identity:
            self._identity.send(signal.Signals[f"SIG{self.part.end_signal}"])

    def wait_for_end(self) -> None:
        """Wait for as long as the part may take, then make it end."""
        if self._process is None:
            return
        try:
            self._process.wait(self.part.grace_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def describe(self) -> PartState:
        running = self._process is not None and self._identity is not None
        return PartState(
            name=self.part.name,
            state=("running" if self.ready else "starting") if running else "waiting",
            pid=self._identity.pid if running and self._identity else None,
            start_ticks=self._identity.start_ticks if running and self._identity else None,
            started_at=self._started if running else None,
            restarts=self._restarts,
            last_end=self._last_end,
            last_end_at=self._last_end_at,
            port=self.part.port,
        )

    def _note_end(self, status: int) -> None:
        lived = time.time() - self._started
        self._wait = (
            FIRST_WAIT_SECONDS if lived > SETTLED_SECONDS else min(2 * self._wait, LONGEST_WAIT_SECONDS)
        )
        self._due = time.monotonic() + self._wait
        self._last_end = self._why(status)
        self._last_end_at = time.time()
        self._process = None
        self._identity = None
        self.ready = False

    def _why(self, status: int) -> str:
        if status < 0:
            return f"killed by {signal.Signals(-status).name}"
        words = last_line(self.log)
        return f"ended with status {status}" + (f": {words}" if words else "")


def last_line(path: Path) -> str:
    """Return the last line of a log that says something, shortened."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 4096))
            lines = file.read().decode(errors="replace").split("\n")
    except OSError:
        return ""
    # SQLAlchemy ends its messages with the statement and a link, in brackets.
    spoken = [
        line.strip() for line in lines if line.strip() and not line.startswith(("[SQL", "[param", "(Backg"))
    ]
    return spoken[-1][:300] if spoken else ""
