"""`/control`: what only the sandbox has. Faults to inject, and what moves now.

`POST /control/faults` takes one fault, for example

    {"kind": "stall", "match": {"link": "ORM->PIC-DCACHE"}, "seconds": 20, "count": 1}
    {"kind": "fail", "match": {"source": "*05094163*"}, "scope": "SOURCE", "errno": 2,
     "message": "No such file or directory", "count": 3}
    {"kind": "reject", "status": 419, "message": "No delegation found"}

and answers it with its `id`; the kinds are described in `faults.py` and in the OpenAPI document.
`DELETE /control/faults/{id}` ends one (a hanging answer comes at once), `DELETE /control/faults` all.
"""

from __future__ import annotations

import hmac
import os
import secrets
import stat
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException
from pydantic import BaseModel

from magic_rucio.errors import InvalidInputError
from magic_rucio.sandbox.transfer import faults as faults_module
from magic_rucio.sandbox.transfer.faults import Fault, PlacedFault
from magic_rucio.sandbox.transfer.run import Run
from magic_rucio.sandbox.transfer.service import TransferService


class MovingFile(BaseModel):
    """One transfer that moves now."""

    file_id: int
    job_id: str
    source: str
    destination: str
    link: str
    source_rse: str
    destination_rse: str
    bytes_done: int
    bytes_total: int | None
    """Null until the source has been opened."""
    started: float
    """Seconds since 1970."""


class Traffic(BaseModel):
    """What moves now, and how many files are under way by state."""

    moving: list[MovingFile]
    files: dict[str, int]


def control_router(service: TransferService) -> APIRouter:
    """The routes of `/control`, guarded by the token if the configuration names a file for it."""
    path = service.config.control_token_file
    token = None if path is None else read_or_make_token(path)

    def guard(authorization: Annotated[str, Header()] = "") -> None:
        if token is not None and not hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
            raise HTTPException(401, "The control token is missing or wrong")

    router = APIRouter(prefix="/control", tags=["sandbox control"], dependencies=[Depends(guard)])

    @router.get("/faults")
    def list_faults() -> list[PlacedFault]:
        """The faults in force, oldest first; `used` tells how often each has struck."""
        return service.faults.all()

    @router.post("/faults", status_code=201, description=faults_module.__doc__)
    def add_fault(fault: Fault) -> PlacedFault:
        return service.faults.place(fault)

    @router.delete("/faults", status_code=204)
    def remove_all_faults() -> None:
        """End all faults. Jobs that were lost stay lost."""
        for placed in service.faults.all():
            service.faults.remove(placed.id)

    @router.delete("/faults/{fault_id}", status_code=204)
    def remove_fault(fault_id: str) -> None:
        """End one fault."""
        if not service.faults.remove(fault_id):
            raise HTTPException(404, f"No fault with the id {fault_id!r}")

    @router.get("/transfers")
    def traffic() -> Traffic:
        """What moves now with its progress, and the number of files under way."""
        moving = [_show(run) for run in service.scheduler.moving()]
        return Traffic(moving=moving, files=service.store.snapshot.counts())

    return router


def _show(run: Run) -> MovingFile:
    return MovingFile(
        file_id=run.name.file_id,
        job_id=run.name.job_id,
        source=run.name.source,
        destination=run.name.destination,
        link=run.name.link,
        source_rse=run.name.source_rse,
        destination_rse=run.name.destination_rse,
        bytes_done=run.bytes_done,
        bytes_total=run.bytes_total,
        started=run.started,
    )


def read_or_make_token(path: Path) -> str:
    """The control token; a new one in a file of mode 0600 when there is none.

    Raises
    ------
    InvalidInputError
        The file can be read by others, or not by us, or is empty.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    except OSError as error:
        raise InvalidInputError(f"Cannot write the control token {path}: {error.strerror}.") from error
    else:
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token_urlsafe(32))
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        token = path.read_text().strip()
    except OSError as error:
        raise InvalidInputError(f"Cannot read the control token {path}: {error.strerror}.") from error
    if mode & 0o077:
        raise InvalidInputError(
            f"The control token {path} can be read by others (mode {mode:04o}).", advice="Set it to 0600."
        )
    if not token:
        raise InvalidInputError(f"The control token {path} is empty.", advice="Remove the file.")
    return token
