"""An observation survives the way to Rucio's metadata and back."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from magic_rucio.dl3 import (
    Dl3Error,
    Hdu,
    Observation,
    from_rucio_metadata,
    read_observation,
    to_rucio_metadata,
)

from .fits_bytes import point_like

TEXT = st.text(min_size=1, max_size=30)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
RUCIO_COLUMNS = {
    *[
        "scope",
        "name",
        "account",
        "did_type",
        "type",
        "is_open",
        "monotonic",
        "hidden",
        "obsolete",
        "complete",
    ],
    *[
        "is_new",
        "availability",
        "suppressed",
        "bytes",
        "length",
        "md5",
        "adler32",
        "expired_at",
        "purge_replicas",
    ],
    *[
        "deleted_at",
        "events",
        "guid",
        "project",
        "datatype",
        "run_number",
        "stream_name",
        "prod_step",
        "version",
    ],
    *[
        "campaign",
        "task_id",
        "panda_id",
        "lumiblocknr",
        "provenance",
        "phys_group",
        "transient",
        "accessed_at",
    ],
    *["closed_at", "eol_at", "is_archive", "constituent", "access_cnt", "created_at", "updated_at"],
}


@st.composite
def observations(draw: st.DrawFn) -> Observation:
    values: dict[str, object] = {}
    for name, field in Observation.model_fields.items():
        kind = str(field.annotation)
        if name in ("bytes", "hdus", "irf_type", "rad_max"):
            continue
        strategy = st.integers(-(2**63), 2**63 - 1) if "int" in kind else NUMBER if "float" in kind else TEXT
        values[name] = draw(st.none() | strategy)
    values["irf_type"] = draw(st.sampled_from([None, "point-like", "full-enclosure"]))
    values["rad_max"] = draw(st.sampled_from([None, "table", "keyword", "none"]))
    hdus = draw(
        st.lists(st.builds(Hdu, hdu_type=TEXT, hdu_class=TEXT, hdu_name=st.text(max_size=30)), max_size=8)
    )
    return Observation.model_validate({**values, "bytes": draw(st.integers(0, 2**53)), "hdus": tuple(hdus)})


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(observations())
def test_nothing_is_lost_through_json(observation: Observation) -> None:
    wire = json.dumps(to_rucio_metadata(observation), allow_nan=False)
    assert from_rucio_metadata(json.loads(wire)) == observation


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(observations())
def test_whole_floats_may_come_back_as_integers(observation: Observation) -> None:
    # PostgreSQL's and JavaScript's JSON write 34.0 as 34.
    wire = {
        key: int(value)
        if isinstance(value, float) and value.is_integer() and math.copysign(1, value) > 0
        else value
        for key, value in to_rucio_metadata(observation).items()
    }
    assert from_rucio_metadata(wire) == observation


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(observations(), observations())
def test_each_key_has_one_type(one: Observation, other: Observation) -> None:
    first, second = to_rucio_metadata(one), to_rucio_metadata(other)
    for key in first.keys() & second.keys():
        assert type(first[key]) is type(second[key])


def test_keys_are_ones_that_rucio_can_search(tmp_path: Path) -> None:
    path = tmp_path / "run.fits"
    path.write_bytes(point_like())
    metadata = to_rucio_metadata(read_observation(path))
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", key) for key in metadata)
    assert not metadata.keys() & RUCIO_COLUMNS
    assert metadata["hdus"] == (
        "events/events/EVENTS;gti/gti/GTI;rad_max/rad_max_2d/RAD_MAX;"
        "aeff/aeff_2d/EFFECTIVE AREA;edisp/edisp_2d/ENERGY DISPERSION"
    )


def test_metadata_of_others_is_passed_over_and_the_size_column_helps() -> None:
    found = from_rucio_metadata(
        {"hdus": "events/events/EVENTS", "bytes": 10, "campaign": "x", "target": None}
    )
    assert (found.bytes, found.target) == (10, None)


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"hdus": 3, "file_bytes": 1},
        {"hdus": "events", "file_bytes": 1},
        {"hdus": "a/b/c/d", "file_bytes": 1},
        {"hdus": "events/events/EVENTS"},
        {"hdus": "events/events/EVENTS", "file_bytes": 1, "ra_pnt": "east"},
        {"hdus": "events/events/EVENTS", "file_bytes": 1, "ra_pnt": float("nan")},
        {"hdus": "events/events/EVENTS", "file_bytes": 1, "obs_id": [1]},
        {"hdus": "events/events/EVENTS", "file_bytes": 1, "rad_max": "perhaps"},
    ],
)
def test_metadata_that_is_not_ours_is_refused(metadata: dict[str, object]) -> None:
    with pytest.raises(Dl3Error, match="metadata that is not of a DL3 file"):
        from_rucio_metadata(metadata)
