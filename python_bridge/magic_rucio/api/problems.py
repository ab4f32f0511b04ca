"""Every error as one JSON shape: code, message, advice, details, request id; never a traceback."""

from __future__ import annotations

import logging
import uuid

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from magic_rucio.errors import MagicRucioError
from magic_rucio.session.models import Problem

log = logging.getLogger(__name__)


def request_id(request: Request) -> str:
    """Return the id the caller gave, else a new one."""
    return request.headers.get("X-Request-ID", "")[:64] or uuid.uuid4().hex


def problem_response(status: int, problem: Problem) -> JSONResponse:
    """Wrap a problem."""
    return JSONResponse(
        problem.model_dump(), status_code=status, headers={"X-Request-ID": problem.request_id}
    )


def _known(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, MagicRucioError)
    problem = Problem(
        code=error.code,
        message=error.message,
        advice=error.advice,
        details=error.details,
        request_id=request_id(request),
    )
    return problem_response(error.status, problem)


def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    # The input itself is left out: it may hold a password.
    fields = [
        {"field": ".".join(str(part) for part in e["loc"][1:]) or str(e["loc"][0]), "message": str(e["msg"])}
        for e in error.errors()
    ]
    message = "; ".join(f"{f['field']}: {f['message']}" for f in fields)
    problem = Problem(
        code="invalid-input",
        message=message,
        advice="Correct the named field.",
        details={"fields": fields},
        request_id=request_id(request),
    )
    return problem_response(422, problem)


def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    problem = Problem(
        code="not-found" if error.status_code == 404 else "http",
        message=str(error.detail),
        advice="",
        request_id=request_id(request),
    )
    return problem_response(error.status_code, problem)


def _unknown(request: Request, error: Exception) -> JSONResponse:
    identifier = request_id(request)
    log.error("request %s failed", identifier, exc_info=error)
    problem = Problem(
        code="internal",
        message="Something went wrong on the server that nobody foresaw.",
        advice="Try again; if it stays, report the request id: the server's log has the details under it.",
        request_id=identifier,
    )
    return problem_response(500, problem)


def add_problem_handlers(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(MagicRucioError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unknown)
