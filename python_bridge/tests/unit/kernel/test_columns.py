from __future__ import annotations

import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from magic_rucio.kernel.columns import FLOATS, INTEGERS, WORDS, Row, Runs

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
OBSERVATIONS = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.none() | st.floats(allow_nan=False) for name in FLOATS if name != "created"},
        **{name: st.none() | st.integers(-(2**63) + 1, 2**63 - 1) for name in INTEGERS},
        **{name: st.none() | TEXT for name in WORDS if name != "reason"},
        "hdus": st.none() | st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=3),
    },
)
ROWS = st.lists(
    st.builds(
        Row,
        TEXT,
        st.none() | TEXT,
        st.none() | OBSERVATIONS,
        st.none() | TEXT,
        st.none() | st.floats(0, 1e12),
    ),
    max_size=6,
)


@given(ROWS)
def test_rows_come_out_of_the_wire_as_they_went_in(rows: list[Row]) -> None:
    runs = Runs.from_bytes(Runs.from_rows(rows).to_bytes())
    assert len(runs) == len(rows)
    for index, row in enumerate(rows):
        back = runs.row(index)
        assert (back.did, back.path, back.reason) == (row.did, row.path, row.reason)
        known: dict[str, Any] = row.observation or {}
        for name in (*FLOATS, *INTEGERS, *WORDS):
            if name not in ("created", "reason"):
                assert runs.value(name, index) == known.get(name)
        hdus = known.get("hdus")
        assert runs.hdus.at(index) == (None if hdus is None else tuple(hdus))
        assert (index in runs.present()) == (row.path is not None and row.reason is None)


@given(ROWS, st.data())
def test_taking_some_keeps_them_whole(rows: list[Row], data: st.DataObject) -> None:
    runs = Runs.from_rows(rows)
    indices = data.draw(st.lists(st.integers(0, len(rows) - 1)) if rows else st.just([]))
    taken = runs.take(indices)
    assert [taken.row(k) for k in range(len(indices))] == [runs.row(i) for i in indices]


def test_objects_with_attributes_are_rows_too() -> None:
    class Hdu:
        hdu_type, hdu_class, hdu_name = "events", "events", "EVENTS"

    class Observation:
        __slots__ = ("hdus", "livetime", "obs_id")

        def __init__(self) -> None:
            self.obs_id, self.livetime, self.hdus = 5, math.nan, (Hdu(),)

    runs = Runs.from_rows([Row("a:b", "/x", Observation())])
    assert runs.value("obs_id", 0) == 5
    assert runs.value("livetime", 0) is None
    assert runs.hdus.at(0) == (("events", "events", "EVENTS"),)
