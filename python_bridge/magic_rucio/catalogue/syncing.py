"""The background task: syncs at intervals, backs off while Rucio is down, and remembers why."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from magic_rucio.catalogue.crawl import in_thread
from magic_rucio.catalogue.facts import Source
from magic_rucio.catalogue.lock import SyncLock
from magic_rucio.catalogue.store import CatalogueStore, write_state
from magic_rucio.catalogue.sync import Syncer, SyncReport
from magic_rucio.errors import MagicRucioError

log = logging.getLogger(__name__)

LONGEST_PAUSE = 300.0
"""Seconds between tries while Rucio is down."""

UNFORESEEN = "The sync failed for a reason that nobody foresaw; the server's log has it."

HEARTBEAT = timedelta(minutes=5)
"""A sync of another process that has said nothing for so long was killed."""


class BackgroundSync:
    """Runs a `Syncer` while the catalogue is open; one process at a time does."""

    def __init__(self, store: CatalogueStore, source: Source, *, destination: str, interval: float) -> None:
        self._store = store
        self._syncer = Syncer(store, source, destination)
        self._lock = SyncLock(store)
        self._interval = interval
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._running = False

    def start(self) -> None:
        """Begin, unless it runs."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name="catalogue sync")

    async def close(self) -> None:
        """Break the sync off and end."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        await in_thread(self._lock.release)

    def nudge(self) -> bool:
        """Sync now; false where a sync is running, or none ever will."""
        # Also while one is running: it may have passed what the caller has just changed.
        self._wake.set()
        return self._task is not None and not self._running

    def running(self, state: Mapping[str, str]) -> bool:
        """Whether this process syncs, or another does."""
        if self._running or "syncing_since" not in state:
            return self._running
        return datetime.now(UTC) - datetime.fromisoformat(state["syncing_since"]) < HEARTBEAT

    async def once(self, *, reconcile: bool = False) -> SyncReport | None:
        """Sync now, in this task; None where another process does.

        Raises
        ------
        MagicRucioError
            Remembered in the index as well.
        """
        if not await in_thread(self._lock.acquire):
            return None
        self._running = True
        try:
            await in_thread(self._note, {"syncing_since": datetime.now(UTC).isoformat()})
            report = await self._syncer.run(reconcile=reconcile)
            for did, reason in list(report.faults.items())[:20]:
                log.warning("metadata refused: %s: %s", did, reason)
            return report
        except MagicRucioError as error:
            await in_thread(self._note, {"error": error.message})
            raise
        finally:
            self._running = False
            await in_thread(self._note, {"syncing_since": None})
            await in_thread(self._lock.release)

    async def _run(self) -> None:
        pause = self._interval
        while True:
            self._wake.clear()
            try:
                await self.once()
                pause = self._interval
            except MagicRucioError as error:
                log.warning("catalogue sync: %s", error.message)
                pause = min(pause * 2, LONGEST_PAUSE)
            except Exception:  # whatever it was, the next interval tries again
                log.exception("catalogue sync")
                with contextlib.suppress(MagicRucioError):
                    await in_thread(self._note, {"error": UNFORESEEN})
                pause = min(pause * 2, LONGEST_PAUSE)
            try:
                async with asyncio.timeout(pause * random.uniform(0.9, 1.1)):  # noqa: S311  # spreads the load of many users
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _note(self, values: Mapping[str, str | None]) -> None:
        with self._store.write() as connection:
            write_state(connection, values)
