"""Routes of attachments: plan, kernel code, code cells, notebooks."""

from __future__ import annotations

from fastapi import APIRouter

from magic_rucio.api.backend import CurrentBackend
from magic_rucio.attachments.models import (
    AttachPaths,
    AttachPlan,
    AttachPlanRequest,
    CodeCell,
    CodeCellRequest,
    KernelCode,
    KernelOperation,
    KernelRequest,
    NotebookDocument,
)

router = APIRouter(tags=["attachments"], prefix="/attachments")


@router.post("/plan", operation_id="planAttachment")
async def plan_attachment(request: AttachPlanRequest, backend: CurrentBackend) -> AttachPlan:
    """Which runs of a selection could be attached now, each path checked on the mount."""
    return await backend.attachments.plan(request)


@router.post("/paths", operation_id="listAttachmentPaths")
async def list_attachment_paths(request: AttachPlanRequest, backend: CurrentBackend) -> AttachPaths:
    """Where the files of a selection are on this machine."""
    return await backend.attachments.paths(request)


@router.post("/code", operation_id="makeKernelCode")
async def make_kernel_code(request: KernelRequest, backend: CurrentBackend) -> KernelCode:
    """What to run in the kernel to attach a selection."""
    return await backend.attachments.kernel_code(request)


@router.post("/operation", operation_id="makeKernelOperation")
async def make_kernel_operation(request: KernelOperation, backend: CurrentBackend) -> KernelCode:
    """What to run in the kernel to list, rename, detach or undo."""
    return await backend.attachments.operation(request)


@router.post("/cell", operation_id="makeCodeCell")
async def make_code_cell(request: CodeCellRequest, backend: CurrentBackend) -> CodeCell:
    """A cell that attaches by DID, for notebooks that run headless."""
    return await backend.attachments.code_cell(request)


@router.post("/notebook", operation_id="makeAnalysisNotebook")
async def make_analysis_notebook(request: CodeCellRequest, backend: CurrentBackend) -> NotebookDocument:
    """A whole analysis of the selection as a notebook."""
    return await backend.attachments.notebook(request)
