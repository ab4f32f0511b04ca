"""The answer of `GET /runs`: a page, the cursor of the next, the sums over all that match."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from magic_rucio.catalogue.answers import Answers
from magic_rucio.catalogue.conditions import conditions, everything
from magic_rucio.catalogue.cursor import decode_cursor, digest, encode_cursor
from magic_rucio.catalogue.models import Freshness, RunFilter, RunPage, RunQuery
from magic_rucio.catalogue.pages import cursor_after, kind_of, page, to_run, totals
from magic_rucio.catalogue.store import read_state
from magic_rucio.catalogue.tables import collection, run


def run_page(connection: Connection, query: RunQuery, answers: Answers, fresh: Freshness) -> RunPage:
    """Answer a query.

    Raises
    ------
    InvalidInputError
        Where the cursor is not one for this query.
    """
    state = read_state(connection)
    good_for = digest(query, state["epoch"])
    after = None
    if query.cursor is not None:
        after = decode_cursor(query.cursor, good_for, kind_of(query.sort))
    where = everything(conditions(query, wide=_is_wide(connection, query)))
    wanted = RunFilter.model_validate(query.model_dump(include=set(RunFilter.model_fields)))
    asked = "totals " + wanted.model_dump_json()
    sums = answers.get(state, asked, lambda: totals(connection, where))
    rows = page(
        connection,
        where,
        query.sort,
        descending=query.descending,
        after=after,
        limit=query.limit + 1,
        matches=sums.runs,
    )
    more, rows = len(rows) > query.limit, rows[: query.limit]
    return RunPage.model_construct(
        runs=[to_run(row) for row in rows],
        next_cursor=encode_cursor(cursor_after(rows[-1], query.sort), good_for) if more else None,
        totals=sums,
        freshness=fresh,
    )


def _is_wide(connection: Connection, wanted: RunFilter) -> bool:
    """Whether the dataset asked for holds more than a fifth of all runs."""
    if wanted.dataset is None:
        return False
    held = connection.execute(select(collection.c.runs).where(collection.c.did == wanted.dataset)).scalar()
    return (held or 0) * 5 > connection.execute(select(func.count()).select_from(run)).scalar_one()
