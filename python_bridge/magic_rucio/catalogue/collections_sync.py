"""Datasets and containers: which hold runs, and which of them have changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from magic_rucio.catalogue.crawl import in_thread, side_by_side
from magic_rucio.catalogue.facts import Kind, Source
from magic_rucio.catalogue.judging import judge
from magic_rucio.catalogue.memberships import (
    collection_ids,
    collections_above,
    forget_collections,
    store_container,
    store_dataset,
    sum_up,
)
from magic_rucio.catalogue.parts import chunks, ids_of
from magic_rucio.catalogue.store import CatalogueStore, bump
from magic_rucio.catalogue.tables import collection, membership
from magic_rucio.catalogue.watching import Watched
from magic_rucio.naming import RefusedNameError, parse_collection

MOST_WATCHED = 200
"""Young datasets looked up in one sync: a call each, a few milliseconds."""

MOST_ORPHANS = 16
"""New runs whose datasets are asked for in one sync."""

DATASETS_A_CALL = 100

FILES_READ_AGAIN = 20_000
"""In the datasets that are read again at each comparison, in turn: about a second of Rucio's time."""


class CollectionsSync:
    """Keeps memberships in step with Rucio."""

    def __init__(self, store: CatalogueStore, source: Source, destination: str) -> None:
        self._store = store
        self._source = source
        self._destination = destination
        self._young = Watched()
        self._young_containers = Watched()
        self._orphans = Watched()
        self._strangers: set[str] = set()
        self._last_read = ""

    async def whole(self, scopes: list[str]) -> set[int]:
        """Read all datasets, and the containers over them; returns the runs that came or went."""
        changed = await self._datasets(await self._names(scopes, "dataset"))
        await self._containers(await self._names(scopes, "container"))
        return changed

    async def differences(self, scopes: list[str], since: datetime, updated: Collection[str]) -> set[int]:
        """Read what has changed, is young, or holds a new run."""
        self._young.add(await self._names(scopes, "dataset", since))
        self._young_containers.add(await self._names(scopes, "container", since))
        self._orphans.add(await in_thread(self._without_dataset, updated))
        orphans = self._orphans.due(MOST_ORPHANS)
        touched = set(self._young.due(MOST_WATCHED)) | await self._parents(orphans)
        changed = await self._datasets(touched)
        containers = self._young_containers.due(MOST_WATCHED)
        await self._containers(containers)
        await self._climb(touched | set(containers))
        # The dataset of one is mostly that of many.
        watched = self._orphans.dids()
        self._orphans.drop(set(watched) - set(await in_thread(self._without_dataset, watched)))
        return changed

    async def reconcile(self, scopes: list[str]) -> set[int]:
        """Find collections that were made or removed, and containers that hold others now."""
        datasets, containers = await self._names(scopes, "dataset"), await self._names(scopes, "container")
        known = await in_thread(self._known, scopes)
        await in_thread(self._forget, known - datasets - containers)
        changed = await self._datasets((datasets - known) | set(await in_thread(self._next_datasets)))
        await self._containers(containers)
        return changed

    async def adopt(self, dids: Mapping[str, Kind]) -> set[int]:
        """Read collections of other scopes, met as the object of a rule; a stranger is read once."""
        unknown = await in_thread(self._unknown, [did for did in dids if did not in self._strangers])
        fresh = [did for did in unknown if dids[did] != "file" and may_hold_runs(did)][:MOST_WATCHED]
        self._strangers |= set(fresh)
        datasets = {did for did in fresh if dids[did] == "dataset"}
        containers: set[str] = set()
        level = set(fresh) - datasets
        while level:
            containers |= level
            below: dict[str, Kind] = {}
            for did in sorted(level):
                below |= await self._source.children(did)
            datasets |= {did for did, kind in below.items() if kind == "dataset"}
            level = {did for did, kind in below.items() if kind == "container"} - containers
        changed = await self._datasets(datasets)
        await self._containers(containers)
        await self._climb(fresh)
        return changed

    def sum_up(self, connection: Connection, changed: set[int] | None) -> None:
        """Renew the sums of the collections that hold changed runs; None: of all."""
        if changed is None:
            ids = set(connection.execute(select(collection.c.id)).scalars())
        else:
            ids = collections_above(connection, changed)
        if ids:
            sum_up(connection, ids)
            bump(connection)

    async def _names(self, scopes: list[str], kind: Kind, since: datetime | None = None) -> set[str]:
        # Not `updated_at`, which is of JSON metadata and finds files whatever type is asked for.
        wanted = {"created_at.gte": f"{since:%Y-%m-%dT%H:%M:%S}.000Z"} if since else {"name": "*"}
        found: set[str] = set()

        async def one(scope: str) -> None:
            found.update(f"{scope}:{name}" for name in await self._source.names(scope, kind, wanted))

        await side_by_side(scopes, one)
        return {did for did in found if may_hold_runs(did)}

    async def _datasets(self, dids: Iterable[str]) -> set[int]:
        changed: set[int] = set()

        async def one(batch: list[str]) -> None:
            files = await self._source.files(batch)
            changed.update(await in_thread(self._write_datasets, batch, files))

        await side_by_side(chunks(sorted(dids), DATASETS_A_CALL), one)
        return changed

    async def _containers(self, dids: Iterable[str]) -> None:
        children: dict[str, list[str]] = {}

        async def one(did: str) -> None:
            children[did] = list(await self._source.children(did))

        await side_by_side(sorted(dids), one)
        await in_thread(self._write_containers, children)

    async def _climb(self, dids: Iterable[str]) -> None:
        """Read the containers above, level by level."""
        seen: set[str] = set()
        level = set(dids)
        while level := set(await self._parents(sorted(level))) - seen:
            await self._containers(level)
            seen |= level

    async def _parents(self, dids: Collection[str]) -> set[str]:
        found: set[str] = set()

        async def one(did: str) -> None:
            found.update(await self._source.parents(did))

        await side_by_side(dids, one)
        return {did for did in found if may_hold_runs(did)}

    # What follows is SQL, run in threads.

    def _write_datasets(self, dids: list[str], files: Mapping[str, list[str]]) -> set[int]:
        changed: set[int] = set()
        with self._store.write() as connection:
            for did in dids:
                changed |= store_dataset(connection, did, files.get(did, ()))
            if changed:
                judge(connection, sorted(changed), self._destination)
                bump(connection)
        return changed

    def _write_containers(self, children: Mapping[str, list[str]]) -> None:
        with self._store.write() as connection:
            named = {child for held in children.values() for child in held} | set(children)
            known = set(collection_ids(connection, named))
            while fresh := {did for did, held in children.items() if did not in known and known & set(held)}:
                known |= fresh
            for did in known & set(children):
                store_container(connection, did, known & set(children[did]))

    def _without_dataset(self, dids: Collection[str]) -> list[str]:
        with self._store.read() as connection:
            ids = ids_of(connection, dids)
            held: set[int] = set()
            for part in chunks(ids.values()):
                query = select(membership.c.run_id).where(membership.c.run_id.in_(part))
                held |= set(connection.execute(query).scalars())
        return [did for did, run_id in ids.items() if run_id not in held]

    def _known(self, scopes: list[str]) -> set[str]:
        with self._store.read() as connection:
            query = select(collection.c.did).where(collection.c.scope.in_(scopes))
            return set(connection.execute(query).scalars())

    def _unknown(self, dids: list[str]) -> list[str]:
        with self._store.read() as connection:
            known = set(collection_ids(connection, dids)) | set(ids_of(connection, dids))
        return [did for did in dids if did not in known]

    def _next_datasets(self) -> list[str]:
        """The datasets whose turn it is: what an old one holds may change without a trace."""
        query = select(collection.c.did, collection.c.runs).where(collection.c.kind == "dataset")
        with self._store.read() as connection:
            rows = connection.execute(query.order_by(collection.c.did)).all()
        place = next((n for n, row in enumerate(rows) if row.did > self._last_read), 0)
        chosen, files = [], 0
        for row in [*rows[place:], *rows[:place]]:
            chosen.append(row.did)
            files += row.runs
            if files > FILES_READ_AGAIN:
                break
        self._last_read = chosen[-1] if chosen else ""
        return chosen

    def _forget(self, dids: set[str]) -> None:
        with self._store.write() as connection:
            forget_collections(connection, dids)


def may_hold_runs(did: str) -> bool:
    """Whether a collection may hold DL3 runs: those of MAGIC's other levels do not."""
    try:
        return parse_collection(did.partition(":")[2]).level == "DL3"
    except RefusedNameError:
        return True
