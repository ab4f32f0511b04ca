"""Rucio's daemons, three processes forked from one. Runs in Rucio's own environment.

Rucio's own loops sleep 30 to 600 s, and shorter sleeps make an idle grid burn CPU. Here one cheap
query asks several times a second which daemons have work, and only those make a pass; all of them
make one now and then all the same, in case a query overlooks something.
"""

# mypy: disable-error-code="import-not-found,import-untyped"
# (Rucio lives in an environment of its own that the type checker does not see.)

from __future__ import annotations

import gc
import logging
import os
import signal
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from database import check_connections, leave_connections_to_parent
from members import die_with_parent, note_end, note_start, why
from rucio.common.logging import setup_logging
from rucio.daemons.common import HeartbeatHandler
from rucio.db.sqla.session import get_engine
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from tasks import ROLES, Task

MEMBERS = Path(os.environ["MAGIC_RUCIO_SANDBOX_RUN"]) / "rucio-daemons.json"

LOOK_SECONDS = 0.2
"""Between two looks for work: what a user waits at most for each daemon on the way."""

REGARDLESS_SECONDS = 60
"""Every daemon makes a pass this often, work seen or not."""

HEARTBEAT_SECONDS = 30
RESTART_SECONDS = 0.2
DATABASE_GONE_SECONDS = 0.5

log = logging.getLogger("daemons")


@dataclass
class Runner:
    """One daemon: its heartbeat and when it last made a pass."""

    task: Task
    heartbeat: HeartbeatHandler = field(init=False)
    last_pass: float = 0.0

    def __post_init__(self) -> None:
        self.heartbeat = HeartbeatHandler(self.task.name, HEARTBEAT_SECONDS)

    def is_due(self, has_work: bool) -> bool:
        waited = time.monotonic() - self.last_pass
        return waited >= (self.task.pause_seconds if has_work else REGARDLESS_SECONDS)

    def make_pass(self) -> None:
        self.last_pass = time.monotonic()
        try:
            if self.task.own_heartbeat:
                forget_heartbeats([self.task.name])
                self.task.make_pass(self.heartbeat)
                self.heartbeat.live(force_renew=True)
            else:
                self.heartbeat.live()
                self.task.make_pass(self.heartbeat)
        except Exception:  # one daemon's failure must not end the others
            log.exception("%s: pass failed", self.task.name)


def main() -> None:
    """Load Rucio once, fork a process for each role, and fork again what ends."""
    setup_logging(process_name="daemons")
    # Nothing that is made while loading becomes garbage: collecting in between is work for nothing.
    gc.disable()
    tasks = {role: make() for role, make in ROLES.items()}
    gc.freeze()
    gc.enable()
    check_connections()
    get_engine().dispose()
    MEMBERS.unlink(missing_ok=True)
    Nursery(tasks).run()


class Nursery:
    """The parent of the daemon processes."""

    def __init__(self, tasks: dict[str, list[Task]]) -> None:
        self._tasks = tasks
        self._roles: dict[int, str] = {}
        self._stopping = False

    def run(self) -> None:
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for role in self._tasks:
            self._fork(role)
        while self._roles:
            pid, status = os.wait()
            role = self._roles.pop(pid)
            note_end(MEMBERS, pid, why(status))
            if not self._stopping:
                time.sleep(RESTART_SECONDS)
                self._fork(role)

    def _fork(self, role: str) -> None:
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            die_with_parent(parent)
            try:
                run_role(self._tasks[role])
            finally:
                logging.shutdown()
                os._exit(0)
        self._roles[pid] = role
        note_start(MEMBERS, f"rucio-{role}", pid)
        if self._stopping:
            os.kill(pid, signal.SIGTERM)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True
        for pid in self._roles:
            os.kill(pid, signal.SIGTERM)


def run_role(tasks: list[Task]) -> None:
    """Do the work of one daemon process until told to end."""
    stopping = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    leave_connections_to_parent()
    runners = [Runner(task) for task in tasks]
    prepared = False
    while not stopping.is_set():
        try:
            if not prepared:
                if not database_is_ours():
                    stopping.wait(DATABASE_GONE_SECONDS)
                    continue
                forget_heartbeats([task.name for task in tasks])
                prepared = True
            work = look_for_work(tasks)
        except SQLAlchemyError as error:
            log.warning("database: %s", type(error).__name__)
            stopping.wait(DATABASE_GONE_SECONDS)
            continue
        for runner in runners:
            if not stopping.is_set() and runner.is_due(work[runner.task.name]):
                runner.make_pass()
        stopping.wait(LOOK_SECONDS)
    for runner in runners:
        runner.heartbeat.__exit__(None, None, None)


def forget_heartbeats(names: list[str]) -> None:
    """Remove heartbeats of daemons that only this process runs: nobody else's are among them.

    One that was left behind, by a killed process or because the database was away when it should
    have been removed, would take a share of the work for up to 100 minutes.
    """
    with get_engine().begin() as connection:
        connection.execute(
            text("delete from heartbeats where executable = any(:names) or readable = any(:names)"),
            {"names": names},
        )


def database_is_ours() -> bool:
    """Whether the sandbox has filled this database: daemons must not touch another Rucio's.

    Raises
    ------
    SQLAlchemyError
        There is no such table yet.
    """
    with get_engine().connect() as connection:
        owner = connection.execute(text("select sandbox_id from magic_sandbox_schema")).scalar()
    return bool(owner == os.environ["MAGIC_RUCIO_SANDBOX_ID"])


def look_for_work(tasks: list[Task]) -> dict[str, bool]:
    """Ask in one query which daemons have work."""
    columns = ", ".join(f"exists ({task.work}) as work_{number}" for number, task in enumerate(tasks))
    with get_engine().connect() as connection:
        row = connection.execute(text(f"select {columns}")).one()
    return {task.name: bool(answer) for task, answer in zip(tasks, row, strict=True)}


if __name__ == "__main__":
    main()
