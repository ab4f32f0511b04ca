"""Quota from Rucio's limits and use."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magic_rucio.session.quota import make_quota


@pytest.mark.parametrize(
    ("limits", "used", "limit", "left", "unlimited"),
    [
        ({}, 0, None, 0, False),
        ({"OTHER": 5.0}, 3, None, 0, False),
        ({"R": None}, 3, None, None, True),
        ({"R": math.inf}, 3, None, None, True),
        ({"R": -1.0}, 3, None, None, True),
        ({"R": 0.0}, 0, 0, 0, False),
        ({"R": 10.0}, 3, 10, 7, False),
        ({"R": 10.0}, 30, 10, 0, False),
    ],
)
def test_limits(
    limits: dict[str, float | None], used: int, limit: int | None, left: int | None, unlimited: bool
) -> None:
    quota = make_quota("ana", "R", limits, used)
    assert (quota.limit, quota.left, quota.unlimited) == (limit, left, unlimited)


@given(st.floats(allow_nan=False), st.integers(0, 10**18))
def test_what_is_left_is_never_negative(limit: float, used: int) -> None:
    quota = make_quota("ana", "R", {"R": limit}, used)
    assert quota.unlimited == (quota.left is None)
    assert quota.left is None or quota.left >= 0
