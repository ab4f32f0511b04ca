"""The attachments' part of the API: what a selection becomes in a kernel."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from magic_rucio.catalogue.models import DidText, Selection


class MissingRun(BaseModel):
    """A run that cannot be attached now."""

    did: DidText
    reason: Literal["not-replicated", "no-mount", "not-on-mount", "unreadable", "wrong-size", "gone"]
    path: str | None
    message: str


class DuplicateRun(BaseModel):
    """Several files with one OBS_ID: gammapy would drop all but the first."""

    run: int
    dids: list[DidText]


class AttachPlanRequest(BaseModel):
    """Which runs, and from where."""

    selection: Selection
    mode: Literal["replica", "download"] | None = Field(default=None, description="Null: the instance's")
    duplicates: Literal["refuse", "newest", "first"] = "refuse"


class AttachPlan(BaseModel):
    """What attaching would give now."""

    ready: int
    missing: list[MissingRun] = Field(description="The first 1000")
    missing_total: int
    duplicates: list[DuplicateRun]
    bytes: int
    bytes_to_move: int
    proposed_variable: str
    mode: Literal["replica", "download"]


class AttachPaths(BaseModel):
    """Paths on this machine of the runs that are there, in the order of the selection."""

    paths: list[str]
    missing_total: int


class KernelRequest(AttachPlanRequest):
    """Ask for the code that attaches a selection in a kernel."""

    key: str = Field(
        pattern=r"^[0-9a-f-]{8,64}$", description="Stands for this attachment of this notebook, for ever"
    )
    variable: str = Field(min_length=1, max_length=100)
    overwrite: bool = False
    partial: bool = Field(default=False, description="Attach what is there; without it a missing run refuses")
    kernel_shares_files: bool = Field(default=True, description="False: never pass the payload by a file")
    request_id: str = Field(min_length=1, max_length=64)


class KernelStep(BaseModel):
    """One silent execution: `code`, then the user expression whose JSON reply ends the step."""

    code: str
    expression: str


class KernelCode(BaseModel):
    """What the browser runs in the kernel, in order."""

    request_id: str
    steps: list[KernelStep]
    attached: int
    missing: list[MissingRun]
    missing_total: int
    dids: list[DidText] = Field(description="For the notebook's metadata; at most 1000, else use `selection`")
    digest: str = Field(description="sha256 of the attached paths and rows")


class KernelOperation(BaseModel):
    """An operation on what is attached already."""

    operation: Literal["list", "detach", "rename", "undo", "check-name"]
    request_id: str = Field(min_length=1, max_length=64)
    variable: str | None = Field(default=None, max_length=100)
    new_variable: str | None = Field(default=None, max_length=100)
    overwrite: bool = False


class KernelError(BaseModel):
    """Why the kernel refused."""

    code: str
    message: str
    advice: str = ""


class KernelAttachment(BaseModel):
    """One attachment as the kernel sees it."""

    variable: str
    key: str = ""
    runs: int
    missing: int
    digest: str = ""


class KernelReply(BaseModel):
    """What the kernel answers to a step; parsed by the browser."""

    id: str
    ok: bool
    variable: str | None = None
    attached: int = 0
    missing: int = 0
    replaced: bool = False
    can_undo: bool = False
    version: str = ""
    attachments: list[KernelAttachment] = Field(default_factory=list)
    error: KernelError | None = None


class CodeCellRequest(BaseModel):
    """For "Insert code" and "New analysis notebook"."""

    selection: Selection
    variable: str = Field(min_length=1, max_length=100)


class CodeCell(BaseModel):
    """Source of a cell that attaches by DID."""

    source: str


class NotebookDocument(BaseModel):
    """A notebook (nbformat 4) as JSON text."""

    file_name: str
    content: str
