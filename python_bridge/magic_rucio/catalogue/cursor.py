"""The place where the next page begins: opaque to the browser, checked when it comes back."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
import zlib
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from magic_rucio.errors import InvalidInputError

Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page: its value in the sorted column (None: not known) and its id."""

    value: Value
    id: int


def bad_cursor(why: str) -> InvalidInputError:
    """Return the refusal, which names the field."""
    return InvalidInputError(
        f"cursor: {why}.",
        code="invalid-cursor",
        advice="Start again from the first page.",
        details={"fields": [{"field": "cursor", "message": why}]},
    )


def digest(query: BaseModel, epoch: str) -> str:
    """Return what a cursor is good for: one index, one filter, one order."""
    asked = query.model_dump(mode="json", exclude={"cursor", "limit"})
    text = json.dumps([epoch, type(query).__name__, asked], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def encode_cursor(cursor: Cursor, good_for: str) -> str:
    """Return the text the browser hands back."""
    text = json.dumps([good_for, cursor.value, cursor.id], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(zlib.crc32(text).to_bytes(4, "big") + text).decode().rstrip("=")


def decode_cursor(text: str, good_for: str, kind: type) -> Cursor:
    """Read a cursor.

    Parameters
    ----------
    good_for : str
        The `digest` of the query it came with.
    kind : type
        str, int or float: the type of the sorted column.

    Raises
    ------
    InvalidInputError
        Where it is not one of ours, or belongs to another filter, order or index.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        if zlib.crc32(raw[4:]).to_bytes(4, "big") != raw[:4]:
            raise bad_cursor("it was altered")
        parts: Any = json.loads(raw[4:])
    except (binascii.Error, UnicodeError, ValueError, RecursionError):
        raise bad_cursor("it is not one that this catalogue gave") from None
    if not (isinstance(parts, list) and len(parts) == 3):
        raise bad_cursor("it is not one that this catalogue gave")
    given, value, row = parts
    if given != good_for:
        raise bad_cursor("it belongs to another filter or order, or the index was made anew since")
    if isinstance(row, bool) or not isinstance(row, int) or not 0 <= row < 2**63:
        raise bad_cursor("it was altered")
    return Cursor(_checked(value, kind), row)


def _checked(value: Any, kind: type) -> Value:
    if value is None:
        return None
    if kind is str and isinstance(value, str) and value.isprintable():
        return value
    if kind is not str and isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
        return float(value) if kind is float else value
    if kind is float and isinstance(value, float) and math.isfinite(value):
        return value
    raise bad_cursor("it was altered")
