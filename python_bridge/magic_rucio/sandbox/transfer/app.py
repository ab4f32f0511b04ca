"""The FastAPI application: FTS's routes, the sandbox's control, faults that meet requests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exception_handlers import request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from magic_rucio.sandbox.transfer.config import TransferConfig
from magic_rucio.sandbox.transfer.control import control_router
from magic_rucio.sandbox.transfer.faults import FaultBook, Reject
from magic_rucio.sandbox.transfer.routes import FtsResponse, change_router, identity_router, query_router
from magic_rucio.sandbox.transfer.service import DuplicateJobError, TransferService
from magic_rucio.sandbox.transfer.submission import SubmissionError

_NAMES = {419: "Authentication Timeout"}


def build_app(config: TransferConfig) -> FastAPI:
    """Wire the service; it works between start-up and shutdown of the application."""
    service = TransferService(config)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(service.start)
        try:
            yield
        finally:
            await asyncio.to_thread(service.stop)

    app = FastAPI(
        title="Transfer service of the magic-rucio sandbox",
        description="FTS's REST contract over directories; `/control` is the sandbox's own.",
        lifespan=lifespan,
    )
    app.state.service = service
    if config.control:
        # Before the faults and before /jobs/{…}: control answers whatever is broken.
        app.include_router(control_router(service))
    app.include_router(identity_router(config))
    app.include_router(query_router(service))
    app.include_router(change_router(service))
    app.add_middleware(FaultyAnswers, faults=service.faults)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[config.host, *config.allowed_hosts])

    @app.exception_handler(SubmissionError)
    async def bad_request(request: Request, error: SubmissionError) -> FtsResponse:
        return error_answer(400, str(error))

    @app.exception_handler(DuplicateJobError)
    async def duplicate(request: Request, error: DuplicateJobError) -> FtsResponse:
        return error_answer(409, str(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        if request.url.path.startswith("/control"):
            return await request_validation_exception_handler(request, error)
        first = error.errors()[0]
        return error_answer(400, f"{first['loc'][-1]}: {first['msg']}")

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> FtsResponse:
        return error_answer(error.status_code, error.detail)

    return app


def error_answer(status: int, message: str) -> FtsResponse:
    """An error as fts-rest writes it."""
    try:
        name = _NAMES.get(status) or HTTPStatus(status).phrase
    except ValueError:
        name = "Error"
    return FtsResponse({"status": f"{status} {name}", "message": message}, status)


class FaultyAnswers:
    """Rejects or delays requests as the faults in force say; never those to `/control`."""

    def __init__(self, app: ASGIApp, faults: FaultBook) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith("/control"):
            met = await asyncio.to_thread(self._faults.meet_request, scope["method"])
            if met is not None:
                fault_id, fault = met
                if isinstance(fault, Reject):
                    await error_answer(fault.status, fault.message)(scope, receive, send)
                    return
                await self._hang(fault_id, fault.seconds)
        await self._app(scope, receive, send)

    async def _hang(self, fault_id: str, seconds: float) -> None:
        end = time.monotonic() + seconds
        # A look now and then: faults are removed in other threads.
        while self._faults.is_placed(fault_id) and (left := end - time.monotonic()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(min(0.1, left))
