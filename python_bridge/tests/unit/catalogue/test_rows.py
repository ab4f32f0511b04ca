"""Rows made of metadata that may be anything."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magic_rucio.catalogue.models import IrfType, Run
from magic_rucio.catalogue.pages import NAMES
from magic_rucio.catalogue.rows import describe, is_dl3, looks_like_dl3, read_observation
from magic_rucio.dl3.models import Observation
from tests.unit.catalogue.small_rucio import name_of, observation

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def as_run(values: dict[str, Any]) -> Run:
    """The row as the API would give it."""
    return Run.model_validate(
        {**dict.fromkeys(NAMES), **values, "availability": "unknown", "checked_at": None}
    )


def test_a_described_run() -> None:
    row = describe("magic", name_of(5029747), observation(5029747, lo_thres=0.08), 207_360)
    assert row.fault is None
    assert row.values["described"] is True
    assert row.values["event_rate"] == pytest.approx(11000 / 1178.07)
    assert row.values["irf_type"] == IrfType.POINT_LIKE_TABLE
    assert row.values["energy_threshold"] == 0.08
    assert row.values["bytes"] == 207_360
    assert "crabnebula 5029747 2020-01-02 magic:dl3/" in row.words
    kept = read_observation(row.metadata)
    assert kept is not None
    assert kept.obs_id == 5029747
    assert [hdu.hdu_name for hdu in kept.hdus] == ["EVENTS", "GTI", "RAD_MAX"]


def test_without_metadata_the_name_speaks() -> None:
    row = describe("magic", name_of(5029747, "4C+39.12", "2013-10-04"), None, 5)
    assert row.fault is None
    assert row.values["described"] is False
    assert (row.values["run"], row.values["target"]) == (5029747, "4C+39.12")
    assert (row.values["night"], row.values["wobble_offset"]) == ("2013-10-04", 0.4)
    assert row.values["livetime"] is None


def test_the_header_wins_over_the_name_and_the_name_fills_gaps() -> None:
    metadata = observation(7, target=None)
    row = describe("magic", name_of(5029747, "Mrk421"), metadata, 5)
    assert (row.values["run"], row.values["target"]) == (7, "Mrk421")


@pytest.mark.parametrize(
    "changes",
    [
        {"livetime": "<b>long</b>"},
        {"livetime": float("nan")},
        {"livetime": float("inf")},
        {"obs_id": 2**200},
        {"obs_id": 2**53},
        {"event_count": 1.5},
        {"target": "x" * 101},
        {"target": "Crab\x00Nebula"},
        {"target": "Crab\ud800"},
        {"target": "two\nlines"},
        {"target": ["Crab"]},
        {"dec_pnt": 91},
        {"livetime": 1e300},
        {"ra_pnt": -1e13},
        {"hdus": 3},
        {"hdus": "events/events"},
        {"hdus": "a/b/c;" * 20_000},
        {"irf_type": "other"},
    ],
)
def test_hostile_metadata_are_refused_and_the_run_is_shown(changes: dict[str, Any]) -> None:
    row = describe("magic", name_of(5029747), observation(5029747, **changes), 5)
    assert row.fault
    assert len(row.fault) <= 300
    assert row.values["described"] is False
    assert row.values["run"] == 5029747
    assert row.metadata == "{}"
    as_run(row.values)


def test_numbers_that_sums_and_squares_would_fail_on() -> None:
    row = describe("magic", name_of(1), observation(1, livetime=5e-324, dec_pnt=2e-166, ra_pnt=0.0), 2**60)
    assert (row.values["livetime"], row.values["event_rate"], row.values["bytes"]) == (0.0, None, 0)
    assert (row.values["x"], row.values["y"], row.values["z"]) == (1.0, 0.0, 0.0)


def test_html_stays_text() -> None:
    row = describe("magic", name_of(1), observation(1, target="<img src=x onerror=alert(1)>"), 5)
    assert row.values["target"] == "<img src=x onerror=alert(1)>"


@given(st.dictionaries(st.sampled_from([*Observation.model_fields, "file_bytes", "other"]), ANYTHING))
def test_no_metadata_break_a_row(changes: dict[str, Any]) -> None:
    metadata = observation(1)
    for key, value in changes.items():
        metadata[key] = value
    row = describe("magic", name_of(1), metadata, 5)
    as_run(row.values)
    json.dumps(row.values, allow_nan=False).encode()
    row.words.encode()
    row.metadata.encode()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (name_of(1), True),
        ("run_05029748_DL3.fits", True),
        ("x/dl3_LST-1.Run03265.fits.gz", True),
        ("DL3/x/y.txt", False),
        ("DL3/Crab/events.fits", False),
        ("20210314_05095172_Q_CrabNebula-W0.40+035.root", False),
    ],
)
def test_names(name: str, expected: bool) -> None:
    assert looks_like_dl3(name) is expected
    assert is_dl3(name, {}) is expected
    assert is_dl3(name, {"level": "DL3"})
