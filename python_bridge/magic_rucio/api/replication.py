"""Routes of replication."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from magic_rucio.api.backend import CurrentBackend
from magic_rucio.replication.models import (
    Replication,
    ReplicationChange,
    ReplicationFiles,
    ReplicationList,
    ReplicationPreview,
    ReplicationRequest,
    ReplicationStarted,
)

router = APIRouter(tags=["replication"])

RuleId = Annotated[str, Path(pattern=r"^[0-9a-fA-F]{32}$")]


@router.post("/replications/preview", operation_id="previewReplication")
async def preview_replication(request: ReplicationRequest, backend: CurrentBackend) -> ReplicationPreview:
    """What a replication would do: files, bytes, quota, problems."""
    return await backend.replication.preview(request)


@router.post("/replications", operation_id="startReplication", status_code=201)
async def start_replication(request: ReplicationRequest, backend: CurrentBackend) -> ReplicationStarted:
    """Make the rule, or return the one that exists."""
    return await backend.replication.start(request)


@router.get("/replications", operation_id="listReplications")
async def list_replications(backend: CurrentBackend) -> ReplicationList:
    """The account's replications to the destination, newest first."""
    return await backend.replication.replications()


@router.get("/replications/{rule_id}", operation_id="getReplication")
async def get_replication(rule_id: RuleId, backend: CurrentBackend) -> Replication:
    """How far one replication is."""
    return await backend.replication.progress(rule_id)


@router.get("/replications/{rule_id}/files", operation_id="listReplicationFiles")
async def list_replication_files(
    rule_id: RuleId, backend: CurrentBackend, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> ReplicationFiles:
    """Why files are not there yet, in Rucio's and FTS's words."""
    return await backend.replication.files(rule_id, limit)


@router.patch("/replications/{rule_id}", operation_id="changeReplication")
async def change_replication(
    rule_id: RuleId, change: ReplicationChange, backend: CurrentBackend
) -> Replication:
    """Extend the rule, or end it."""
    return await backend.replication.change(rule_id, change)


@router.delete("/replications/{rule_id}", operation_id="cancelReplication")
async def cancel_replication(rule_id: RuleId, backend: CurrentBackend) -> Replication:
    """Cancel: the rule ends, nothing that other rules hold goes."""
    return await backend.replication.cancel(rule_id)
