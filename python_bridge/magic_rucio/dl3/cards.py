"""Values of FITS header cards, as forgiving as the files in the wild need."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import dropwhile, islice

CARD = 80
INT64_MAX = 2**63 - 1

_CARDS = struct.Struct("9s71s")

_VALUE = re.compile(
    rb" *(?:"
    rb"'((?:[^']|'')*)'"  # 1: text, in which two quotes stand for one
    rb"|([+-]?[0-9]{1,40})(?= |/|\Z)"  # 2: whole number
    rb"|([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[EeDd][+-]?[0-9]+)?)(?= |/|\Z)"  # 3: other number
    rb"|([TF])(?= |/|\Z)"  # 4: logical
    rb")"
)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")

Value = str | int | float | bool | None


class Header:
    """The cards of one header; values are parsed only when asked for.

    Parameters
    ----------
    raw : bytes
        The header without its END card, a whole number of 80-byte cards.
    """

    __slots__ = ("_first", "raw")

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        # Of a repeated keyword the first counts, as in astropy: hence backwards.
        self._first = dict(reversed(list(_CARDS.iter_unpack(raw))))

    def value(self, keyword: str) -> Value:
        """The value of a keyword; nothing where it is absent, undefined or unreadable."""
        field = self._first.get(_beginning(keyword))
        if field is None:
            return self._hierarch(keyword) if b"HIERARCH " in self._first else None
        value = parse_value(field)
        if isinstance(value, str) and value.endswith("&"):
            return self._continued(keyword, value)
        return value

    def text(self, keyword: str) -> str | None:
        """A string value (numbers as written), without control characters; nothing where blank."""
        field = self._first.get(_beginning(keyword))
        if field is not None and b"&" not in field:
            return _text_in(field)
        return _as_text(self.value(keyword))

    def number(self, keyword: str) -> float | None:
        """A finite number, also where it was written as a string."""
        return as_float(self.value(keyword))

    def integer(self, keyword: str) -> int | None:
        """A whole number within 64 bits, also where it was written as `5029748.` or as a string."""
        return as_int(self.value(keyword))

    def columns(self) -> set[str]:
        """Names of a table's columns, upper case."""
        return {
            value.upper()
            for key, field in self._first.items()
            if key.startswith(b"TTYPE") and isinstance(value := parse_value(field), str)
        }

    def _cards(self, start: int = 0) -> Iterator[bytes]:
        for offset in range(start, len(self.raw), CARD):
            yield self.raw[offset : offset + CARD]

    def _continued(self, keyword: str, value: str) -> str:
        cards = dropwhile(lambda card: not card.startswith(_beginning(keyword)), self._cards())
        parts = [value]
        for card in islice(cards, 1, None):
            part = parse_value(card[8:]) if card.startswith(b"CONTINUE") else None
            if not parts[-1].endswith("&") or not isinstance(part, str):
                break
            parts[-1] = parts[-1][:-1]
            parts.append(part)
        return "".join(parts)

    def _hierarch(self, keyword: str) -> Value:
        for card in self._cards():
            if card.startswith(b"HIERARCH"):
                name, equals, rest = card[8:].partition(b"=")
                if equals and name.strip().upper() == keyword.encode():
                    return parse_value(rest)
        return None


@cache
def _beginning(keyword: str) -> bytes:
    return keyword.ljust(8).encode() + b"="


@lru_cache(maxsize=2048)  # the same few texts stand in the headers of all files of a telescope
def _text_in(field: bytes) -> str | None:
    return _as_text(parse_value(field))


def _as_text(value: Value) -> str | None:
    return None if value is None else printable(str(value)) or None


def parse_value(field: bytes) -> Value:
    """The value in what follows a card's `=`; nothing where it is undefined, complex or not FITS.

    Text is decoded as UTF-8 where it is that, as Latin-1 otherwise; its trailing blanks do not count.
    """
    found = _VALUE.match(field)
    if found is None:
        return None
    kind = found.lastindex
    if kind == 1:
        return _decoded(found[1].replace(b"''", b"'").rstrip(b" "))
    if kind == 2:
        return int(found[2])
    if kind == 3:
        return float(found[3].replace(b"D", b"E").replace(b"d", b"e"))
    return found[4] == b"T"


def _decoded(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeError:
        return text.decode("latin-1")


def as_float(value: Value) -> float | None:
    """A finite number, or nothing."""
    if isinstance(value, str):
        value = _number_in(value)
    if value is None or isinstance(value, (bool, str)):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def as_int(value: Value) -> int | None:
    """A whole number within 64 bits, or nothing."""
    if isinstance(value, str):
        value = _number_in(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if abs(value) <= INT64_MAX else None


def _number_in(text: str) -> Value:
    text = text.strip()
    value = parse_value(text.encode())
    return None if "/" in text or " " in text else value


def printable(text: str) -> str:
    """Text with control characters marked and ends trimmed."""
    return text.strip() if text.isprintable() else _CONTROL.sub("\ufffd", text).strip()
