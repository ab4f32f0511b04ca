"""A transfer service over real HTTP, with real files in a temporary folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .rig import Rig


@pytest.fixture
def start_rig(tmp_path: Path) -> Iterator[Callable[..., Rig]]:
    rigs: list[Rig] = []

    def start(**settings: object) -> Rig:
        rig = Rig(tmp_path, **settings)
        rigs.append(rig)
        return rig

    yield start
    for rig in rigs:
        rig.stop()


@pytest.fixture
def rig(start_rig: Callable[..., Rig]) -> Rig:
    return start_rig()


@pytest.fixture(scope="module")
def refusing_rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """One service for tests whose requests are all refused and so leave no trace."""
    rig = Rig(tmp_path_factory.mktemp("refusing"))
    yield rig
    rig.stop()
