"""The client: what this package asks of Rucio, in its own terms."""

from __future__ import annotations

from magic_rucio.rucio.http import RucioHttp
from magic_rucio.rucio.reading import Reading
from magic_rucio.rucio.requests import Requests
from magic_rucio.rucio.rules import Rules
from magic_rucio.rucio.storage_elements import StorageElements
from magic_rucio.rucio.writing import Writing


class RucioClient(Reading, Requests, Rules, StorageElements, Writing):
    """All calls of one account to one Rucio; parameters as of `RucioHttp`."""

    async def close(self) -> None:
        """Close the connections."""
        await self.http.close()

    async def __aenter__(self) -> RucioClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


__all__ = ["RucioClient", "RucioHttp"]
