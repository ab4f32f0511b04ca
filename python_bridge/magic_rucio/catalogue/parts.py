"""Lists of any length in SQL: cut into parts that every database takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

from sqlalchemy import Connection, select

from magic_rucio.catalogue.tables import run

Item = TypeVar("Item")

VARIABLES = 500
"""Values of one IN: below every database's limit."""


def chunks(items: Iterable[Item], size: int = VARIABLES) -> Iterator[list[Item]]:
    """Cut into lists of at most `size`."""
    iterator = iter(items)
    while part := list(islice(iterator, size)):
        yield part


def ids_of(connection: Connection, dids: Iterable[str]) -> dict[str, int]:
    """Return the ids of the runs that the index knows."""
    found: dict[str, int] = {}
    for part in chunks(dids):
        for row in connection.execute(select(run.c.did, run.c.id).where(run.c.did.in_(part))):
            found[row.did] = row.id
    return found
