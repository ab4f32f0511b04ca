"""A page of runs: any column, any direction, from a cursor; and the sums over all that match."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, func, or_, select

from magic_rucio.catalogue.conditions import Condition
from magic_rucio.catalogue.cursor import Cursor, Value
from magic_rucio.catalogue.models import Availability, Run, SortKey, Totals
from magic_rucio.catalogue.tables import run

INTEGERS = frozenset({"run", "event_count", "bytes"})
WORDS = frozenset({"target", "night", "start", "irf_type", "creator", "telescope", "availability", "did"})

NAMES = tuple(Run.model_fields)
SHOWN = tuple(run.c[name] for name in NAMES)


def kind_of(key: SortKey) -> type:
    """Return the type of a sorted column."""
    if key.value in INTEGERS:
        return int
    return str if key.value in WORDS else float


def page(
    connection: Connection,
    where: list[Condition],
    key: SortKey,
    *,
    descending: bool,
    after: Cursor | None,
    limit: int,
    matches: int,
) -> list[Row[Any]]:
    """Return the rows after a cursor, at most `limit`; `matches` is how many there are in all.

    What is not known comes last in both directions, ordered by id: as a second query, so that each
    of the two walks along an index. Both look for ids alone, which narrow indexes hold; whole rows are
    read for the page only.
    """
    column = run.c[key.value]
    ids: list[int] = []
    if after is None or after.value is not None:
        known = select(run.c.id).where(*where, column.is_not(None))
        if after is not None:
            known = known.where(_beyond(column, after, descending=descending))
        order = (column.desc(), run.c.id.desc()) if descending else (column.asc(), run.c.id.asc())
        ids += connection.execute(known.order_by(*order).limit(limit)).scalars()
    # Where everything that matches is on this page already, nothing unknown is left to look for.
    if len(ids) < limit and column.nullable and not (after is None and len(ids) >= matches):
        unknown = select(run.c.id).where(*where, column.is_(None))
        if after is not None and after.value is None:
            unknown = unknown.where(run.c.id < after.id if descending else run.c.id > after.id)
        order_by = run.c.id.desc() if descending else run.c.id.asc()
        ids += connection.execute(unknown.order_by(order_by).limit(limit - len(ids))).scalars()
    return _rows(connection, ids)


def _rows(connection: Connection, ids: list[int]) -> list[Row[Any]]:
    query = select(*SHOWN, run.c.id).where(run.c.id.in_(ids))
    found: dict[int, Any] = {row.id: row for row in connection.execute(query)}
    return [found[row_id] for row_id in ids]


def _beyond(column: ColumnElement[Any], after: Cursor, *, descending: bool) -> Condition:
    # The first half lets the database seek in the index, which it does not do for the OR.
    if descending:
        further = or_(column < after.value, run.c.id < after.id)
        return and_(column <= after.value, further)
    return and_(column >= after.value, or_(column > after.value, run.c.id > after.id))


def cursor_after(row: Row[Any], key: SortKey) -> Cursor:
    """Return the cursor that a page's last row makes."""
    value: Value = row._mapping[key.value]
    return Cursor(value, row.id)


def totals_query(where: list[Condition]) -> Select[Any]:
    """The sums over everything that matches."""
    here = case((run.c.availability == Availability.AT_DESTINATION.value, 1), else_=0)
    return select(
        func.count(),
        func.coalesce(func.sum(run.c.livetime), 0.0),
        func.coalesce(func.sum(run.c.bytes), 0),
        func.coalesce(func.sum(here), 0),
    ).where(*where)


def totals(connection: Connection, where: list[Condition]) -> Totals:
    """Sum everything that matches."""
    query = totals_query(where).select_from(run)
    count, livetime, size, here = connection.execute(query).one()
    return Totals(runs=count, livetime=float(livetime), bytes=int(size), at_destination=int(here))


def to_run(row: Any) -> Run:
    """Return a row of `SHOWN` as the API gives it."""
    return Run.model_validate(dict(zip(NAMES, row, strict=False)))
