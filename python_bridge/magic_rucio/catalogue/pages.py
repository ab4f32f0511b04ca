"""A page of runs: any column, any direction, from a cursor; and the sums over all that match."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, func, or_, select

from magic_rucio.catalogue.conditions import Condition
from magic_rucio.catalogue.cursor import Cursor, Value
from magic_rucio.catalogue.models import Availability, IrfType, Run, SortKey, Totals
from magic_rucio.catalogue.tables import run

INTEGERS = frozenset({"run", "event_count", "bytes"})
WORDS = frozenset({"target", "night", "start", "irf_type", "creator", "telescope", "availability", "did"})

SHOWN = tuple(run.c[name] for name in Run.model_fields)


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
) -> list[Row[Any]]:
    """Return the rows after a cursor, at most `limit`.

    What is not known comes last in both directions, ordered by id: as a second query, so that each
    of the two walks along an index.
    """
    columns = (*SHOWN, run.c.id)
    column = run.c[key.value]
    rows: list[Row[Any]] = []
    if after is None or after.value is not None:
        known = select(*columns).where(*where, column.is_not(None))
        if after is not None:
            known = known.where(_beyond(column, after, descending=descending))
        order = (column.desc(), run.c.id.desc()) if descending else (column.asc(), run.c.id.asc())
        rows = list(connection.execute(known.order_by(*order).limit(limit)))
    if len(rows) < limit and column.nullable:
        unknown = select(*columns).where(*where, column.is_(None))
        if after is not None and after.value is None:
            unknown = unknown.where(run.c.id < after.id if descending else run.c.id > after.id)
        order_by = run.c.id.desc() if descending else run.c.id.asc()
        rows += connection.execute(unknown.order_by(order_by).limit(limit - len(rows)))
    return rows


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


def to_run(row: Row[Any]) -> Run:
    """Return a row of the table as the API gives it."""
    # The row was checked when it was written; validating 200 rows again would cost a page 3 ms.
    values = {name: row._mapping[name] for name in Run.model_fields}
    values["irf_type"] = IrfType(values["irf_type"])
    values["availability"] = Availability(values["availability"])
    return Run.model_construct(**values)
