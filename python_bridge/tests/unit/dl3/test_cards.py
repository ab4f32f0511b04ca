"""Header cards as they are written in the wild."""

from __future__ import annotations

import pytest

from magic_rucio.dl3.cards import Header, Value, parse_value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("                    5 / five", 5),
        (" -7", -7),
        (" 1.5D3 / double", 1500.0),
        (" 1.5d-3", 0.0015),
        (" .5", 0.5),
        (" 52706.", 52706.0),
        (" 1E400", float("inf")),
        ("                    T / true", True),
        (" F", False),
        (" 'MAGIC   '           / telescope", "MAGIC"),
        (" 'it''s a / slash' / comment's", "it's a / slash"),
        (" ''", ""),
        (" '      '", ""),
        (" 'open", None),
        ("                      / undefined", None),
        ("", None),
        (" (1.0, 2.0)", None),
        (" 1_000", None),
        (" 12abc", None),
        (" NaN", None),
        (" \u0661\u0662", None),
        (" " + "9" * 60, 1e60),
    ],
)
def test_values_are_read_as_fits_means_them(field: str, value: Value) -> None:
    assert parse_value(field.encode()) == value


def header(*cards: bytes) -> Header:
    return Header(b"".join(card.ljust(80) for card in cards))


def test_a_run_number_may_be_a_float_or_a_string() -> None:
    assert header(b"OBS_ID  =             5029748.").integer("OBS_ID") == 5029748
    assert header(b"OBS_ID  = '5029748 '").integer("OBS_ID") == 5029748
    assert header(b"OBS_ID  = 'chunks 103 - 133'").integer("OBS_ID") is None
    assert header(b"OBS_ID  = 1.5").integer("OBS_ID") is None
    assert header(b"OBS_ID  = T").integer("OBS_ID") is None
    assert header(b"OBS_ID  = 99999999999999999999").integer("OBS_ID") is None


def test_numbers_are_finite_or_nothing() -> None:
    assert header(b"RA_PNT  = 1E999").number("RA_PNT") is None
    assert header(b"RA_PNT  = 'NaN'").number("RA_PNT") is None
    assert header(b"RA_PNT  = '83.5'").number("RA_PNT") == 83.5
    assert header(b"EQUINOX = '        '").number("EQUINOX") is None


def test_long_strings_go_on_over_continue_cards() -> None:
    long = header(
        b"OBJECT  = 'Crab &'", b"CONTINUE  'Nebula &'", b"CONTINUE  'W0.40' / wobble", b"CONTINUE  'no'"
    )
    assert long.text("OBJECT") == "Crab Nebula W0.40"


def test_an_ampersand_without_continuation_is_text() -> None:
    assert header(b"OBJECT  = 'A&'", b"OTHER   = 1").text("OBJECT") == "A&"


def test_hierarch_comments_and_history_disturb_nothing() -> None:
    cards = header(
        b"COMMENT OBS_ID  = 1",
        b"HISTORY = 'OBS_ID'",
        b"HIERARCH magic obs id = 3 / other",
        b"HIERARCH OBS_ID = 42",
        b"        ",
    )
    assert cards.integer("OBS_ID") == 42


def test_the_first_of_two_equal_keywords_counts() -> None:
    assert header(b"OBS_ID  = 1", b"OBS_ID  = 2").integer("OBS_ID") == 1


def test_text_is_utf8_or_latin1_and_free_of_control_characters() -> None:
    assert header("OBJECT  = 'Markarián'".encode()).text("OBJECT") == "Markarián"
    assert header("OBJECT  = 'Markarián'".encode("latin-1")).text("OBJECT") == "Markarián"
    assert header(b"OBJECT  = 'Crab\x1b[31m\n'").text("OBJECT") == "Crab\ufffd[31m\ufffd"
