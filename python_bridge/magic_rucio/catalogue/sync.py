"""Bringing the index up to date: a whole crawl once, then by differences."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from sqlalchemy import select

from magic_rucio.catalogue.collections_sync import CollectionsSync
from magic_rucio.catalogue.crawl import Crawler, in_thread, side_by_side
from magic_rucio.catalogue.facts import RuleFact, Source
from magic_rucio.catalogue.models import Availability
from magic_rucio.catalogue.parts import chunks, ids_of
from magic_rucio.catalogue.rows import looks_like_dl3, may_be_dl3
from magic_rucio.catalogue.store import CatalogueStore, bump, read_state, write_state
from magic_rucio.catalogue.tables import rule, run
from magic_rucio.catalogue.writing import (
    forget_rules,
    now,
    store_creation_times,
    store_rule,
    without_creation_time,
)

OVERLAP = timedelta(seconds=60)
"""A DID's times are set when its transaction begins; one that is committed later than the next sync
begins would else be missed. Registration of 1000 files takes 5 s."""

RECONCILE_SECONDS = 600.0
"""Deletions leave no trace in Rucio: the names are compared this often (1.3 s for 100 000)."""

CHECKED_AGAIN = 1000
"""Runs at the destination whose replicas are read again at each comparison, the longest unread first:
a replica's removal leaves no trace either."""

NAME_FILTERS: tuple[Mapping[str, str], ...] = ({"name": "*DL3*"}, {"name": "*dl3*"}, {"level": "DL3"})
"""DL3 by name in either spelling, or by metadata."""

CREATION_TIMES = 200
"""Runs a sync without changes asks the registration time of, the newest first: it decides between two
files of one run."""

MOST_UNUSUAL = 1000
"""Changed files without a DL3 name whose metadata are looked at in one sync; the others are found by
the next comparison."""


@dataclass(slots=True)
class SyncReport:
    """What a sync did."""

    whole: bool
    seconds: float
    runs: int
    removed: int = 0
    faults: dict[str, str] = field(default_factory=dict)


class Syncer:
    """Syncs one index from one source.

    Every step may be broken off at any time: what was written stays valid, and the cursor moves only
    in the last transaction.
    """

    def __init__(self, store: CatalogueStore, source: Source, destination: str) -> None:
        self._store = store
        self._source = source
        self._destination = destination
        self._crawler = Crawler(store, source, destination)
        self._collections = CollectionsSync(store, source, destination)
        self._reconciled: float | None = None

    async def run(self, *, reconcile: bool = False) -> SyncReport:
        """Sync once.

        Parameters
        ----------
        reconcile : bool
            Compare names now, whenever that was last done.

        Raises
        ------
        MagicRucioError
            What Rucio had against it; the index stays as it was, a little further on.
        """
        begun = time.monotonic()
        state = await in_thread(self._state)
        at = await self._source.server_time()
        scopes = await self._source.scopes()
        since = _time(state.get("cursor"))
        if since is None:
            report = await self._whole(scopes, _time(state.get("crawl_started")), at)
            self._reconciled = begun
        else:
            report = await self._differences(scopes, since, at)
            if reconcile or self._reconciled is None or begun - self._reconciled > RECONCILE_SECONDS:
                report.removed = await self._reconcile(scopes)
                self._reconciled = begun
        report.seconds = time.monotonic() - begun
        return report

    async def _whole(self, scopes: list[str], resumed: datetime | None, at: datetime) -> SyncReport:
        """Crawl everything; after an interruption only what is missing."""
        started = resumed or at
        await in_thread(self._remember, {"crawl_started": started.isoformat(), "progress": "0"})
        names = await self._names(scopes, NAME_FILTERS)
        done = await in_thread(self._crawled_since, started)
        # Not sorted: that alone would hold the event loop for 60 ms at 100 000.
        crawled = await self._crawler.files(list(names - done), show_progress=True)
        await self._collections.whole(scopes)
        await self._rules(await self._source.rules(), since=None)
        await in_thread(self._finish, started, None)
        await in_thread(self._analyze)
        return SyncReport(True, 0.0, crawled.runs, faults=crawled.faults)

    async def _differences(self, scopes: list[str], since: datetime, at: datetime) -> SyncReport:
        # Read first: a rule made while the rest is read is then found by the next sync.
        rules = await self._source.rules(since)
        moment = f"{since:%Y-%m-%dT%H:%M:%S}.000Z"
        # New files, and those whose JSON metadata changed: the second is a key of Rucio's JSON plugin.
        updated = await self._names(scopes, ({"created_at.gte": moment}, {"updated_at.gte": moment}))
        crawled = await self._crawler.files(sorted(await in_thread(self._interesting, updated)))
        changed = crawled.changed
        changed |= await self._collections.differences(scopes, since, updated)
        changed |= await self._replicas_under_rules(since)
        changed |= await self._rules(rules, since)
        await in_thread(self._finish, at, changed)
        if not changed:
            await self._creation_times()
        return SyncReport(False, 0.0, crawled.runs, faults=crawled.faults)

    async def _creation_times(self) -> None:
        """Read when runs were registered: not in the first sync, which would take a third longer."""
        dids = await in_thread(self._without_creation_time)
        if dids:
            await in_thread(self._write_creation_times, await self._source.creation_times(dids))

    async def _reconcile(self, scopes: list[str]) -> int:
        """Find what left no trace: deletions, renewed metadata of unusual names, lost replicas."""
        names = await self._names(scopes, NAME_FILTERS)
        known = await in_thread(self._known)
        crawled = await self._crawler.files(list(names - known))
        # A run may be known though none of the filters finds it: it is asked for by name.
        unseen = await self._crawler.replicas(list(known - names))
        oldest = await self._crawler.replicas(await in_thread(self._longest_unread))
        changed = crawled.changed | unseen.changed | oldest.changed
        changed |= await self._collections.reconcile(scopes)
        changed |= await self._rules(await self._source.rules(), since=None)
        await in_thread(self._sum_up, changed)
        remaining = await in_thread(self._known)
        return len(known - remaining)

    async def _names(self, scopes: list[str], filters: tuple[Mapping[str, str], ...]) -> set[str]:
        found: set[str] = set()

        async def one(search: tuple[str, Mapping[str, str]]) -> None:
            scope, wanted = search
            found.update(f"{scope}:{name}" for name in await self._source.names(scope, "file", wanted))

        await side_by_side([(scope, wanted) for scope in scopes for wanted in filters], one)
        return found

    async def _replicas_under_rules(self, since: datetime) -> set[int]:
        """Read again the runs whose replicas moved under a rule that is still at work."""
        watched = await in_thread(self._rules_at_work)
        moved: set[str] = set()

        async def one(dids: list[str]) -> None:
            facts = await self._source.replicas(dids, since)
            moved.update(fact.did for fact in facts)

        await side_by_side(chunks(watched, 100), one)
        crawled = await self._crawler.replicas(sorted(await in_thread(self._only_known, moved)))
        return crawled.changed

    async def _rules(self, facts: list[RuleFact], since: datetime | None) -> set[int]:
        """Write rules; without `since` they are all there are, and others have ended."""
        changed = await self._collections.adopt({fact.did: fact.kind for fact in facts})
        for fact in facts:
            locks = await self._source.locks(fact.id) if fact.state == "STUCK" else None
            changed |= await in_thread(self._write_rule, fact, locks)
        if since is None:
            changed |= await in_thread(self._end_rules, {fact.id for fact in facts})
        elif await in_thread(self._has_expired):
            return changed | await self._rules(await self._source.rules(), None)
        return changed

    # What follows is SQL, run in threads.

    def _state(self) -> dict[str, str]:
        with self._store.read() as connection:
            return read_state(connection)

    def _remember(self, values: Mapping[str, str | None]) -> None:
        with self._store.write() as connection:
            write_state(connection, values)

    def _known(self) -> set[str]:
        with self._store.read() as connection:
            return set(connection.execute(select(run.c.did)).scalars())

    def _crawled_since(self, started: datetime) -> set[str]:
        with self._store.read() as connection:
            query = select(run.c.did).where(run.c.checked_at >= f"{started:%Y-%m-%dT%H:%M:%SZ}")
            return set(connection.execute(query).scalars())

    def _interesting(self, dids: set[str]) -> set[str]:
        """Those of the changed files that are runs, look like one, or may turn out to be one."""
        with self._store.read() as connection:
            known = set(ids_of(connection, dids))
        likely = {did for did in dids if did in known or looks_like_dl3(did)}
        others = {did for did in dids - likely if may_be_dl3(did)}
        return likely | others if len(others) <= MOST_UNUSUAL else likely

    def _only_known(self, dids: set[str]) -> set[str]:
        with self._store.read() as connection:
            return set(ids_of(connection, dids))

    def _longest_unread(self) -> list[str]:
        at_destination = run.c.availability == Availability.AT_DESTINATION.value
        query = select(run.c.did).where(at_destination).order_by(run.c.checked_at).limit(CHECKED_AGAIN)
        with self._store.read() as connection:
            return list(connection.execute(query).scalars())

    def _rules_at_work(self) -> list[str]:
        with self._store.read() as connection:
            return list(
                connection.execute(select(rule.c.did).where(rule.c.state != "OK").distinct()).scalars()
            )

    def _has_expired(self) -> bool:
        with self._store.read() as connection:
            times = connection.execute(select(rule.c.expires_at).where(rule.c.expires_at.is_not(None)))
            return any(_has_passed(text) for text in times.scalars())

    def _without_creation_time(self) -> list[str]:
        with self._store.read() as connection:
            return without_creation_time(connection, CREATION_TIMES)

    def _write_creation_times(self, times: dict[str, str]) -> None:
        with self._store.write() as connection:
            store_creation_times(connection, times)

    def _write_rule(self, fact: RuleFact, locks: Mapping[str, str] | None) -> set[int]:
        with self._store.write() as connection:
            changed = store_rule(connection, fact, locks, self._destination)
            if changed:
                bump(connection)
            return changed

    def _end_rules(self, alive: set[str]) -> set[int]:
        with self._store.write() as connection:
            ended = set(connection.execute(select(rule.c.id)).scalars()) - alive
            changed = forget_rules(connection, ended, self._destination)
            if changed:
                bump(connection)
            return changed

    def _sum_up(self, changed: set[int] | None) -> None:
        with self._store.write() as connection:
            self._collections.sum_up(connection, changed)

    def _analyze(self) -> None:
        """Let the database count what it holds: without it SQLite chooses indexes blindly."""
        with self._store.write() as connection:
            connection.exec_driver_sql("ANALYZE")

    def _finish(self, started: datetime, changed: set[int] | None) -> None:
        with self._store.write() as connection:
            self._collections.sum_up(connection, changed)
            write_state(
                connection,
                {
                    "cursor": (started - OVERLAP).isoformat(),
                    "synced_at": now(),
                    "crawl_started": None,
                    "progress": None,
                    "error": None,
                },
            )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _has_passed(text: str | None) -> bool:
    try:
        return text is not None and parsedate_to_datetime(text) < datetime.now(UTC)
    except ValueError:
        return False
