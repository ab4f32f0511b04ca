"""What FTS and gfal2 say, word for word (measured on real ones), and the kind of failure it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magic_rucio.replication.reasons import (
    REASONS,
    UNKNOWN,
    WAITING,
    Words,
    advice_for,
    kind_of,
    waiting_advice,
    words_of,
)

MARKER = (
    "gsiftp performance marker timeout of 360 seconds has been exceeded, or all performance markers during "
    "that period indicated zero bytes transferred"
)

CASES = [
    (f"TRANSFER [110] {MARKER}", "stalled"),
    (f"Recoverable error: [110] TRANSFER {MARKER}", "stalled"),
    ("No FTS server has updated the transfer status the last 900 seconds. Probably stalled", "stalled"),
    ("Recoverable error: [110] SOURCE Connection timed out", "network"),
    ("DESTINATION [70] Name or service not known", "network"),
    ("TRANSFER [70] TRANSFER  an end-of-file was reached", "network"),
    ("TRANSFER [112] Could not connect to server after 1 attempts", "network"),
    ("TRANSFER [110] operation timeout", "network"),
    ("SOURCE [112] SOURCE CHECKSUM (Neon): Could not read status line: Connection reset by peer", "network"),
    (
        "TRANSFER [5] TRANSFER CHECKSUM MISMATCH USER_DEFINE and SRC checksums are different. a != b",
        "checksum",
    ),
    ("DESTINATION [5] Source and destination checksum do not match", "checksum"),
    ("SOURCE [5] SOURCE CHECKSUM MISMATCH Source and user-defined ADLER32 do not match", "source-changed"),
    ("TRANSFER [22] Source and destination file size mismatch", "checksum"),
    ("SOURCE [2] No such file or directory", "source-lost"),
    ("Non recoverable error: [2] SOURCE No such file or directory", "source-lost"),
    ("SOURCE [2] 550 File not found", "source-lost"),
    ("SOURCE [2] SOURCE CHECKSUM HTTP 404 : File not found", "source-lost"),
    ("DESTINATION [2] No such file or directory", "path"),
    ("TRANSFER [2] System error in open: No such file or directory", "path"),
    ("NO_SOURCES:Couldn't find sources", "source-lost"),
    ("DESTINATION [17] Destination file exists and overwrite is not enabled", "exists"),
    ("DESTINATION [17] The destination file exists and overwrite is not enabled", "exists"),
    ("DESTINATION [17] DESTINATION EXISTS  Destination already exist file://x, Cancel", "exists"),
    ("DESTINATION [17] File exists and overwrite is false", "exists"),
    ("TRANSFER [70] System error in write: No space left on device", "space"),
    ("DESTINATION [5] no space left on device (code=28)", "space"),
    ("DESTINATION [28] SRM_NO_FREE_SPACE", "space"),
    ("SOURCE [13] 530-globus_xio: Authentication Error 530- The certificate has expired", "credential"),
    ("SOURCE [2] Could not open the user certificate", "credential"),
    ("DESTINATION [13] 530-Login incorrect. : Gridmap lookup failure", "credential"),
    ("TRANSFER [13] copy HTTP 401 : Authentication Error", "credential"),
    ("DESTINATION [13] Permission denied", "credential"),
    ("TRANSFER [13] proxy expired", "credential"),
    ("SOURCE [11] The source file is not ONLINE", "tape"),
    ("ARCHIVING [110] archive timeout has been exceeded", "tape"),
    ("Job canceled by the user", "cancelled"),
    ("RequestErrMsg.MISMATCH_SCHEME:", "no-way"),
    ("RequestErrMsg.SUBMISSION_FAILED:boom", "transfer-service"),
    ("There is not enough quota left to fulfil the operation.", "quota"),
    ("Target RSE set not sufficient for number of copies", "blocked"),
]


@pytest.mark.parametrize(("words", "kind"), CASES)
@pytest.mark.parametrize("prefix", ["", "RequestErrMsg.TRANSFER_FAILED:", "TRANSFER_FAILED: "])
def test_each_text_has_its_kind(words: str, kind: str, prefix: str) -> None:
    if prefix and words.startswith(("RequestErrMsg", "NO_SOURCES")):
        prefix = ""
    assert kind_of(prefix + words) == kind


def test_every_kind_is_met_and_says_what_to_do() -> None:
    assert {reason.kind for reason in REASONS} == {kind for _, kind in CASES}
    for reason in REASONS:
        assert reason.advice.endswith(".")
        assert reason.advice[0].isupper()


def test_what_nobody_foresaw_and_what_was_not_said() -> None:
    assert advice_for("TRANSFER [5] zork") == UNKNOWN
    assert advice_for(None) == advice_for("") == WAITING


def test_rucios_words_and_ftss_are_told_apart() -> None:
    assert words_of("RequestErrMsg.TRANSFER_FAILED:SOURCE [2] No such file") == Words(
        "TRANSFER_FAILED", "SOURCE [2] No such file"
    )
    assert words_of("RequestErrMsg.NO_SOURCES:").whole == "NO_SOURCES"
    assert words_of("SOURCE [2] No such file") == Words(None, "SOURCE [2] No such file")
    assert words_of("InsufficientTargetRSEs: x") == Words("InsufficientTargetRSEs: x", None)
    assert words_of("RequestErrMsg.TRANSFER_FAILED:SOURCE x").whole == "TRANSFER_FAILED: SOURCE x"


@given(st.text(max_size=400))
def test_whatever_is_said_something_is_advised(text: str) -> None:
    assert advice_for(text)
    assert words_of(text).whole.isprintable()


def test_where_a_file_waits() -> None:
    assert "turn" in waiting_advice("QUEUED", 0)
    assert "held back" in waiting_advice("RequestState.WAITING", 0)
    assert "failed once before" in waiting_advice("SUBMITTED", 1)
    assert "failed 3 times before" in waiting_advice("QUEUED", 3)
    assert waiting_advice(None, 0) == WAITING
