"""What is watched is looked at less and less often, then no more."""

from __future__ import annotations

import time

import pytest

from magic_rucio.catalogue import watching
from magic_rucio.catalogue.watching import Watched


def test_looks_get_rarer_and_end(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: clock)
    monkeypatch.setattr(watching, "DELAYS", (5.0, 15.0))
    watched = Watched()
    watched.add(["a", "b"])
    watched.drop(["b"])
    looks = []
    for _ in range(60):
        if watched.due(10) == ["a"]:
            looks.append(clock - 1000)
        clock += 1
    assert looks == [0, 5, 20]


def test_no_more_at_once_than_asked_for_and_none_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "DELAYS", (5.0,))
    watched = Watched()
    watched.add(str(number) for number in range(10))
    seen = [did for _ in range(4) for did in watched.due(3)]
    assert sorted(seen) == sorted(str(number) for number in range(10))
