"""A small Rucio that knows accounts, limits and tokens, on a real port."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import stamina
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

PASSWORD = "the-password-of-ana"


@dataclass
class SmallRucio:
    """What it knows may be changed by a test at any time."""

    url: str = ""
    tokens: dict[str, str] = field(default_factory=lambda: {"token-of-ana": "ana"})
    seconds: float = 0.0
    life: timedelta = timedelta(hours=1)
    limits: Response | None = None
    whoami: Response | None = None
    asked: list[str] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        await asyncio.sleep(self.seconds)
        if request.url.path == "/auth/userpass":
            return self._sign_in(request)
        account = self.tokens.get(request.headers.get("X-Rucio-Auth-Token", ""))
        if account is None:
            return refusal(401, "CannotAuthenticate", "Cannot authenticate with given credentials")
        if request.url.path == "/accounts/whoami":
            there = {"Location": f"{self.url}/accounts/{account}"}
            return self.whoami or Response(status_code=303, headers=there)
        if request.url.path.endswith("/limits/local"):
            return self.limits or JSONResponse({"PIC-DCACHE": 1000})
        usage = b'{"rse": "PIC-DCACHE", "bytes": 400, "files": 1, "bytes_limit": 1000}\n'
        return Response(usage, media_type="application/x-json-stream")

    def _sign_in(self, request: Request) -> Response:
        if request.headers.get("X-Rucio-Password") != PASSWORD:
            return refusal(401, "CannotAuthenticate", "Cannot authenticate to account")
        token = f"issued-{len(self.tokens)}"
        self.tokens[token] = request.headers["X-Rucio-Account"]
        end = f"{datetime.now(UTC) + self.life:%a, %d %b %Y %H:%M:%S} UTC"
        return Response(headers={"X-Rucio-Auth-Token": token, "X-Rucio-Auth-Token-Expires": end})


def refusal(status: int, name: str, words: str = "") -> Response:
    return Response(status_code=status, headers={"ExceptionClass": name, "ExceptionMessage": words})


async def serve(rucio: SmallRucio) -> AsyncIterator[SmallRucio]:
    app = Starlette(routes=[Route("/{path:path}", rucio.answer, methods=["GET"])])
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
    )
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        rucio.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:  # noqa: ASYNC110 - uvicorn gives no event to wait for
            await asyncio.sleep(0.01)
        yield rucio
        server.should_exit = server.force_exit = True
        await serving


@pytest.fixture(autouse=True)
def at_once() -> Iterator[None]:
    """Try again without waiting."""
    stamina.set_testing(True, attempts=2, cap=True)
    yield
    stamina.set_testing(False)


@pytest.fixture
async def rucio() -> AsyncIterator[SmallRucio]:
    async for rucio in serve(SmallRucio()):
        yield rucio


@pytest.fixture
async def other_rucio() -> AsyncIterator[SmallRucio]:
    async for rucio in serve(SmallRucio(tokens={"token-elsewhere": "bob"})):
        yield rucio
