"""What the parts of the client share: the connection, and reading records out of answers."""

from __future__ import annotations

from typing import Any, TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from magic_rucio.config import RucioInstance
from magic_rucio.errors import UnreachableError
from magic_rucio.rucio.http import RucioHttp, Token
from magic_rucio.rucio.records import Record

Kind = TypeVar("Kind", bound=Record)
Value = TypeVar("Value")


class Base:
    """Holds the connection."""

    def __init__(
        self,
        instance: RucioInstance,
        token: Token | str,
        *,
        timeout: float = 20.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.instance = instance
        self.http = RucioHttp(instance, token, timeout=timeout, transport=transport)


def read(kind: type[Kind], value: Any, what: str) -> Kind:
    """Check a record.

    Raises
    ------
    UnreachableError
        Naming the field that is not as Rucio documents it.
    """
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        raise _unexpected(error, what) from None


def read_value(kind: TypeAdapter[Value], value: Any, what: str) -> Value:
    """Check a plain value: a list of names, a mapping.

    Raises
    ------
    UnreachableError
        Where it is of another form.
    """
    try:
        return kind.validate_python(value)
    except ValidationError as error:
        raise _unexpected(error, what) from None


def _unexpected(error: ValidationError, what: str) -> UnreachableError:
    place = ".".join(str(part) for part in error.errors()[0]["loc"]) or "its beginning"
    return UnreachableError(
        f"Rucio's answer has an unexpected form at {place[:100]!r} ({what}).",
        code="not-rucio",
        advice="This version of Rucio may not be supported: 41 is.",
    )


TEXTS: TypeAdapter[list[str]] = TypeAdapter(list[str])
MAPPING: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])
LIMITS: TypeAdapter[dict[str, float | None]] = TypeAdapter(dict[str, float | None])
