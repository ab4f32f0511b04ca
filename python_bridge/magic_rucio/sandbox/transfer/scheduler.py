"""Starts transfers when it is their turn and there is room, and does what is due by the clock.

One thread decides, a pool of threads moves. With nothing to do all of them sleep.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from magic_rucio.sandbox.transfer.areas import StorageAreas
from magic_rucio.sandbox.transfer.config import TransferConfig
from magic_rucio.sandbox.transfer.queue import Link, Slots, Turn, WaitingLine
from magic_rucio.sandbox.transfer.records import FileRow
from magic_rucio.sandbox.transfer.run import Run, ServiceStopping, TransferCanceled

_log = logging.getLogger(__name__)

LONGEST_NAP = 3600.0
"""Seconds: the wall clock may be set while we sleep."""

NEXT_TRY = 5.0
"""Seconds until a file is tried again whose state could not be stored."""


class Scheduler:
    """The agenda of the service.

    Its lock is innermost: nothing is called while it is held, so it may be used inside a
    transaction of the store.
    """

    def __init__(self, config: TransferConfig, areas: StorageAreas) -> None:
        self._config = config
        self._areas = areas
        self._changed = threading.Condition()
        self._line = WaitingLine()
        self._slots = Slots()
        self._runs: dict[int, Run] = {}
        self._withdrawn: set[int] = set()
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._sequence = itertools.count()
        self._stopping = False
        self._pool = ThreadPoolExecutor(config.workers, thread_name_prefix="mover")
        self._thread: threading.Thread | None = None

    def start(self, claim: Callable[[int], bool], carry_out: Callable[[int], None]) -> None:
        """Begin to work.

        Parameters
        ----------
        claim : callable
            Whether a waiting file (its id) may still move.
        carry_out : callable
            Moves a file; called in a thread of the pool, raises nothing.
        """

        def loop() -> None:
            self._loop(claim, carry_out)

        self._thread = threading.Thread(target=loop, name="scheduler")
        self._thread.start()

    def stop(self) -> None:
        """End all transfers where they are and wait for their threads."""
        with self._changed:
            self._stopping = True
            for run in self._runs.values():
                run.interrupt(ServiceStopping())
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
        self._pool.shutdown()

    def enqueue(self, file: FileRow) -> None:
        """Let a file wait for its turn."""
        with self._changed:
            self._line.put(self._link(file), Turn(-file.priority, file.queued_at, file.file_id))
            self._changed.notify_all()

    def withdraw(self, file_id: int) -> None:
        """Take a file out of the queue and end its transfer if it moves."""
        with self._changed:
            self._line.drop(file_id)
            if run := self._runs.get(file_id):
                run.interrupt(TransferCanceled())

    def at(self, when: float, action: Callable[[], None]) -> None:
        """Do something at a time (seconds since 1970), in the scheduler's thread."""
        with self._changed:
            heapq.heappush(self._timers, (when, next(self._sequence), action))
            self._changed.notify_all()

    def waiting_at(self, storage: str) -> int:
        """How many files wait to leave a storage."""
        with self._changed:
            return self._line.waiting_at(storage)

    def register(self, run: Run, clash: Callable[[], Exception]) -> None:
        """Announce a transfer; of two to one destination at once both end with `clash`, as in FTS 3.14."""
        with self._changed:
            for other in self._runs.values():
                if other.name.place == run.name.place and other.interrupt(clash()):
                    run.interrupt(clash())
            if self._stopping:
                run.interrupt(ServiceStopping())
            self._runs[run.name.file_id] = run

    def unregister(self, run: Run) -> None:
        """A transfer has ended."""
        with self._changed:
            self._runs.pop(run.name.file_id, None)

    def moving(self) -> list[Run]:
        """What moves now."""
        with self._changed:
            return list(self._runs.values())

    def _link(self, file: FileRow) -> Link:
        return Link(self._areas.storage_of(file.source_surl), self._areas.storage_of(file.dest_surl))

    def _has_room(self, link: Link) -> bool:
        return self._slots.has_room(
            link,
            outbound=self._config.storage_limit(link.source).outbound,
            inbound=self._config.storage_limit(link.destination).inbound,
            active=self._config.link_limit(link.source, link.destination).active,
        )

    def _loop(self, claim: Callable[[int], bool], carry_out: Callable[[int], None]) -> None:
        while True:
            with self._changed:
                if self._stopping:
                    return
                actions = self._due()
                chosen = self._choose()
                if not actions and not chosen:
                    self._changed.wait(self._seconds_to_next())
                    continue
            for action in actions:
                self._guarded(action)
            for link, file_id in chosen:
                self._start_one(link, file_id, claim, carry_out)

    def _due(self) -> list[Callable[[], None]]:
        now = time.time()
        actions = []
        while self._timers and self._timers[0][0] <= now:
            actions.append(heapq.heappop(self._timers)[2])
        return actions

    def _choose(self) -> list[tuple[Link, int]]:
        chosen = []
        while self._slots.total < self._config.workers and (turn := self._line.pop(self._has_room)):
            self._slots.take(turn[0])
            chosen.append(turn)
        return chosen

    def _seconds_to_next(self) -> float | None:
        return max(0.0, min(self._timers[0][0] - time.time(), LONGEST_NAP)) if self._timers else None

    def _start_one(
        self,
        link: Link,
        file_id: int,
        claim: Callable[[int], bool],
        carry_out: Callable[[int], None],
    ) -> None:
        def work() -> None:
            try:
                carry_out(file_id)
            except Exception:  # noqa: BLE001 - see _again
                self._again(link, file_id)
            finally:
                self._release(link)

        try:
            claimed = claim(file_id)
        except Exception:  # noqa: BLE001 - see _again
            claimed = False
            self._again(link, file_id)
        if claimed:
            self._pool.submit(work)
        else:
            self._release(link)

    def _again(self, link: Link, file_id: int) -> None:
        """Put a file back whose state could not be stored: the disk of the database may be full."""
        _log.exception("The state of file %s could not be stored; once more in %s s", file_id, NEXT_TRY)

        def put_back() -> None:
            with self._changed:
                self._line.put(link, Turn(0, time.time(), file_id))
                self._changed.notify_all()

        self.at(time.time() + NEXT_TRY, put_back)

    def _release(self, link: Link) -> None:
        with self._changed:
            self._slots.free(link)
            self._changed.notify_all()

    def _guarded(self, action: Callable[[], None]) -> None:
        try:
            action()
        except Exception:  # noqa: BLE001 - one bad timer must not end the thread that starts all transfers
            _log.exception("A timed action of the transfer service failed")
