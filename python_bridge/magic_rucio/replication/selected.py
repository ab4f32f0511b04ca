"""The runs that a replication is about, and where they are now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from magic_rucio.catalogue.models import Availability, CheckReply, DidSelection, Selection
from magic_rucio.replication.models import Count
from magic_rucio.rucio import Did, RucioClient

MOST_CHECKED = 1000
"""Runs whose replicas are asked of Rucio before a preview; one call."""

ON_THE_WAY = frozenset({Availability.REPLICATING, Availability.STUCK, Availability.WAITING})


class SelectedRun(Protocol):
    """What replication needs to know of a run."""

    @property
    def did(self) -> str: ...
    @property
    def bytes(self) -> int: ...
    @property
    def target(self) -> str | None: ...
    @property
    def availability(self) -> Availability: ...


class Runs(Protocol):
    """Resolves a selection; the catalogue does."""

    async def selected_rows(self, selection: Selection) -> Sequence[SelectedRun]: ...
    async def check(self, dids: Sequence[str]) -> CheckReply: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the runs of a selection are, seen from one RSE."""

    total: Count
    there: Count
    on_the_way: Count
    without_source: int

    @property
    def to_move(self) -> Count:
        """What is neither there nor on the way."""
        return Count(
            files=self.total.files - self.there.files - self.on_the_way.files,
            bytes=self.total.bytes - self.there.bytes - self.on_the_way.bytes,
        )


async def fresh_rows(runs: Runs, selection: Selection) -> Sequence[SelectedRun]:
    """Return the runs of a selection; where few are not at the destination, Rucio is asked about them now."""
    rows = await runs.selected_rows(selection)
    late = [row.did for row in rows if row.availability is not Availability.AT_DESTINATION]
    if not late:
        return rows
    reply = await runs.check(late[:MOST_CHECKED])
    return await runs.selected_rows(selection) if reply.reachable else rows


def unknown(selection: Selection, rows: Sequence[SelectedRun]) -> list[str]:
    """Return the picked runs that are not among the rows: Rucio passes over them without a word."""
    if not isinstance(selection, DidSelection):
        return []
    known = {row.did for row in rows}
    return [did for did in dict.fromkeys(selection.dids) if did not in known]


def places_at_destination(rows: Sequence[SelectedRun]) -> Places:
    """Judge by what the catalogue knows of the destination."""
    return Places(
        total=count(rows),
        there=count([row for row in rows if row.availability is Availability.AT_DESTINATION]),
        on_the_way=count([row for row in rows if row.availability in ON_THE_WAY]),
        without_source=sum(row.availability is Availability.UNAVAILABLE for row in rows),
    )


async def places_elsewhere(client: RucioClient, rows: Sequence[SelectedRun], rse: str) -> Places:
    """Judge for an RSE that the catalogue does not watch: Rucio is asked about each run."""
    states = {
        str(one.did): one.states async for one in client.list_replicas([Did.parse(r.did) for r in rows])
    }
    return Places(
        total=count(rows),
        there=count([row for row in rows if states.get(row.did, {}).get(rse) == "AVAILABLE"]),
        on_the_way=count([row for row in rows if states.get(row.did, {}).get(rse) == "COPYING"]),
        without_source=sum("AVAILABLE" not in states.get(row.did, {}).values() for row in rows),
    )


def count(rows: Sequence[SelectedRun]) -> Count:
    """Return files and bytes."""
    return Count(files=len(rows), bytes=sum(row.bytes for row in rows))
