"""Where tokens come from, and what is none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magic_rucio.config import RucioInstance
from magic_rucio.session.tokens import LARGEST_TOKEN_FILE, FoundToken, given_token


def instance(**fields: object) -> RucioInstance:
    return RucioInstance.model_validate({"rucio_url": "http://rucio", **fields})


@pytest.mark.parametrize(
    ("environment", "token_env", "expected"),
    [
        ({}, None, None),
        ({"MAGIC_RUCIO_TOKEN": "a"}, None, "a"),
        ({"RUCIO_AUTH_TOKEN": "b"}, None, "b"),
        ({"MAGIC_RUCIO_TOKEN": "a", "RUCIO_AUTH_TOKEN": "b"}, None, "a"),
        ({"MAGIC_RUCIO_TOKEN": "  ", "RUCIO_AUTH_TOKEN": "b\n"}, None, "b"),
        ({"MINE": "c", "MAGIC_RUCIO_TOKEN": "a"}, "MINE", "c"),
        ({"MAGIC_RUCIO_TOKEN": "a"}, "MINE", None),
    ],
)
def test_variables(environment: dict[str, str], token_env: str | None, expected: str | None) -> None:
    found = given_token(instance(token_env=token_env), environment)
    assert (found.text if found else None) == expected


def test_the_variable_comes_before_the_file_and_the_file_is_read_at_each_call(tmp_path: Path) -> None:
    file = tmp_path / "token"
    where = instance(token_file=file)
    assert given_token(where, {}) is None
    file.write_text("first\n")
    assert given_token(where, {}) == FoundToken("first", "file")
    file.write_text("second\n")
    assert given_token(where, {}) == FoundToken("second", "file")
    assert given_token(where, {"MAGIC_RUCIO_TOKEN": "a"}) == FoundToken("a", "environment")


@pytest.mark.parametrize(
    "content", [b"", b"\n \n", b"two words", b"a\nb", b"\xff\xfe", b"\x00", "é".encode(), b"x" * (1 << 17)]
)
def test_what_is_no_token_in_a_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "token").write_bytes(content)
    assert given_token(instance(token_file=tmp_path / "token"), {}) is None


def test_the_largest_token_is_taken_whole(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("x" * LARGEST_TOKEN_FILE)
    found = given_token(instance(token_file=tmp_path / "token"), {})
    assert found is not None
    assert len(found.text) == LARGEST_TOKEN_FILE


def test_places_that_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path, tmp_path / "pipe", Path("/dev/zero")):
        assert given_token(instance(token_file=place), {}) is None


@given(st.text(max_size=40))
def test_a_token_can_always_stand_in_a_header(text: str) -> None:
    found = given_token(instance(), {"MAGIC_RUCIO_TOKEN": text})
    if found is not None:
        assert found.text.isascii()
        assert found.text.isprintable()
        assert found.text not in repr(found) or found.text in "FoundToken(source='environment')"
