"""Reading many files from Rucio into the index: batches side by side, each written as one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import anyio.to_thread

from magic_rucio.catalogue.facts import Source
from magic_rucio.catalogue.parts import chunks, ids_of
from magic_rucio.catalogue.rows import is_dl3
from magic_rucio.catalogue.store import CatalogueStore, bump, write_state
from magic_rucio.catalogue.writing import forget_runs, store_files, store_replicas

Result = TypeVar("Result")

BATCH = 500
"""Files a call: a call stays below a second, so that a lost one costs little to repeat."""

AT_ONCE = 4
"""Batches on their way, with two calls each: as many as a Rucio of two workers makes use of."""


@dataclass(slots=True)
class Crawled:
    """What a crawl did."""

    runs: int = 0
    faults: dict[str, str] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)


async def in_thread(function: Callable[..., Result], *arguments: Any) -> Result:
    """Run blocking SQL away from the event loop."""
    return await anyio.to_thread.run_sync(function, *arguments)


async def side_by_side(
    items: Iterable[Any], call: Callable[[Any], Awaitable[None]], *, at_once: int = AT_ONCE
) -> None:
    """Call for each item, a few at once; the first failure ends them all."""
    pending = iter(items)

    async def work() -> None:
        for item in pending:
            await call(item)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(work())
    except BaseExceptionGroup as failures:
        raise first_of(failures) from None


def first_of(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """The failure that ended the others: one sentence is all that is shown to a user."""
    first = failures.exceptions[0]
    return first_of(first) if isinstance(first, BaseExceptionGroup) else first


class Crawler:
    """Brings files and replicas from a source into a store."""

    def __init__(self, store: CatalogueStore, source: Source, destination: str) -> None:
        self._store = store
        self._source = source
        self._destination = destination
        self._writing = asyncio.Lock()

    async def files(self, dids: Sequence[str], *, show_progress: bool = False) -> Crawled:
        """Read metadata and replicas of files, and write whole rows.

        Files that the index does not know and that turn out not to be DL3 are passed over.
        """
        done = Crawled()
        read = 0

        async def one(batch: list[str]) -> None:
            nonlocal read
            async with asyncio.TaskGroup() as group:
                metadata = group.create_task(self._source.metadata(batch))
                replicas = group.create_task(self._source.replicas(batch))
            read += len(batch)
            progress = read / len(dids) if show_progress else None
            async with self._writing:
                await in_thread(self._write, batch, metadata.result(), replicas.result(), progress, done)

        await side_by_side(chunks(dids, BATCH), one)
        return done

    async def replicas(self, dids: Sequence[str]) -> Crawled:
        """Read the replicas of runs that the index knows; those that Rucio no longer has are removed."""
        done = Crawled()

        async def one(batch: list[str]) -> None:
            facts = await self._source.replicas(batch)
            async with self._writing:
                await in_thread(self._write_replicas, batch, facts, done)

        await side_by_side(chunks(dids, BATCH), one)
        return done

    def _write(
        self,
        batch: list[str],
        metadata: dict[str, Any],
        facts: list[Any],
        progress: float | None,
        done: Crawled,
    ) -> None:
        by_did = {fact.did: fact for fact in facts}
        with self._store.write() as connection:
            known = ids_of(connection, batch)
            wanted = [
                by_did[did]
                for did in batch
                if did in by_did and (did in known or is_dl3(did.partition(":")[2], metadata.get(did)))
            ]
            written = store_files(connection, wanted, metadata, self._destination)
            forget_runs(connection, [did for did in known if did not in by_did])
            if progress is not None:
                write_state(connection, {"progress": f"{progress:.4f}"})
            bump(connection)
        done.changed |= written.ids
        done.runs += written.runs
        done.faults |= written.faults

    def _write_replicas(self, batch: list[str], facts: list[Any], done: Crawled) -> None:
        found = {fact.did for fact in facts}
        with self._store.write() as connection:
            known = ids_of(connection, batch)
            changed = store_replicas(connection, facts, known, self._destination)
            gone = forget_runs(connection, [did for did in known if did not in found])
            if changed or gone:
                bump(connection)
        done.runs += len(found)
        done.changed |= changed
