"""Datasets and containers in the index: what they hold, and the sums over it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, func, select, update

from magic_rucio.catalogue.facts import Kind
from magic_rucio.catalogue.models import Availability
from magic_rucio.catalogue.parts import chunks, ids_of
from magic_rucio.catalogue.store import insert_into
from magic_rucio.catalogue.tables import collection, membership, nesting, run

CONTAINER: Kind = "container"

MOST_TARGETS = 20
"""Named of a collection; a container of everything has hundreds, and a row shows a few."""


def collection_ids(connection: Connection, dids: Iterable[str]) -> dict[str, int]:
    """Return the ids of the collections that the index knows."""
    found: dict[str, int] = {}
    for part in chunks(dids):
        query = select(collection.c.did, collection.c.id).where(collection.c.did.in_(part))
        for row in connection.execute(query):
            found[row.did] = row.id
    return found


def add_collections(connection: Connection, kinds: Mapping[str, Kind]) -> dict[str, int]:
    """Make rows for collections that are new; returns all their ids."""
    rows = [
        {"did": did, "scope": did.partition(":")[0], "kind": kind, "words": did.lower()}
        for did, kind in kinds.items()
    ]
    if rows:
        statement = insert_into(connection, collection)
        connection.execute(statement.on_conflict_do_nothing(index_elements=["did"]), rows)
    return collection_ids(connection, kinds)


def store_dataset(connection: Connection, did: str, files: Iterable[str]) -> set[int]:
    """Write which runs a dataset holds; returns those that came or went.

    Files that are no runs are passed over, and so is a dataset that holds no run and never did.
    """
    wanted = set(ids_of(connection, files).values())
    known = collection_ids(connection, [did]).get(did)
    if known is None and not wanted:
        return set()
    if known is None:
        known = add_collections(connection, {did: "dataset"})[did]
    query = select(membership.c.run_id).where(membership.c.collection_id == known)
    held = set(connection.execute(query).scalars())
    for part in chunks(held - wanted):
        gone = (membership.c.collection_id == known, membership.c.run_id.in_(part))
        connection.execute(delete(membership).where(*gone))
    if fresh := wanted - held:
        connection.execute(
            membership.insert(), [{"collection_id": known, "run_id": run_id} for run_id in fresh]
        )
    return held ^ wanted


def store_container(connection: Connection, did: str, children: Collection[str]) -> None:
    """Write which collections a container holds; a child without a row is a container met first here."""
    ids = add_collections(connection, {did: "container"})
    known = collection_ids(connection, children)
    fresh_rows = dict.fromkeys((child for child in children if child not in known), CONTAINER)
    kept = {*known.values(), *add_collections(connection, fresh_rows).values()} - {ids[did]}
    query = select(nesting.c.child_id).where(nesting.c.parent_id == ids[did])
    held = set(connection.execute(query).scalars())
    for part in chunks(held - kept):
        gone = (nesting.c.parent_id == ids[did], nesting.c.child_id.in_(part))
        connection.execute(delete(nesting).where(*gone))
    if fresh := kept - held:
        connection.execute(nesting.insert(), [{"parent_id": ids[did], "child_id": c} for c in fresh])


def forget_collections(connection: Connection, dids: Iterable[str]) -> None:
    """Remove collections that Rucio no longer has."""
    for part in chunks(dids):
        connection.execute(delete(collection).where(collection.c.did.in_(part)))


def collections_above(connection: Connection, run_ids: Iterable[int]) -> set[int]:
    """Return the ids of all collections that hold any of these runs, however deep."""
    found: set[int] = set()
    for part in chunks(run_ids):
        query = select(membership.c.collection_id).where(membership.c.run_id.in_(part)).distinct()
        found |= set(connection.execute(query).scalars())
    level = found
    while level:
        above: set[int] = set()
        for part in chunks(level):
            query = select(nesting.c.parent_id).where(nesting.c.child_id.in_(part)).distinct()
            above |= set(connection.execute(query).scalars())
        level = above - found
        found |= level
    return found


def sum_up(connection: Connection, ids: Iterable[int]) -> None:
    """Work out what each of these collections holds, itself or below, each run counted once."""
    for part in chunks(ids):
        _sum_up(connection, part)


def _sum_up(connection: Connection, ids: Sequence[int]) -> None:
    top = select(collection.c.id.label("top"), collection.c.id).where(collection.c.id.in_(ids))
    below = top.cte("below", recursive=True)
    below = below.union(
        select(below.c.top, nesting.c.child_id).join(nesting, nesting.c.parent_id == below.c.id)
    )
    held = (
        select(below.c.top, membership.c.run_id)
        .join(membership, membership.c.collection_id == below.c.id)
        .distinct()
        .subquery()
    )
    here = case((run.c.availability == Availability.AT_DESTINATION.value, 1), else_=0)
    # By target, so that one pass over the runs gives both the sums and the names.
    query = (
        select(
            held.c.top,
            run.c.target,
            func.count().label("runs"),
            func.coalesce(func.sum(run.c.livetime), 0.0).label("livetime"),
            func.coalesce(func.sum(run.c.bytes), 0).label("bytes"),
            func.coalesce(func.sum(here), 0).label("here"),
            func.min(run.c.night).label("first"),
            func.max(run.c.night).label("last"),
        )
        .join(run, run.c.id == held.c.run_id)
        .group_by(held.c.top, run.c.target)
    )
    sums: dict[int, dict[str, Any]] = {row_id: _nothing(row_id) for row_id in ids}
    for row in connection.execute(query):
        entry = sums[row.top]
        entry["n"] += row.runs
        entry["time"] += row.livetime
        entry["size"] += int(row.bytes)
        entry["here"] += row.here
        if row.target is not None:
            entry["names"].append((-row.runs, row.target))
        if row.first is not None:
            entry["first"] = min(entry["first"] or row.first, row.first)
            entry["last"] = max(entry["last"] or row.last, row.last)
    for entry in sums.values():
        entry["names"] = json.dumps([name for _, name in sorted(entry["names"])[:MOST_TARGETS]])
    connection.execute(
        update(collection)
        .where(collection.c.id == bindparam("row"))
        .values(
            runs=bindparam("n"),
            livetime=bindparam("time"),
            bytes=bindparam("size"),
            at_destination=bindparam("here"),
            targets=bindparam("names"),
            night_from=bindparam("first"),
            night_to=bindparam("last"),
        ),
        list(sums.values()),
    )


def _nothing(row_id: int) -> dict[str, Any]:
    return {
        "row": row_id,
        "n": 0,
        "time": 0.0,
        "size": 0,
        "here": 0,
        "names": [],
        "first": None,
        "last": None,
    }
