"""Selections resolved on the server: picked runs, a filter, or a dataset."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from magic_rucio.catalogue.conditions import Condition, conditions, everything, in_collection
from magic_rucio.catalogue.models import (
    Availability,
    DatasetSelection,
    DidSelection,
    FilterSelection,
    Selection,
    SelectionSummary,
    Totals,
)
from magic_rucio.catalogue.pages import totals
from magic_rucio.catalogue.parts import chunks
from magic_rucio.catalogue.proposals import proposed_variable
from magic_rucio.catalogue.rows import read_observation
from magic_rucio.catalogue.tables import replica, run, run_detail
from magic_rucio.dl3.models import Observation

MOST_TARGETS = 50

STATES = {state.value: state for state in Availability}


class SelectedRow(NamedTuple):
    """A run of a selection, as replication and attachments need it.

    A named tuple, since there may be 100 000: it is made in a third of a dataclass's time.
    `pfn` is that of the replica at the destination, as Rucio gave it at the last sync.
    """

    did: str
    run: int | None
    bytes: int
    availability: Availability
    checked_at: str | None
    created_at: str | None
    adler32: str | None
    pfn: str | None
    target: str | None
    metadata: str

    @property
    def observation(self) -> Observation | None:
        """What the headers say, read when asked for; None where Rucio holds no DL3 metadata."""
        return read_observation(self.metadata)


def selected_dids(connection: Connection, selection: Selection) -> list[str]:
    """Return the runs of a selection that the index knows, in order of the DID, or as they were picked."""
    found: list[str] = []
    for where in _parts(selection):
        found += connection.execute(select(run.c.did).where(*where).order_by(run.c.did)).scalars()
    return _as_picked(selection, found, lambda did: did)


def selected_rows(connection: Connection, selection: Selection, destination: str) -> list[SelectedRow]:
    """Return the runs of a selection with all that the index knows of them."""
    found: list[SelectedRow] = []
    columns = (
        *(run.c.did, run.c.run, run.c.bytes, run.c.availability, run.c.checked_at),
        *(run_detail.c.created_at, run_detail.c.adler32, replica.c.pfn, run.c.target),
        func.coalesce(run_detail.c.metadata, "{}"),
    )
    joined = run.outerjoin(run_detail, run_detail.c.run_id == run.c.id).outerjoin(
        replica, (replica.c.run_id == run.c.id) & (replica.c.rse == destination)
    )
    query = select(*columns).select_from(joined)
    for where in _parts(selection):
        rows = connection.execute(query.where(*where).order_by(run.c.did))
        found += [
            SelectedRow(did, number, size, STATES[state], *rest) for did, number, size, state, *rest in rows
        ]
    return _as_picked(selection, found, lambda row: row.did)


def summary(connection: Connection, selection: Selection) -> SelectionSummary:
    """Sum a selection up, and propose a name for it."""
    whole = Totals(runs=0, livetime=0.0, bytes=0, at_destination=0)
    targets: dict[str, int] = {}
    for where in _parts(selection):
        part = totals(connection, where)
        whole = Totals(
            runs=whole.runs + part.runs,
            livetime=whole.livetime + part.livetime,
            bytes=whole.bytes + part.bytes,
            at_destination=whole.at_destination + part.at_destination,
        )
        query = select(run.c.target, func.count()).where(*where, run.c.target.is_not(None))
        for target, count in connection.execute(query.group_by(run.c.target)):
            targets[target] = targets.get(target, 0) + count
    by_count = sorted(targets, key=lambda target: (-targets[target], target))
    return SelectionSummary(
        totals=whole, targets=by_count[:MOST_TARGETS], proposed_variable=proposed_variable(by_count)
    )


def _parts(selection: Selection) -> Iterator[list[Condition]]:
    """Conditions whose matches together are the selection, each run in one of them alone."""
    if isinstance(selection, DidSelection):
        for part in chunks(dict.fromkeys(selection.dids)):
            yield [run.c.did.in_(part)]
    elif isinstance(selection, DatasetSelection):
        yield [in_collection(selection.did)]
    elif isinstance(selection, FilterSelection):
        where = everything(conditions(selection.filter))
        # 10 000 exceptions stay below SQLite's 32 766 variables.
        if selection.except_dids:
            where.append(run.c.did.not_in(selection.except_dids))
        yield where


def _as_picked(selection: Selection, found: list[Any], did_of: Any) -> list[Any]:
    if not isinstance(selection, DidSelection):
        return found
    order = {did: place for place, did in enumerate(dict.fromkeys(selection.dids))}
    return sorted(found, key=lambda item: order[did_of(item)])
