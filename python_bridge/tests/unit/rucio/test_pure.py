from __future__ import annotations

import ast
from datetime import UTC, datetime
from urllib.parse import unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magic_rucio.errors import InvalidInputError
from magic_rucio.rucio import Did
from magic_rucio.rucio.batches import batches, in_batches
from magic_rucio.rucio.literals import filters_text
from magic_rucio.rucio.paths import ROUTE_WORDS, path_of
from magic_rucio.rucio.times import as_time


class Sly(str):
    def __repr__(self) -> str:
        return "__import__('os').system('id')"


@given(
    st.dictionaries(st.text(), st.text() | st.integers() | st.floats(allow_nan=False, allow_infinity=False))
)
def test_filters_are_read_back_as_they_were_given(filters: dict[str, str | int | float]) -> None:
    assert ast.literal_eval(filters_text(filters)) == [filters]


def test_no_input_breaks_out_of_a_filter() -> None:
    for text in ("'}] + [{'scope': 'other", '"', "\\", "\\'", "\n", "{}", "\u2028"):
        assert ast.literal_eval(filters_text({"TARGET": text})) == [{"TARGET": text}]
    assert ast.literal_eval(filters_text({Sly("k"): Sly("v")})) == [{"k": "v"}]
    assert ast.literal_eval(filters_text([{"RUN.gte": 5}, {"x": True}])) == [{"RUN.gte": 5}, {"x": True}]


def test_numbers_that_are_no_literals_are_refused() -> None:
    for number in (float("nan"), float("inf")):
        with pytest.raises(InvalidInputError):
            filters_text({"x": number})


@given(st.text(max_size=60))
def test_a_name_stays_one_part_of_the_path(name: str) -> None:
    try:
        path = path_of("dids", Did("s", name), "files")
    except InvalidInputError:
        return
    assert path.startswith("/dids/s/")
    assert path.count("/") == 4
    assert "?" not in path
    assert "#" not in path
    assert unquote_plus(path.split("/")[3]) == name


@pytest.mark.parametrize(
    "name", ["/a", "a/", "a//b", "..", "a/../b", "./a", "a/.", "a\nb", "a\0", "\ud800", ""]
    + [f"a/{word}" for word in sorted(ROUTE_WORDS)],
)  # fmt: skip
def test_names_that_would_be_read_as_something_else_are_refused(name: str) -> None:
    with pytest.raises(InvalidInputError):
        path_of("dids", Did("s", name))
    with pytest.raises(InvalidInputError):
        path_of("rules", "..")


def test_dids() -> None:
    did = Did.parse("magic-dl3:a/b+c.fits")
    assert (did.scope, did.name, str(did)) == ("magic-dl3", "a/b+c.fits", "magic-dl3:a/b+c.fits")
    assert len({did, Did.parse(str(did))}) == 1
    for text in ("", "a", ":b", "a:", "a: b", "a:b\n", "a:b\x07", "a" * 101 + ":b", "a:" + "b" * 501):
        with pytest.raises(InvalidInputError):
            Did.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 23 Nov 2026 09:48:24 UTC",
        "Mon, 23 Nov 2026 09:48:24 GMT",
        "Mon, 23 Nov 2026 09:48:24 -0000",
        "2026-11-23T09:48:24",
        "2026-11-23 09:48:24",
        "2026-11-23T10:48:24+01:00",
    ],
)
def test_times_in_every_spelling(text: str) -> None:
    assert as_time(text) == datetime(2026, 11, 23, 9, 48, 24, tzinfo=UTC)


@given(st.text())
def test_what_is_no_time_is_none(text: str) -> None:
    found = as_time(text)
    assert found is None or found.tzinfo is UTC


@given(st.lists(st.integers()), st.integers(1, 7))
def test_batches_keep_everything_in_order(items: list[int], size: int) -> None:
    cut = list(batches(items, size))
    assert [item for batch in cut for item in batch] == items
    assert all(0 < len(batch) <= size for batch in cut)


async def test_batches_run_a_few_at_once_and_stop_at_the_first_failure() -> None:
    began: list[int] = []

    async def call(batch: list[int]) -> list[int]:
        began.append(batch[0])
        if batch[0] == 4:
            raise ValueError
        return batch

    found: list[int] = []
    with pytest.raises(ValueError):  # noqa: PT012 - what came before the failure counts
        async for item in in_batches(list(range(100)), call, size=2):
            found.append(item)
    assert found == [0, 1, 2, 3]
    assert len(began) < 8
