"""An empty index, and a catalogue over a small Rucio."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from magic_rucio.catalogue import watching
from magic_rucio.catalogue.service import CatalogueService
from magic_rucio.catalogue.store import CatalogueStore, open_store
from magic_rucio.catalogue.sync import Syncer
from tests.unit.catalogue.small_rucio import DESTINATION, SmallRucio


@pytest.fixture(autouse=True)
def _without_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look again at each sync at what is looked at again after a while."""
    monkeypatch.setattr(watching, "DELAYS", (0.0,) * 6)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CatalogueStore]:
    store = open_store(tmp_path / "index.sqlite", "test")
    yield store
    store.close()


@pytest.fixture
def rucio() -> SmallRucio:
    return SmallRucio()


@pytest.fixture
def syncer(store: CatalogueStore, rucio: SmallRucio) -> Syncer:
    return Syncer(store, rucio, DESTINATION)


@pytest_asyncio.fixture
async def catalogue(store: CatalogueStore, rucio: SmallRucio) -> AsyncIterator[CatalogueService]:
    service = CatalogueService(store, rucio, destination=DESTINATION)
    yield service
    await service.close()
