"""Counts for the filter bar and the quick looks; each facet ignores its own condition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, case, cast, func, select

from magic_rucio.catalogue.conditions import Conditions, everything
from magic_rucio.catalogue.models import Bin, FacetValue, NightCount, SkyPoint
from magic_rucio.catalogue.tables import collection, membership, run

MOST_VALUES = 500
MOST_SKY_POINTS = 2000
ZENITH_BIN = 5.0
LIVETIME_BIN = 120.0
SKY_CELL = 0.2
"""Degrees; runs of one wobble position fall together, two positions 0.4 deg from a source do not."""


def _values(name: str, own: str, connection: Connection, found: Conditions) -> list[FacetValue]:
    column, where = run.c[name], everything(found, but=own)
    count = func.count().label("number")
    query = select(column, count).where(*where, column.is_not(None)).group_by(column)
    rows = connection.execute(query.order_by(count.desc(), column).limit(MOST_VALUES))
    return [FacetValue(value=value, count=number) for value, number in rows]


def _datasets(connection: Connection, found: Conditions) -> list[FacetValue]:
    where = everything(found, but="datasets")
    if where:
        count = func.count().label("number")
        held = select(membership.c.collection_id, count).join(run, run.c.id == membership.c.run_id)
        counts = held.where(*where).group_by(membership.c.collection_id).subquery()
        query = select(collection.c.did, counts.c.number).join(
            counts, counts.c.collection_id == collection.c.id
        )
        query = query.order_by(counts.c.number.desc(), collection.c.did)
    else:
        query = select(collection.c.did, collection.c.runs).where(
            collection.c.kind == "dataset", collection.c.runs > 0
        )
        query = query.order_by(collection.c.runs.desc(), collection.c.did)
    return [
        FacetValue(value=did, count=number) for did, number in connection.execute(query.limit(MOST_VALUES))
    ]


def cell(connection: Connection, column: ColumnElement[Any], width: float) -> ColumnElement[int]:
    """The number of the cell a value lies in: floor(value / width), where SQLite may lack floor."""
    if connection.dialect.name == "postgresql":
        return cast(func.floor(column / width), Integer)
    whole = cast(column / width, Integer)
    return whole - case((column / width < whole, 1), else_=0)


def _bins(name: str, width: float, connection: Connection, found: Conditions) -> list[Bin]:
    column, where = run.c[name], everything(found, but=name)
    number = cell(connection, column, width).label("number")
    query = select(number, func.count()).where(*where, column.is_not(None)).group_by(number).order_by(number)
    return [
        Bin(low=place * width, high=(place + 1) * width, count=count)
        for place, count in connection.execute(query.limit(MOST_VALUES))
    ]


def _nights(connection: Connection, found: Conditions) -> list[NightCount]:
    where = everything(found, but="nights")
    livetime = func.coalesce(func.sum(run.c.livetime), 0.0)
    query = select(run.c.night, func.count(), livetime).where(*where, run.c.night.is_not(None))
    rows = connection.execute(query.group_by(run.c.night).order_by(run.c.night))
    return [NightCount(night=night, runs=runs, livetime=time) for night, runs, time in rows]


def _sky(connection: Connection, found: Conditions) -> list[SkyPoint]:
    where = everything(found, but="cone")
    column, line = cell(connection, run.c.ra_pnt, SKY_CELL), cell(connection, run.c.dec_pnt, SKY_CELL)
    count = func.count().label("number")
    query = (
        select(
            func.avg(run.c.ra_pnt),
            func.avg(run.c.dec_pnt),
            run.c.target,
            count,
            func.coalesce(func.sum(run.c.livetime), 0.0),
        )
        .where(*where, run.c.ra_pnt.is_not(None), run.c.dec_pnt.is_not(None))
        .group_by(run.c.target, column, line)
        .order_by(count.desc())
        .limit(MOST_SKY_POINTS)
    )
    return [
        SkyPoint(ra=ra, dec=dec, target=target, count=number, livetime=time)
        for ra, dec, target, number, time in connection.execute(query)
    ]


COUNTS: Mapping[str, Callable[[Connection, Conditions], Any]] = {
    "targets": partial(_values, "target", "targets"),
    "availabilities": partial(_values, "availability", "availabilities"),
    "irf_types": partial(_values, "irf_type", "irf_types"),
    "creators": partial(_values, "creator", "creators"),
    "telescopes": partial(_values, "telescope", "telescopes"),
    "datasets": _datasets,
    "zenith": partial(_bins, "zenith", ZENITH_BIN),
    "livetime": partial(_bins, "livetime", LIVETIME_BIN),
    "nights": _nights,
    "sky": _sky,
}
"""The fields of `Facets`; independent of each other, so that they may be counted side by side."""
