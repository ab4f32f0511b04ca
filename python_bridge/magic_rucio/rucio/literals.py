"""Search filters: Rucio evaluates them as a Python literal, so they are built by `repr` alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from magic_rucio.errors import InvalidInputError

Scalar = str | int | float | bool
Filter = Mapping[str, Scalar]


def filters_text(filters: Filter | Sequence[Filter]) -> str:
    """Return the filters as Rucio's `filters=` takes them; a sequence means OR.

    `repr` of plain strings and numbers quotes and escapes whatever a user typed.

    Raises
    ------
    InvalidInputError
        Where a number is no finite one: `nan` and `inf` are no literals.
    """
    alternatives = [filters] if isinstance(filters, Mapping) else list(filters)
    plain = [{str(key): _plain(value) for key, value in one.items()} for one in alternatives]
    return repr(plain)


def _plain(value: Scalar) -> Scalar:
    # A subclass could bring a repr of its own.
    if isinstance(value, bool):
        return bool(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InvalidInputError(f"{value} is no number to search for.")
        return float(value)
    # `str()` of a subclass might give back the subclass.
    return "".join(value)
