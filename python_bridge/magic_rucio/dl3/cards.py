"""Values of FITS header cards, as forgiving as the files in the wild need."""

from __future__ import annotations

import contextlib
import math
import re

CARD = 80
INT64_MAX = 2**63 - 1

_INTEGER = re.compile(r"[+-]?[0-9]{1,40}\Z")
_FLOAT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[EeDd][+-]?[0-9]+)?\Z")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")

Value = str | int | float | bool | None


class Header:
    """The cards of one header; values are parsed only when asked for.

    Parameters
    ----------
    raw : bytes
        The header without its END card, a whole number of 80-byte cards.
    """

    __slots__ = ("_cards", "_first")

    def __init__(self, raw: bytes) -> None:
        text = raw.decode("latin-1")
        self._cards = [text[i : i + CARD] for i in range(0, len(text), CARD)]
        # Of a repeated keyword the first counts, as in astropy: hence backwards.
        self._first = {card[:8]: card for card in reversed(self._cards)}

    def value(self, keyword: str) -> Value:
        """The value of a keyword; nothing where it is absent, undefined or unreadable."""
        card = self._first.get(keyword.ljust(8))
        if card is not None and card[8] == "=":
            value = parse_value(card[9:])
            if isinstance(value, str) and value.endswith("&"):
                return self._continued(card, value)
            return value
        if "HIERARCH" in self._first:
            return self._hierarch(keyword)
        return None

    def text(self, keyword: str) -> str | None:
        """A string value (numbers as written), without control characters; nothing where blank."""
        value = self.value(keyword)
        if value is None:
            return None
        return printable(str(value)) or None

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
            for key, card in self._first.items()
            if key.startswith("TTYPE") and isinstance(value := parse_value(card[9:]), str)
        }

    def _continued(self, card: str, value: str) -> str:
        parts = [value]
        for following in self._cards[self._cards.index(card) + 1 :]:
            if not parts[-1].endswith("&") or not following.startswith("CONTINUE"):
                break
            part = parse_value(following[8:])
            if not isinstance(part, str):
                break
            parts[-1] = parts[-1][:-1]
            parts.append(part)
        return "".join(parts)

    def _hierarch(self, keyword: str) -> Value:
        for card in self._cards:
            if card.startswith("HIERARCH"):
                name, equals, rest = card[8:].partition("=")
                if equals and name.strip().upper() == keyword:
                    return parse_value(rest)
        return None


def parse_value(field: str) -> Value:
    """The value in what follows a card's `=`; nothing where it is undefined, complex or not FITS."""
    field = field.lstrip(" ")
    if field.startswith("'"):
        return _quoted(field)
    word = field.partition("/")[0].strip(" ")
    if word in ("T", "F"):
        return word == "T"
    if _INTEGER.match(word):
        return int(word)
    if _FLOAT.match(word):
        return float(word.replace("D", "E").replace("d", "e"))
    return None


def _quoted(field: str) -> str | None:
    # Two quotes stand for one; the first single one ends the string.
    parts = field[1:].split("'")
    text = parts[0]
    rest = iter(parts[1:])
    for part in rest:
        if part:
            return text.rstrip(" ")
        following = next(rest, None)
        if following is None:
            return text.rstrip(" ")
        text += "'" + following
    return None


def as_float(value: Value) -> float | None:
    if isinstance(value, str):
        value = parse_value(value)
    if value is None or isinstance(value, (bool, str)):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def as_int(value: Value) -> int | None:
    if isinstance(value, str):
        value = parse_value(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if abs(value) <= INT64_MAX else None


def printable(text: str) -> str:
    """Text as meant: UTF-8 where it is that, Latin-1 otherwise, control characters marked, ends trimmed."""
    if not text.isascii():
        with contextlib.suppress(UnicodeError):
            text = text.encode("latin-1").decode("utf-8")
    return _CONTROL.sub("\ufffd", text).strip()
