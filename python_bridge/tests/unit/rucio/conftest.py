from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import stamina

from magic_rucio.config import RucioInstance
from magic_rucio.rucio import RucioClient

from .server import Server, served


@pytest.fixture(autouse=True)
def at_once() -> Iterator[None]:
    """Try again without waiting."""
    stamina.set_testing(True, attempts=3, cap=True)
    yield
    stamina.set_testing(False)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with served() as server:
        yield server


@pytest.fixture
async def client(server: Server) -> AsyncIterator[RucioClient]:
    async with RucioClient(RucioInstance(rucio_url=server.url), "the-token", timeout=1.0) as client:
        yield client
