"""Cursors come back from a browser: nothing of them is believed."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from magic_rucio.catalogue.cursor import Cursor, decode_cursor, digest, encode_cursor
from magic_rucio.catalogue.models import RunQuery, SortKey
from magic_rucio.errors import InvalidInputError

GOOD_FOR = digest(RunQuery(), "epoch")


def sealed(parts: Any) -> str:
    """What somebody makes who has read our code."""
    text = json.dumps(parts).encode()
    return base64.urlsafe_b64encode(zlib.crc32(text).to_bytes(4, "big") + text).decode().rstrip("=")


@given(st.none() | st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 2**40))
def test_round_trip_of_numbers(value: float | None, row: int) -> None:
    cursor = Cursor(value, row)
    assert decode_cursor(encode_cursor(cursor, GOOD_FOR), GOOD_FOR, float) == cursor


@given(st.text().filter(str.isprintable), st.integers(0, 2**40))
def test_round_trip_of_words(value: str, row: int) -> None:
    assert decode_cursor(encode_cursor(Cursor(value, row), GOOD_FOR), GOOD_FOR, str) == Cursor(value, row)


@given(st.text(max_size=300))
def test_garbage_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="cursor"):
        decode_cursor(text, GOOD_FOR, float)


@given(st.data())
def test_an_altered_cursor_is_refused(data: st.DataObject) -> None:
    text = encode_cursor(Cursor(12.5, 7), GOOD_FOR)
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from("ABCabc019-_="))
    altered = text[:place] + letter + text[place + 1 :]
    # The last letter holds bits that mean nothing.
    assume(altered.rstrip("=") != text and place < len(text) - 1)
    with pytest.raises(InvalidInputError, match="cursor"):
        decode_cursor(altered, GOOD_FOR, float)


@pytest.mark.parametrize(
    "parts",
    [
        [GOOD_FOR, "text", 1],
        [GOOD_FOR, [1], 1],
        [GOOD_FOR, True, 1],
        [GOOD_FOR, float("nan"), 1],
        [GOOD_FOR, float("inf"), 1],
        [GOOD_FOR, 10**400, 1],
        [GOOD_FOR, 1.0, "1; DROP TABLE run"],
        [GOOD_FOR, 1.0, -1],
        [GOOD_FOR, 1.0, 2**70],
        [GOOD_FOR, 1.0, 1.5],
        [GOOD_FOR, 1.0, True],
        [GOOD_FOR, 1.0],
        {"a": 1},
        "text",
        None,
    ],
)
def test_a_forged_cursor_is_refused(parts: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        decode_cursor(sealed(parts), GOOD_FOR, float)
    assert caught.value.status == 422
    assert caught.value.details["fields"][0]["field"] == "cursor"


def test_a_cursor_is_good_for_one_question() -> None:
    given_for = {
        digest(RunQuery(), "epoch"),
        digest(RunQuery(), "another index"),
        digest(RunQuery(sort=SortKey.ZENITH), "epoch"),
        digest(RunQuery(descending=False), "epoch"),
        digest(RunQuery(text="crab"), "epoch"),
    }
    assert len(given_for) == 5
    assert digest(RunQuery(limit=3, cursor="x"), "epoch") == GOOD_FOR
    with pytest.raises(InvalidInputError, match="another filter"):
        decode_cursor(encode_cursor(Cursor(1.0, 1), GOOD_FOR), digest(RunQuery(text="x"), "epoch"), float)
