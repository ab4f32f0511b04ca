"""Writing what a sync has read into the index; each call is part of the caller's transaction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, select, update

from magic_rucio.catalogue.availability import availability_of
from magic_rucio.catalogue.conditions import descendants
from magic_rucio.catalogue.facts import FileFact, RuleFact
from magic_rucio.catalogue.judging import judge
from magic_rucio.catalogue.models import Availability
from magic_rucio.catalogue.parts import chunks, ids_of
from magic_rucio.catalogue.rows import describe
from magic_rucio.catalogue.store import insert_into
from magic_rucio.catalogue.tables import (
    lock,
    membership,
    replica,
    rule,
    run,
    run_detail,
    run_words,
)

SHOWABLE = re.compile(r"[^:\s]{1,100}:[^\s]{1,500}")
"""The DIDs that the API can speak of."""


def now() -> str:
    """Return the time, UTC, ISO 8601, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(slots=True)
class Written:
    """What a batch wrote; `faults` are DIDs with metadata that had to be refused, and why."""

    runs: int
    ids: set[int]
    faults: dict[str, str]


def store_files(
    connection: Connection,
    files: Sequence[FileFact],
    metadata: Mapping[str, Mapping[str, Any]],
    destination: str,
) -> Written:
    """Write whole rows: metadata, replicas, availability. The ids of known runs stay as they are."""
    described, faults = {}, {}
    for file in files:
        if SHOWABLE.fullmatch(file.did) is None:
            faults[file.did[:80]] = "a name that cannot be shown"
            continue
        scope, _, name = file.did.partition(":")
        described[file.did] = describe(scope, name, metadata.get(file.did), file.bytes)
        if reason := described[file.did].fault:
            faults[file.did] = reason
    if not described:
        return Written(0, set(), faults)
    by_did = {file.did: file for file in files}
    at = now()
    rows = []
    for did, one in described.items():
        states = {rse: fact.state for rse, fact in by_did[did].replicas.items()}
        # Without rules for now: most archives have few, and `judge` looks at them below.
        availability = availability_of(states, (), destination).value
        rows.append({**one.values, "availability": availability, "checked_at": at})
    _upsert(connection, run, rows, "did")
    ids = ids_of(connection, described)
    words = [{"run_id": ids[did], "words": one.words} for did, one in described.items()]
    _upsert(connection, run_words, words, "run_id")
    details = [
        {
            "run_id": ids[did],
            "adler32": by_did[did].adler32,
            "metadata": one.metadata,
            "fault": one.fault,
        }
        for did, one in described.items()
    ]
    _upsert(connection, run_detail, details, "run_id")
    _replace_replicas(connection, [by_did[did] for did in described], ids, destination)
    if connection.execute(select(rule.c.id).limit(1)).first() is not None:
        judge(connection, list(ids.values()), destination)
    return Written(len(described), set(ids.values()), faults)


def _upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], key: str) -> None:
    statement = insert_into(connection, table)
    changes = {name: statement.excluded[name] for name in rows[0] if name != key}
    connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=changes), rows)


def store_replicas(
    connection: Connection, files: Sequence[FileFact], ids: Mapping[str, int], destination: str
) -> set[int]:
    """Replace the replicas of runs, and judge them anew; returns the ids whose availability changed."""
    known = [file for file in files if file.did in ids]
    _replace_replicas(connection, known, ids, destination)
    return judge(connection, [ids[file.did] for file in known], destination, checked_at=now())


def _replace_replicas(
    connection: Connection, files: Sequence[FileFact], ids: Mapping[str, int], destination: str
) -> None:
    for part in chunks(ids[file.did] for file in files):
        connection.execute(delete(replica).where(replica.c.run_id.in_(part)))
    rows = [
        {
            "run_id": ids[file.did],
            "rse": rse,
            "state": fact.state,
            "pfn": fact.pfn if rse == destination else None,
        }
        for file in files
        for rse, fact in file.replicas.items()
    ]
    if rows:
        connection.execute(replica.insert(), rows)


def forget_runs(connection: Connection, dids: Iterable[str]) -> int:
    """Remove runs that Rucio no longer has."""
    removed = 0
    for part in chunks(dids):
        removed += connection.execute(delete(run).where(run.c.did.in_(part))).rowcount
    return removed


def runs_under(connection: Connection, did: str) -> list[int]:
    """Return the runs below a DID, or the run itself, that are not at the destination."""
    missing = run.c.availability != Availability.AT_DESTINATION.value
    below = select(run.c.id).join(membership, membership.c.run_id == run.c.id)
    below = below.where(membership.c.collection_id.in_(descendants(did)), missing)
    itself = select(run.c.id).where(run.c.did == did, missing)
    return list(connection.execute(below.union(itself)).scalars())


def store_rule(
    connection: Connection, fact: RuleFact, locks: Mapping[str, str] | None, destination: str
) -> set[int]:
    """Write a rule and, where they were read, its locks; returns the ids whose availability changed."""
    statement = insert_into(connection, rule).values(
        id=fact.id, did=fact.did, state=fact.state, expires_at=fact.expires_at
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["id"],
            set_={"state": statement.excluded.state, "expires_at": statement.excluded.expires_at},
        )
    )
    connection.execute(delete(lock).where(lock.c.rule_id == fact.id))
    if locks:
        ids = ids_of(connection, locks)
        rows = [{"rule_id": fact.id, "run_id": ids[d], "state": s} for d, s in locks.items() if d in ids]
        if rows:
            connection.execute(lock.insert(), rows)
    return judge(connection, runs_under(connection, fact.did), destination)


def forget_rules(connection: Connection, rule_ids: Iterable[str], destination: str) -> set[int]:
    """Remove rules that have ended; returns the ids whose availability changed."""
    changed: set[int] = set()
    for part in chunks(rule_ids):
        dids = list(connection.execute(select(rule.c.did).where(rule.c.id.in_(part))).scalars())
        connection.execute(delete(rule).where(rule.c.id.in_(part)))
        for did in dids:
            changed |= judge(connection, runs_under(connection, did), destination)
    return changed


def without_creation_time(connection: Connection, limit: int) -> list[str]:
    """Return runs of which it is not known when they were registered."""
    query = select(run.c.did).join(run_detail, run_detail.c.run_id == run.c.id)
    query = query.where(run_detail.c.created_at.is_(None)).order_by(run.c.id.desc()).limit(limit)
    return list(connection.execute(query).scalars())


def store_creation_times(connection: Connection, times: Mapping[str, str]) -> None:
    """Write when runs were registered."""
    rows = [{"row": row_id, "time": times[did]} for did, row_id in ids_of(connection, times).items()]
    if rows:
        statement = update(run_detail).where(run_detail.c.run_id == bindparam("row"))
        connection.execute(statement.values(created_at=bindparam("time")), rows)
