from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina

from magic_rucio.downloads import cache

from .door import Door, served


@pytest.fixture
def door() -> Iterator[Door]:
    with served() as door:
        yield door


@pytest.fixture
def other_door() -> Iterator[Door]:
    with served() as door:
        yield door


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Try again at once, and need no room beyond the files."""
    monkeypatch.setattr(cache, "SPARE_BYTES", 0)
    stamina.set_testing(True, attempts=4, cap=True)
    yield
    stamina.set_testing(False)
