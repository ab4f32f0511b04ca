"""The FastAPI application run in process: requests go in through `httpx.ASGITransport`."""

from __future__ import annotations

import os
from collections.abc import Mapping

import httpx

from magic_rucio.api.app import make_app
from magic_rucio.api.wiring import make_host
from magic_rucio.config import load_settings

REQUEST_TIMEOUT_SECONDS = 80.0
"""Longer than every timeout towards Rucio, shorter than the browser's: the explanation arrives first."""


class ApplicationBridge:
    """One application for one Jupyter server.

    Parameters
    ----------
    config_path : str or None
        Overrides where the configuration is sought.
    """

    def __init__(self, *, config_path: str | None = None) -> None:
        environment: Mapping[str, str] = os.environ
        if config_path:
            environment = {**environment, "MAGIC_RUCIO_CONFIG": config_path}
        self._host = make_host(load_settings(environment))
        app = make_app()
        app.state.host = self._host
        self._client = httpx.AsyncClient(
            # An unforeseen error is answered by the application's own handler, not raised here.
            transport=httpx.ASGITransport(app=app, raise_app_exceptions=False),
            base_url="http://in-process",
            timeout=REQUEST_TIMEOUT_SECONDS,
        )

    async def request(
        self, method: str, path: str, *, query: str, body: bytes, headers: Mapping[str, str]
    ) -> httpx.Response:
        """Pass one request on and return the whole answer."""
        url = httpx.URL(path=f"/{path}", query=query.encode())
        return await self._client.request(method, url, content=body, headers=dict(headers))

    async def close(self) -> None:
        """End background work and connections."""
        await self._client.aclose()
        await self._host.backends.close()
