"""The process that starts the grid and keeps it running: `python -m magic_rucio.sandbox.supervisor`."""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path
from types import FrameType

from magic_rucio.errors import MagicRucioError
from magic_rucio.sandbox import postgresql
from magic_rucio.sandbox.child import Child, last_line
from magic_rucio.sandbox.environment import environment_python
from magic_rucio.sandbox.grid import RSES, bootstrap_plan
from magic_rucio.sandbox.layout import StateDirectory, write_private
from magic_rucio.sandbox.parts import Part, database_part, grid_parts, rucio_environment, rucio_side
from magic_rucio.sandbox.processes import ProcessIdentity
from magic_rucio.sandbox.rucio_config import write_rucio_configuration
from magic_rucio.sandbox.settings import port_is_free, read_secrets, read_settings
from magic_rucio.sandbox.state import GridState, Phase, write_state

LOOK_SECONDS = 1.0
"""Between two looks at everything; a child's end and a signal are noticed at once."""

STARTING_LOOK_SECONDS = 0.05
START_SECONDS = 60.0
BOOTSTRAP_SECONDS = 120.0


class Stop(Exception):  # noqa: N818 - an order, not an error
    """The supervisor was told to end."""


class Supervisor:
    """Starts the parts in order, restarts what dies, ends all at the end."""

    def __init__(self, directory: StateDirectory, foreground: ProcessIdentity | None) -> None:
        self.directory = directory
        self.settings = read_settings(directory)
        self.foreground = foreground
        self.children: list[Child] = []
        self._stopping = False
        self._phase: Phase = "starting"
        self._step = "starting"
        self._advice = ""
        self._started = time.time()
        self._self = ProcessIdentity.of(os.getpid()) or ProcessIdentity(os.getpid(), 0)
        self._wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)

    def run(self) -> int:
        """Run until told to end; the exit status."""
        status = 0
        try:
            self._start_everything()
            self._say("running", "running")
            while True:
                self._look(LOOK_SECONDS)
        except Stop:
            pass
        except MagicRucioError as error:
            self._phase, self._step, self._advice = "failed", error.message, error.advice
            status = 1
        except OSError as error:
            self._phase, self._step = "failed", f"{error.strerror}: {error.filename}"
            self._advice = f"See {self.directory.logs / 'supervisor.log'}."
            traceback.print_exc()
            status = 1
        self._end_everything()
        return status

    def _start_everything(self) -> None:
        secrets = read_secrets(self.directory)
        write_rucio_configuration(self.directory, secrets.database_url, secrets.accounts["root"])
        for rse in RSES:
            rse.root(self.directory.storage).mkdir(exist_ok=True)
        metrics = self.directory.configuration / "metrics"
        for leftover in metrics.iterdir():
            leftover.unlink()
        if self.settings.own_database:
            self._start_database(secrets.database_url)
        # They load Rucio while the database is filled, and wait for it by themselves.
        for part in grid_parts(self.directory, self.settings):
            self._start(part)
        self._bootstrap(secrets.accounts)
        self._say("starting", "3 of 4: starting Rucio's server and daemons, and the transfer service")
        self._wait_until_ready()

    def _start_database(self, url: str) -> None:
        self._say("starting", "1 of 4: starting PostgreSQL")
        password = url.split("://", 1)[1].split("@", 1)[0].split(":", 1)[1]
        binaries = postgresql.find_binaries(self.directory.environment)
        postgresql.make_cluster(binaries, self.directory.postgresql, password)
        self._start(database_part(self.directory, self.settings))
        self._wait_until_ready()

    def _bootstrap(self, passwords: dict[str, str]) -> None:
        """Fill the database, unless exactly that has been done before."""
        plan = bootstrap_plan(self.directory.storage, self.settings.transfer_url, passwords)
        text = json.dumps({**plan, "id": self.settings.id, "own_database": self.settings.own_database})
        done = self.directory.configuration / "bootstrapped.json"
        if done.exists() and done.read_text() == text:
            return
        self._say("starting", "2 of 4: filling Rucio's database: accounts, scopes, storage elements")
        plan_file = self.directory.configuration / "bootstrap.json"
        write_private(plan_file, text)
        log = self.directory.logs / "bootstrap.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [
                    str(environment_python(self.directory.environment)),
                    str(rucio_side() / "bootstrap.py"),
                    str(plan_file),
                ],
                env=rucio_environment(self.directory, self.settings),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            deadline = time.monotonic() + BOOTSTRAP_SECONDS
            while process.poll() is None:
                self._look(STARTING_LOOK_SECONDS)
                if time.monotonic() > deadline:
                    raise MagicRucioError("Filling Rucio's database takes too long.", advice=f"See {log}.")
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        if process.returncode:
            raise MagicRucioError(
                f"Rucio's database could not be filled: {last_line(log)}", advice=f"All of it: {log}."
            )
        plan_file.rename(done)

    def _start(self, part: Part) -> None:
        if part.port is not None and not port_is_free(part.port):
            raise MagicRucioError(
                f"Port {part.port} of 127.0.0.1, which is {part.name}'s, is taken by another program.",
                code="port-taken",
                advice="End that program, or take new ports with `magic-rucio sandbox up --new-ports`.",
            )
        child = Child(part, self.directory.logs)
        child.start()
        self.children.append(child)
        self._write()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not all(child.ready for child in self.children):
            self._look(STARTING_LOOK_SECONDS)
            if time.monotonic() > deadline:
                late = next(child for child in self.children if not child.ready)
                raise MagicRucioError(
                    f"{late.part.name} did not start within {START_SECONDS:.0f} s: {last_line(late.log)}",
                    advice=f"All of its words: {late.log}.",
                )

    def _look(self, seconds: float) -> None:
        """Wait for news for a while, then see to the children.

        Raises
        ------
        Stop
            The supervisor is to end.
        """
        if select.select([self._wake_read], [], [], seconds)[0]:
            os.read(self._wake_read, 4096)
        if self._stopping or (self.foreground and not self.foreground.is_alive()):
            raise Stop
        changes = [child.look() for child in self.children]
        for child in self.children:
            child.limit_log()
        changes += [child.restart_if_due() for child in self.children]
        if any(changes):
            self._write()

    def _end_everything(self) -> None:
        failed = self._phase == "failed"
        if not failed:
            self._say("stopping", "ending the processes")
        *others, database = reversed(self.children) if self.children else [None]
        for child in others:
            if child:
                child.ask_to_end()
        for child in others:
            if child:
                child.wait_for_end()
        if database:
            database.ask_to_end()
            database.wait_for_end()
        self.children = []
        if failed:
            self._write()
        else:
            self._say("stopped", "stopped")

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _say(self, phase: Phase, step: str) -> None:
        self._phase, self._step = phase, step
        self._write()

    def _write(self) -> None:
        state = GridState(
            phase=self._phase,
            step=self._step,
            advice=self._advice,
            pid=self._self.pid,
            start_ticks=self._self.start_ticks,
            started_at=self._started,
            foreground_pid=self.foreground.pid if self.foreground else None,
            parts=tuple(child.describe() for child in self.children),
        )
        write_state(self.directory, state)


def main() -> int:
    """Run the supervisor of one directory, if no other does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--foreground", type=int, help="end together with the process of this id")
    options = parser.parse_args()
    directory = StateDirectory(options.dir)
    # Never closed: the lock is held as long as this process lives.
    lock = directory.lock_file.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return 0
    foreground = ProcessIdentity.of(options.foreground) if options.foreground else None
    return Supervisor(directory, foreground).run()


if __name__ == "__main__":
    sys.exit(main())
