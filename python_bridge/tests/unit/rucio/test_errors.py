"""Rucio's exceptions as ours: the class decides, not the status."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from magic_rucio.errors import (
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    MagicRucioError,
    NotFoundError,
    SignInNeededError,
    UnreachableError,
)
from magic_rucio.rucio.errors import _KNOWN, DuplicateRuleError, QuotaError, clean_words, rucio_error


def error(status: int, name: str, words: str = "") -> MagicRucioError:
    return rucio_error(status, httpx.Headers({"ExceptionClass": name, "ExceptionMessage": words}), "asked")


@pytest.mark.parametrize(
    ("status", "name", "words", "kind", "code"),
    [
        (400, "ValueError", "Token must be set.", SignInNeededError, "sign-in-needed"),
        (401, "CannotAuthenticate", "Cannot authenticate", SignInNeededError, "sign-in-needed"),
        (409, "InsufficientAccountLimit", "There is not enough quota", QuotaError, "quota"),
        (401, "AccessDenied", "no", ForbiddenError, "forbidden"),
        (500, "AccessDenied", "no", ForbiddenError, "forbidden"),
        (409, "DuplicateRule", "(psycopg.errors.UniqueViolation)", DuplicateRuleError, "duplicate-rule"),
        (409, "InvalidRSEExpression", "resulted in an empty set.", InvalidInputError, "unknown-rse"),
        (400, "InvalidRSEExpression", "Problem with parentheses.", InvalidInputError, "unknown-rse"),
        (409, "InsufficientTargetRSEs", "", ConflictError, "rse-unavailable"),
        (404, "DataIdentifierNotFound", "", NotFoundError, "did-not-found"),
        (404, "ScopeNotFound", "", NotFoundError, "scope-not-found"),
        (412, "FileConsistencyMismatch", "", ConflictError, "content-differs"),
        (401, "UnsupportedOperation", "", ConflictError, "locked-rule"),
        (500, "InvalidObject", "", InvalidInputError, "invalid-object"),
        (500, "", "", UnreachableError, "rucio-failed"),
        (503, "", "", UnreachableError, "unreachable"),
        (429, "", "", UnreachableError, "unreachable"),
        (401, "", "", SignInNeededError, "sign-in-needed"),
        (404, "", "", UnreachableError, "not-rucio"),
        (404, "SomethingNotFound", "words", InvalidInputError, "rucio-refuses"),
    ],
)  # fmt: skip
def test_the_class_decides(status: int, name: str, words: str, kind: type, code: str) -> None:
    found = error(status, name, words)
    assert type(found) is kind
    assert found.code == code


def test_raw_sql_is_not_shown() -> None:
    found = error(
        409, "DuplicateRule", "(psycopg.errors.UniqueViolation) duplicate key [SQL: INSERT INTO rules"
    )
    assert "SQL" not in found.message + str(found.details)
    found = error(500, "DatabaseException", "Database exception.\nDetails: (psycopg) [SQL: SELECT token")
    assert "SQL" not in found.message + str(found.details)


@pytest.mark.parametrize("name", sorted(_KNOWN))
def test_every_known_class_is_a_sentence(name: str) -> None:
    known = _KNOWN[name]
    assert known.message[0].isupper()
    assert known.message.endswith(".")
    assert not known.advice or known.advice.endswith(".")


@given(st.text(max_size=600))
def test_words_stay_on_one_short_line(text: str) -> None:
    words = clean_words(text)
    assert len(words) <= 300
    assert words.isprintable()
    assert words == words.strip()


@given(st.integers(400, 599), st.text("Aé\x00z", max_size=10), st.text(max_size=50))
def test_whatever_comes_is_an_error_of_ours(status: int, name: str, words: str) -> None:
    found = rucio_error(status, {"ExceptionClass": name, "ExceptionMessage": words}, "asked")
    assert found.message
    assert 400 <= found.status < 600
