"""Pages of the datasets and containers that hold runs."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select

from magic_rucio.catalogue.conditions import contains
from magic_rucio.catalogue.cursor import Cursor, decode_cursor, digest, encode_cursor
from magic_rucio.catalogue.models import DatasetPage, DatasetQuery, DatasetRow, DatasetSortKey, Freshness
from magic_rucio.catalogue.tables import collection

KINDS: dict[DatasetSortKey, type] = {
    DatasetSortKey.DID: str,
    DatasetSortKey.RUNS: int,
    DatasetSortKey.LIVETIME: float,
    DatasetSortKey.BYTES: int,
    DatasetSortKey.NIGHT_TO: str,
}


def dataset_page(connection: Connection, query: DatasetQuery, epoch: str, fresh: Freshness) -> DatasetPage:
    """Return a page, and how many there are in all.

    Raises
    ------
    InvalidInputError
        Where the cursor is not one for this query.
    """
    good_for = digest(query, epoch)
    where: list[ColumnElement[bool]] = [collection.c.runs > 0]
    where += [contains(collection.c.words, word) for word in (query.text or "").lower().split()]
    total = connection.execute(select(func.count()).select_from(collection).where(*where)).scalar_one()
    # What has no night comes last, in either direction: an empty text sorts before every date.
    column: ColumnElement[Any] = collection.c[query.sort.value]
    if query.sort is DatasetSortKey.NIGHT_TO:
        column = func.coalesce(column, "" if query.descending else "~")
    if query.cursor is not None:
        after = decode_cursor(query.cursor, good_for, KINDS[query.sort])
        where.append(_beyond(column, after, descending=query.descending))
    shown = select(collection, column.label("sorted_by")).where(*where)
    order = (
        (column.desc(), collection.c.id.desc()) if query.descending else (column.asc(), collection.c.id.asc())
    )
    rows = connection.execute(shown.order_by(*order).limit(query.limit + 1)).all()
    more = len(rows) > query.limit
    rows = rows[: query.limit]
    last = Cursor(rows[-1].sorted_by, rows[-1].id) if more else None
    return DatasetPage(
        datasets=[_row(row) for row in rows],
        next_cursor=encode_cursor(last, good_for) if last else None,
        total=total,
        freshness=fresh,
    )


def _beyond(column: ColumnElement[Any], after: Cursor, *, descending: bool) -> ColumnElement[bool]:
    if descending:
        return and_(column <= after.value, or_(column < after.value, collection.c.id < after.id))
    return and_(column >= after.value, or_(column > after.value, collection.c.id > after.id))


def _row(row: Row[Any]) -> DatasetRow:
    values = dict(row._mapping)
    values["targets"] = json.loads(values["targets"])
    return DatasetRow.model_validate({name: values[name] for name in DatasetRow.model_fields})
