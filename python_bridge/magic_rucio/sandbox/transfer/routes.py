"""FTS's REST contract, as far as Rucio's `fts3` transfer tool and FTS's own client use it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from magic_rucio.sandbox.transfer.answers import ALL_FILE_FIELDS
from magic_rucio.sandbox.transfer.config import TransferConfig
from magic_rucio.sandbox.transfer.records import JobRow
from magic_rucio.sandbox.transfer.service import (
    NOT_FOUND,
    NOT_MODIFIED,
    OK,
    JobNotFoundError,
    TransferService,
)
from magic_rucio.sandbox.transfer.submission import BASE_ID, SubmissionError

MAX_IDS = 100
"""A real FTS took 100 ids and refused 230 with 414, for the length of the URL."""

MAX_LISTED = 500


class FtsResponse(Response):
    """JSON with everything beyond ASCII escaped: metadata may hold what UTF-8 cannot."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return json.dumps(content, separators=(",", ":")).encode("ascii")


def identity_router(config: TransferConfig) -> APIRouter:
    """Which FTS this is, and who asks."""
    router = APIRouter(tags=["FTS"])

    @router.get("/")
    def version() -> FtsResponse:
        """Versions, as a real FTS 3.14 tells them."""
        return FtsResponse(
            {
                "delegation": {"major": 1, "minor": 0, "patch": 0},
                "api": {"major": 3, "minor": 14, "patch": 0},
                "core": {"major": "3", "minor": "14", "patch": "0"},
                "schema": {"major": 9, "minor": 0, "patch": 0, "message": "magic-rucio sandbox"},
            }
        )

    @router.get("/whoami")
    def whoami() -> FtsResponse:
        """The one user of the sandbox; Rucio wants `base_id` and `vos`."""
        return FtsResponse(
            {
                "user_dn": config.user_dn,
                "dn": [config.user_dn],
                "vos": [config.vo],
                "vos_id": [],
                "voms_cred": [],
                "roles": [],
                "level": {"transfer": "vo"},
                "is_root": False,
                "method": config.auth_method,
                "base_id": str(BASE_ID),
                "delegation_id": "0123456789abcdef",
            }
        )

    return router


def query_router(service: TransferService) -> APIRouter:
    """Looking at jobs."""
    router = APIRouter(tags=["FTS"])

    @router.get("/jobs")
    def list_jobs(
        state_in: Annotated[str | None, Query()] = None,
        limit: Annotated[int, Query(ge=0, le=MAX_LISTED)] = MAX_LISTED,
    ) -> FtsResponse:
        """Jobs under way, or the newest in the states asked for."""
        rows = service.store.snapshot
        jobs = rows.jobs_in(state_in.split(","), limit) if state_in else rows.jobs_under_way(limit)
        return FtsResponse([service.show(job) for job in jobs if not job.lost])

    @router.get("/jobs/{job_list}")
    def get(job_list: str, files: Annotated[str | None, Query()] = None) -> FtsResponse:
        """One job or several (ids parted by commas, at most 100), with the named fields of their files."""
        job_ids = _split(job_list)
        fields = list(dict.fromkeys(files.split(","))) if files else []
        shown = [service.look_up(job_id, fields) for job_id in job_ids if job_id]
        return _answer(shown, several=len(job_ids) > 1, good={OK})

    @router.get("/jobs/{job_id}/files")
    def get_files(job_id: str) -> FtsResponse:
        """The files of a job with all their fields."""
        return FtsResponse(service.show(_found(service, job_id), ALL_FILE_FIELDS)["files"])

    @router.get("/jobs/{job_id}/{field}")
    def get_field(job_id: str, field: str) -> FtsResponse:
        """One field of a job."""
        shown = service.show(_found(service, job_id))
        if field not in shown:
            raise HTTPException(404, "No such field")
        return FtsResponse(shown[field])

    return router


def change_router(service: TransferService) -> APIRouter:
    """Submitting, cancelling and changing jobs."""
    router = APIRouter(tags=["FTS"])

    @router.post("/jobs")
    @router.put("/jobs", include_in_schema=False)
    async def submit(request: Request) -> FtsResponse:
        """Submit a job; answers its id."""
        body = await read_json(request, service.config.request_bytes)
        return FtsResponse({"job_id": await run_in_threadpool(service.submit, body)})

    @router.delete("/jobs/{job_id}/files/{file_ids}")
    def cancel_files(job_id: str, file_ids: str) -> FtsResponse:
        """Cancel files of a job; their states, or the state of the only one."""
        job = _found(service, job_id)
        if job.job_type != "N":
            raise HTTPException(400, f"Multihop or reuse jobs must be cancelled at once ({job.job_type})")
        numbers = [int(text) if text.isdecimal() and len(text) < 19 else -1 for text in file_ids.split(",")]
        states = service.orders.cancel_files(job_id, numbers)
        return FtsResponse(states if len(states) > 1 else states[0])

    @router.delete("/jobs/{job_list}")
    def cancel(job_list: str) -> FtsResponse:
        """Cancel jobs; one that has ended stays as it is (200 with `304 Not Modified` in the body)."""
        return _for_each(job_list, service.cancel)

    @router.post("/jobs/{job_list}")
    async def modify(job_list: str, request: Request) -> FtsResponse:
        """Change the priority: `{"params": {"priority": 1…5}}`."""
        body = await read_json(request, service.config.request_bytes)
        priority = _priority(body)
        return await run_in_threadpool(
            _for_each, job_list, lambda job_id: service.set_priority(job_id, priority)
        )

    return router


async def read_json(request: Request, limit: int) -> Any:
    """The body of a request, whatever its content type says, as FTS takes it.

    Raises
    ------
    HTTPException
        413 above the limit.
    SubmissionError
        Not JSON.
    """
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > limit:
            raise HTTPException(413, f"The request is larger than {limit} bytes")
    try:
        return json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise SubmissionError("Invalid value within the request: not JSON") from error


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _priority(body: Any) -> int | None:
    try:
        return int(body["params"]["priority"])
    except KeyError:
        return None
    except (TypeError, ValueError, OverflowError) as error:
        raise SubmissionError("Invalid priority value") from error


def _found(service: TransferService, job_id: str) -> JobRow:
    try:
        return service.job(job_id)
    except JobNotFoundError as error:
        raise HTTPException(404, str(error)) from error


def _split(job_list: str) -> list[str]:
    job_ids = job_list.split(",")
    if len(job_ids) > MAX_IDS:
        raise HTTPException(414, "Request-URI Too Long")
    if not any(job_ids):
        raise HTTPException(404, 'No job with the id "" has been found')
    return job_ids


def _for_each(job_list: str, act: Callable[[str], dict[str, Any]]) -> FtsResponse:
    job_ids = _split(job_list)
    return _answer(
        [act(job_id) for job_id in job_ids if job_id], several=len(job_ids) > 1, good={OK, NOT_MODIFIED}
    )


def _answer(shown: Sequence[dict[str, Any]], *, several: bool, good: set[str]) -> FtsResponse:
    """One object with its own status, or a list with 207 as soon as one is not well."""
    if not several:
        status = 200 if shown[0]["http_status"] in good else int(NOT_FOUND[:3])
        return FtsResponse(shown[0], status)
    well = all(entry["http_status"] == OK for entry in shown)
    return FtsResponse(shown, 200 if well else 207)
