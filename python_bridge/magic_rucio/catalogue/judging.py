"""Working out the availability of runs from the replicas, rules and locks in the index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select, update

from magic_rucio.catalogue.availability import RuleOnRun, availability_of
from magic_rucio.catalogue.parts import chunks
from magic_rucio.catalogue.tables import collection, lock, membership, nesting, replica, rule, run


def judge(
    connection: Connection, run_ids: Sequence[int], destination: str, *, checked_at: str | None = None
) -> set[int]:
    """Work out the availability of runs from what the index holds; returns the ids that changed.

    Parameters
    ----------
    checked_at : str, optional
        When their replicas were read; without it the time in the index stays.
    """
    changed: set[int] = set()
    for part in chunks(run_ids):
        replicas = _replicas(connection, part)
        rules = _rules(connection, part)
        before = select(run.c.id, run.c.availability, run.c.checked_at).where(run.c.id.in_(part))
        changes = []
        for row in connection.execute(before):
            looked_up = checked_at is not None or row.checked_at is not None
            states = replicas.get(row.id, {}) if looked_up else None
            after = availability_of(states, rules.get(row.id, ()), destination).value
            if after != row.availability:
                changed.add(row.id)
            if after != row.availability or checked_at is not None:
                changes.append({"row": row.id, "state": after, "time": checked_at or row.checked_at})
        if changes:
            connection.execute(
                update(run)
                .where(run.c.id == bindparam("row"))
                .values(availability=bindparam("state"), checked_at=bindparam("time")),
                changes,
            )
    return changed


def _replicas(connection: Connection, run_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = defaultdict(dict)
    query = select(replica.c.run_id, replica.c.rse, replica.c.state).where(replica.c.run_id.in_(run_ids))
    for row in connection.execute(query):
        found[row.run_id][row.rse] = row.state
    return found


def _rules(connection: Connection, run_ids: Sequence[int]) -> dict[int, list[RuleOnRun]]:
    """The rules on each run, on its datasets, and on the containers above them."""
    if connection.execute(select(rule.c.id).limit(1)).first() is None:
        return {}
    above = (
        select(membership.c.run_id, membership.c.collection_id)
        .where(membership.c.run_id.in_(run_ids))
        .cte("above", recursive=True)
    )
    above = above.union(
        select(above.c.run_id, nesting.c.parent_id).join(nesting, nesting.c.child_id == above.c.collection_id)
    )
    through_collections = (
        select(above.c.run_id, rule.c.id, rule.c.state)
        .join(collection, collection.c.id == above.c.collection_id)
        .join(rule, rule.c.did == collection.c.did)
    )
    direct = (
        select(run.c.id.label("run_id"), rule.c.id, rule.c.state)
        .join(rule, rule.c.did == run.c.did)
        .where(run.c.id.in_(run_ids))
    )
    locks = {
        (row.rule_id, row.run_id): row.state
        for row in connection.execute(select(lock).where(lock.c.run_id.in_(run_ids)))
    }
    found: dict[int, list[RuleOnRun]] = defaultdict(list)
    for query in (through_collections, direct):
        for run_id, rule_id, state in connection.execute(query):
            found[run_id].append(RuleOnRun(state, locks.get((rule_id, run_id))))
    return found
