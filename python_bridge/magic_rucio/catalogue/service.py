"""The catalogue as the API and the other features use it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, func, select

from magic_rucio.catalogue.answers import Answers
from magic_rucio.catalogue.conditions import conditions
from magic_rucio.catalogue.crawl import in_thread
from magic_rucio.catalogue.datasets import dataset_page
from magic_rucio.catalogue.details import run_detail_of
from magic_rucio.catalogue.facets import COUNTS
from magic_rucio.catalogue.facts import FileFact, Source
from magic_rucio.catalogue.freshness import freshness
from magic_rucio.catalogue.models import (
    CheckedRun,
    CheckReply,
    DatasetPage,
    DatasetQuery,
    Facets,
    Freshness,
    ReplicaState,
    RunDetail,
    RunFilter,
    RunPage,
    RunQuery,
    Selection,
    SelectionSummary,
    SyncStarted,
)
from magic_rucio.catalogue.parts import ids_of
from magic_rucio.catalogue.rucio_source import RucioSource
from magic_rucio.catalogue.run_page import run_page
from magic_rucio.catalogue.selections import SelectedRow, selected_dids, selected_rows, summary
from magic_rucio.catalogue.store import CatalogueStore, bump, open_store, read_state
from magic_rucio.catalogue.syncing import BackgroundSync
from magic_rucio.catalogue.tables import run, run_detail
from magic_rucio.catalogue.writing import forget_runs, now, store_replicas
from magic_rucio.config import RucioInstance, Settings
from magic_rucio.errors import InvalidInputError, MagicRucioError
from magic_rucio.rucio.client import RucioClient

Result = TypeVar("Result")

log = logging.getLogger(__name__)

CHECK_SECONDS = 10.0
"""Rows in sight wait no longer for Rucio: then what the index knows is shown, and said to be old."""


class CatalogueService:
    """Answers from the index, and keeps it in step with Rucio in the background.

    Parameters
    ----------
    store : CatalogueStore
        The index.
    source : Source
        Rucio, with the user's own credential.
    destination : str
        The RSE at which runs are wanted.
    interval : float
        Seconds between syncs.
    """

    def __init__(
        self, store: CatalogueStore, source: Source, *, destination: str, interval: float = 30.0
    ) -> None:
        self._store = store
        self._source = source
        self._destination = destination
        self._interval = interval
        self._sync = BackgroundSync(store, source, destination=destination, interval=interval)
        self._answers = Answers()

    @classmethod
    def open(
        cls, settings: Settings, instance: RucioInstance, client: RucioClient, *, url: str | None = None
    ) -> CatalogueService:
        """Open the index of an instance.

        Parameters
        ----------
        url : str, optional
            `postgresql://…` of a shared index; without it a file in the user's data folder.

        Raises
        ------
        IndexUnusableError
            Where it cannot be opened.
        """
        identity = f"{instance.rucio_url} {instance.destination_rse} {','.join(instance.scopes)}"
        location: str | Path = url or Path(settings.data_dir) / f"catalogue-{instance.id}.sqlite"
        store = open_store(location, identity, instance=instance.id)
        source = RucioSource(client, instance.scopes, instance.destination_rse)
        return cls(
            store,
            source,
            destination=instance.destination_rse,
            interval=settings.sync_interval_seconds,
        )

    def start(self) -> None:
        """Begin to sync in the background; needs a running event loop."""
        self._sync.start()

    async def close(self) -> None:
        """End the background work and close the index."""
        await self._sync.close()
        await in_thread(self._store.close)

    async def runs(self, query: RunQuery) -> RunPage:
        """Return a page of runs with the sums over all that match.

        Raises
        ------
        InvalidInputError
            Where the cursor is not one for this query.
        """
        return await self._ask(self._runs, query)

    async def run(self, did: str) -> RunDetail:
        """Return a run's details, its replicas read from Rucio now where Rucio answers.

        Raises
        ------
        NotFoundError
            Where the catalogue has no such run.
        """
        facts: list[FileFact] = []
        reply = await self.check([did], facts=facts)
        detail = await self._ask(run_detail_of, did)
        if reply.reachable and facts:
            detail.replicas = [
                ReplicaState(rse=rse, state=fact.state, pfn=fact.pfn)
                for rse, fact in sorted(facts[0].replicas.items())
            ]
        if reply.reachable and detail.created_at is None:
            detail.created_at = await self._creation_time(did)
        return detail

    async def _creation_time(self, did: str) -> str | None:
        """Read when a run was registered, which the first sync leaves out."""
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                return (await self._source.creation_times([did])).get(did)
        except (TimeoutError, MagicRucioError):
            return None

    async def facets(self, wanted: RunFilter) -> Facets:
        """Return the counts for the filter bar and the quick looks."""
        found, asked = conditions(wanted), "facets " + wanted.model_dump_json()
        state = await self._ask(read_state)
        kept = self._answers.find(state, asked)
        if isinstance(kept, Facets):
            return kept
        counts = await asyncio.gather(*(self._ask(count, found) for count in COUNTS.values()))
        answer = Facets.model_construct(**dict(zip(COUNTS, counts, strict=True)))
        # Kept for the state before: if the index has changed meanwhile, that is asked for no more.
        self._answers.keep(state, asked, answer)
        return answer

    async def datasets(self, query: DatasetQuery) -> DatasetPage:
        """Return a page of datasets and containers.

        Raises
        ------
        InvalidInputError
            Where the cursor is not one for this query.
        """
        return await self._ask(self._datasets, query)

    async def summary(self, selection: Selection) -> SelectionSummary:
        """Return the sums of a selection and the variable it suggests."""
        return await self._ask(summary, selection)

    async def selected_dids(self, selection: Selection) -> list[str]:
        """Return the runs of a selection; those that the index does not know are left out."""
        return await self._ask(selected_dids, selection)

    async def selected_rows(self, selection: Selection) -> list[SelectedRow]:
        """Return the runs of a selection with size, availability, PFN at the destination, observation."""
        return await self._ask(selected_rows, selection, self._destination)

    async def check(self, dids: Sequence[str], *, facts: list[FileFact] | None = None) -> CheckReply:
        """Read replicas of at most 1000 runs from Rucio now, in one call, and remember them.

        Where Rucio does not answer, the reply says so and why; the runs are then left out.
        """
        if len(dids) > 1000:
            raise InvalidInputError("dids: at most 1000 runs are checked at once.")
        if not dids:
            return CheckReply(reachable=True, runs=[], gone=[], error=None)
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                found = await self._source.replicas(list(dict.fromkeys(dids)))
        except TimeoutError:
            words = f"Rucio gave no answer within {CHECK_SECONDS:.0f} s."
            return CheckReply(reachable=False, runs=[], gone=[], error=words)
        except MagicRucioError as error:
            return CheckReply(reachable=False, runs=[], gone=[], error=error.message)
        if facts is not None:
            facts += found
        return await in_thread(self._write_check, list(dids), found)

    async def freshness(self) -> Freshness:
        """Return how far the index can be trusted."""
        return await self._ask(self._freshness)

    async def start_sync(self) -> SyncStarted:
        """Sync now instead of at the next interval."""
        started = self._sync.nudge()
        return SyncStarted(started=started, freshness=await self.freshness())

    # What follows is SQL, run in threads.

    async def _ask(self, answer: Callable[..., Result], *arguments: object) -> Result:
        def ask() -> Result:
            with self._store.read() as connection:
                return answer(connection, *arguments)

        return await in_thread(ask)

    def _freshness(self, connection: Connection) -> Freshness:
        state = read_state(connection)
        runs, warnings = self._answers.get(state, "counts", lambda: _counts(connection))
        return freshness(
            state,
            runs=runs,
            warnings=warnings,
            syncing=self._sync.running(state),
            interval=self._interval,
        )

    def _runs(self, connection: Connection, query: RunQuery) -> RunPage:
        return run_page(connection, query, self._answers, self._freshness(connection))

    def _datasets(self, connection: Connection, query: DatasetQuery) -> DatasetPage:
        epoch = read_state(connection)["epoch"]
        return dataset_page(connection, query, epoch, self._freshness(connection))

    def _write_check(self, dids: list[str], found: list[FileFact]) -> CheckReply:
        there = {fact.did for fact in found}
        with self._store.write() as connection:
            known = ids_of(connection, dids)
            gone = [did for did in dict.fromkeys(dids) if did not in there]
            changed = store_replicas(connection, found, known, self._destination)
            if forget_runs(connection, gone) or changed:
                bump(connection)
            query = select(run.c.did, run.c.availability).where(run.c.did.in_(list(known)))
            states = {row.did: row.availability for row in connection.execute(query)}
        at = now()
        return CheckReply(
            reachable=True,
            runs=[
                CheckedRun(did=did, availability=states[did], checked_at=at)
                for did in dict.fromkeys(dids)
                if did in states
            ],
            gone=gone,
            error=None,
        )


def _counts(connection: Connection) -> tuple[int, int]:
    """The runs in the index, and those whose metadata were refused."""
    runs = connection.execute(select(func.count()).select_from(run)).scalar_one()
    refused = select(func.count()).select_from(run_detail).where(run_detail.c.fault.is_not(None))
    return runs, connection.execute(refused).scalar_one()
