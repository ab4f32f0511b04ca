"""Whatever the bytes, one error type at most escapes, and what is read is valid JSON."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from magic_rucio.dl3.pointing import wobble

from .fits_bytes import EVENTS, dl3, outcome, point_like

SMALL = point_like()


@settings(max_examples=250, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    edits=st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.binary(min_size=1, max_size=90)), max_size=6),
    cut=st.integers(0, len(SMALL)) | st.none(),
    packed=st.booleans(),
)
def test_only_the_one_error_ever_escapes(
    tmp_path: Path, edits: list[tuple[int, bytes]], cut: int | None, packed: bool
) -> None:
    content = bytearray(gzip.compress(SMALL, 0) if packed else SMALL)
    for position, data in edits:
        content[position : position + len(data)] = data
    path = tmp_path / "fuzz"
    path.write_bytes(content[:cut])
    assert outcome(path)


@settings(max_examples=150, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.dictionaries(
        st.sampled_from(sorted(EVENTS)),
        st.sampled_from(
            [1.7e308, -1.7e308, 5e-324, 0, -0.0, 1e9, -1e9, 2**63, 10**30, "", "NaN", "-Inf", True, None]
        ),
        min_size=1,
    )
)
def test_no_extreme_number_breaks_the_reader(
    tmp_path: Path, values: dict[str, str | int | float | bool | None]
) -> None:
    path = tmp_path / "extreme.fits"
    path.write_bytes(dl3(EVENTS | values))
    outcome(path)


@settings(max_examples=150, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    line=st.integers(0, 40),
    field=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=70)
    | st.from_regex(rb"[0-9'+\-.EDT/& ]{0,70}", fullmatch=True).map(bytes.decode),
)
def test_no_value_of_any_keyword_breaks_the_reader(tmp_path: Path, line: int, field: str) -> None:
    start = 2880 + line * 80 + 10
    path = tmp_path / "fuzz.fits"
    path.write_bytes(SMALL[:start] + field.encode().ljust(70) + SMALL[start + 70 :])
    assert outcome(path)


@pytest.mark.parametrize("coordinate", [1.7e308, -1.7e308, -999.0])
def test_directions_out_of_range_have_no_wobble(coordinate: float) -> None:
    assert wobble(coordinate, 22.0, -coordinate, 22.0) == (None, None)
    assert wobble(83.0, coordinate, 83.0, 22.0) == (None, None)
