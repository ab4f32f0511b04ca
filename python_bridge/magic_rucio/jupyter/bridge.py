"""The FastAPI application run in process: requests go in through `httpx.ASGITransport`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import quote

import anyio.lowlevel
import httpx
from fastapi import FastAPI

from magic_rucio.api.app import make_app
from magic_rucio.api.wiring import make_host
from magic_rucio.config import load_settings
from magic_rucio.errors import MagicRucioError, UnreachableError
from magic_rucio.rucio.network import tls_context

REQUEST_TIMEOUT_SECONDS = 80.0
"""Longer than a call to Rucio may take, shorter than the browser's 90 s: the explanation arrives first."""

HOST = "http://in-process"

QUERY_CHARACTERS = "%&=+:,;/?@!$'()*~[]"
"""Stay in a query as they are; what is not ASCII is quoted, since the HTTP library takes nothing else."""


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
        settings = load_settings(environment)
        for instance in settings.instances:
            # Read here, in a thread; a wrong certificate is said where it is used.
            with suppress(MagicRucioError):
                tls_context(instance)
        self._host = make_host(settings)
        app = make_app()
        app.state.host = self._host
        asyncio.run(_warm_up(app))
        self._under_way: set[asyncio.Task[httpx.Response]] = set()
        self._closing = False
        self._client = httpx.AsyncClient(
            # An unforeseen error is answered by the application's own handler, not raised here.
            transport=httpx.ASGITransport(app=app, raise_app_exceptions=False),
        )

    async def request(
        self, method: str, path: str, *, query: str, body: bytes, headers: Mapping[str, str]
    ) -> httpx.Response:
        """Pass one request on and return the whole answer.

        Raises
        ------
        UnreachableError
            Where the answer takes too long.
        """
        # A task of its own, that ends before the server does: threads in which it waits end with it.
        asked = asyncio.create_task(
            self._client.request(method, address(path, query), content=body, headers=dict(headers))
        )
        self._under_way.add(asked)
        asked.add_done_callback(self._under_way.discard)
        try:
            # Not by the HTTP library: its timeouts do not reach into an application in process.
            async with asyncio.timeout(REQUEST_TIMEOUT_SECONDS):
                return await asked
        except TimeoutError:
            raise UnreachableError(
                f"The answer took more than {REQUEST_TIMEOUT_SECONDS:.0f} s.",
                code="timeout",
                status=504,
                advice="Try again, with a smaller selection where there is one.",
            ) from None
        except asyncio.CancelledError:
            if not self._closing:
                raise
            raise UnreachableError("The Jupyter server is ending.", status=503) from None

    async def close(self) -> None:
        """End requests under way, background work and connections."""
        self._closing = True
        under_way = list(self._under_way)
        for asked in under_way:
            asked.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await self._client.aclose()
        await self._host.backends.close()


async def _warm_up(app: FastAPI) -> None:
    """Have done here, in a thread, what the libraries put off until they are first used: 200 ms.

    The routes' parts are built when a request is first compared with them, a loop's backend is imported when
    something first waits.
    """
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport) as client:
        await client.get(f"{HOST}/no-such-route")
    await anyio.lowlevel.checkpoint()


def address(path: str, query: str) -> str:
    """Make the address inside the process of what was asked of Jupyter, whatever characters it holds."""
    quoted = quote(path, errors="replace")
    return f"{HOST}/{quoted}?{quote(query, safe=QUERY_CHARACTERS, errors='replace')}"
