"""A filter as SQL conditions, each by the name of the facet it belongs to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, literal, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import InternalTraversal

from magic_rucio.catalogue.models import RunFilter
from magic_rucio.catalogue.rows import unit_vector
from magic_rucio.catalogue.tables import collection, membership, nesting, run, run_words

Condition = ColumnElement[bool]

Conditions = dict[str, Condition]

SMALL_ANGLE = 1e-9
"""Degrees added to a cone's declination band, so that rounding never cuts its edge."""


class Plain(ColumnElement[Any]):
    """A column by which SQLite must not look rows up.

    It would take the index of a range that half the rows satisfy, and jump through the table; reading
    `run_facts` from end to end is three times as fast.
    """

    inherit_cache = True
    _traverse_internals = [("column", InternalTraversal.dp_clauseelement)]  # noqa: RUF012 # SQLAlchemy's way

    def __init__(self, column: ColumnElement[Any]) -> None:
        self.column = column
        self.type = column.type


@compiles(Plain)
def _as_it_is(element: Plain, compiler: SQLCompiler, **options: Any) -> str:
    return str(compiler.process(element.column, **options))


@compiles(Plain, "sqlite")
def _with_plus(element: Plain, compiler: SQLCompiler, **options: Any) -> str:
    return f"+{compiler.process(element.column, **options)}"


def conditions(wanted: RunFilter, *, wide: bool = False) -> Conditions:
    """Return what a run must satisfy; all of them hold at once.

    Parameters
    ----------
    wide : bool
        Whether the dataset asked for holds a good part of all runs: it changes the speed alone.
    """
    found: Conditions = {}
    if wanted.text and wanted.text.split():
        words = (contains(run_words.c.words, word) for word in wanted.text.lower().split())
        found["text"] = run.c.id.in_(select(run_words.c.run_id).where(*words))
    _add_list(found, "targets", run.c.target, wanted.targets)
    _add_list(found, "runs", run.c.run, [number for number in wanted.runs if abs(number) < 2**63])
    if wanted.runs and "runs" not in found:
        found["runs"] = false()
    _add_list(found, "availabilities", Plain(run.c.availability), [a.value for a in wanted.availabilities])
    _add_list(found, "irf_types", Plain(run.c.irf_type), [t.value for t in wanted.irf_types])
    _add_list(found, "creators", Plain(run.c.creator), wanted.creators)
    _add_list(found, "telescopes", Plain(run.c.telescope), wanted.telescopes)
    _add_range(found, "nights", run.c.night, wanted.night_from, wanted.night_to)
    _add_range(found, "zenith", Plain(run.c.zenith), wanted.zenith_min, wanted.zenith_max)
    _add_range(found, "livetime", Plain(run.c.livetime), wanted.livetime_min, wanted.livetime_max)
    if wanted.ra is not None and wanted.dec is not None and wanted.radius is not None:
        found["cone"] = cone(wanted.ra, wanted.dec, wanted.radius)
    if wanted.dataset is not None:
        found["datasets"] = in_collection(wanted.dataset, wide=wide)
    return found


def contains(column: ColumnElement[Any], word: str) -> Condition:
    """Whether a lower-case column holds a lower-case word; the word's own % and _ mean themselves."""
    escaped = word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return column.like(f"%{escaped}%", escape="\\")


def cone(ra: float, dec: float, radius: float) -> Condition:
    """Whether a pointing lies within `radius` of a place; degrees.

    The straight distance through the unit sphere is compared, chord = 2 sin(angle / 2): exact for small
    angles, where the cosine is not, and without functions that SQLite may lack. A band in declination
    comes first, for which there is an index.
    """
    centre = unit_vector(ra, dec)
    chord = 2 * math.sin(math.radians(min(radius, 180.0)) / 2)
    distance = sum(
        ((run.c[axis] - literal(value)) * (run.c[axis] - literal(value)) for axis, value in centre.items()),
        start=literal(0.0),
    )
    within = distance <= chord * chord * (1 + 1e-12)
    low = math.sin(math.radians(max(dec - radius - SMALL_ANGLE, -90.0))) - 1e-15
    high = math.sin(math.radians(min(dec + radius + SMALL_ANGLE, 90.0))) + 1e-15
    return and_(run.c.z.between(low, high), within)


def descendants(did: str) -> Select[tuple[int]]:
    """The ids of a collection and of all that it holds, however deep."""
    below = select(collection.c.id).where(collection.c.did == did).cte("below", recursive=True)
    # UNION, not UNION ALL: a container that holds itself ends here.
    below = below.union(select(nesting.c.child_id).join(below, nesting.c.parent_id == below.c.id))
    return select(below.c.id)


def in_collection(did: str, *, wide: bool = False) -> Condition:
    """Whether a run is in a dataset or container; `wide` where it holds a good part of all runs."""
    held = select(membership.c.run_id).where(membership.c.collection_id.in_(descendants(did)))
    # Asked of one run after the other, a page of a wide one is full after a few.
    return exists(held.where(membership.c.run_id == run.c.id)) if wide else run.c.id.in_(held)


def _add_list(found: Conditions, name: str, column: ColumnElement[Any], values: Sequence[Any]) -> None:
    if values:
        found[name] = column.in_(list(values)) if len(values) > 1 else column == values[0]


def _add_range(found: Conditions, name: str, column: ColumnElement[Any], low: Any, high: Any) -> None:
    parts = [column >= low] if low is not None else []
    if high is not None:
        parts.append(column <= high)
    if parts:
        found[name] = and_(*parts)


def everything(found: Conditions, *, but: str | None = None) -> list[Condition]:
    """Return all conditions, but for the one of a facet."""
    return [condition for name, condition in found.items() if name != but]
