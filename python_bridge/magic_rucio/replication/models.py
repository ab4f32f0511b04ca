"""Replication's part of the API: preview, progress, reasons."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, Field

from magic_rucio.catalogue.models import DidText, Selection


class Count(BaseModel):
    """Files and their bytes."""

    files: int
    bytes: int


class Quota(BaseModel):
    """The account's quota at the destination, bytes; a null limit means no quota was granted."""

    account: str
    rse: str
    limit: int | None
    used: int
    left: int | None
    unlimited: bool


class PreviewProblem(BaseModel):
    """Why the replication would fail, or what to know before."""

    code: str
    message: str
    advice: str
    blocking: bool


class ReplicationRequest(BaseModel):
    """What to bring where."""

    selection: Selection
    rse: str | None = Field(default=None, description="Null: the instance's destination RSE")
    lifetime: int | None = Field(default=None, gt=0, description="Seconds until the rule ends; null: no end")
    comment: str | None = Field(default=None, max_length=200)


class ReplicationPreview(BaseModel):
    """What a replication would do."""

    rse: str
    total: Count
    at_destination: Count
    on_the_way: Count
    to_move: Count
    quota: Quota | None
    target_did: DidText = Field(description="The dataset the rule would be on")
    creates_dataset: bool
    problems: list[PreviewProblem]


class ReplicationState(StrEnum):
    """State of a replication, from its rule and locks."""

    DONE = "done"
    REPLICATING = "replicating"
    STUCK = "stuck"
    WAITING_APPROVAL = "waiting-approval"
    SUSPENDED = "suspended"
    INJECTING = "injecting"
    CANCELLED = "cancelled"


class Replication(BaseModel):
    """One rule at the destination and how far it is."""

    rule_id: str
    did: DidText
    title: str
    rse: str
    account: str
    state: ReplicationState
    total: Count
    done: Count
    stuck_files: int
    rate: float | None = Field(description="Bytes a second, measured")
    time_left: float | None = Field(description="Seconds")
    created_at: str
    updated_at: str
    expires_at: str | None
    error: str | None
    mine: bool


class ReplicationList(BaseModel):
    """The account's replications, newest first."""

    replications: list[Replication]


class ReplicationStarted(BaseModel):
    """Answer to a start; `existing` where Rucio had the rule already."""

    replication: Replication
    existing: bool


class StuckFile(BaseModel):
    """Why one file is not there yet: Rucio's and FTS's own words, and what to do."""

    did: DidText
    state: Literal["ok", "replicating", "stuck"]
    bytes: int
    source_rse: str | None
    attempts: int | None
    rucio_words: str | None
    transfer_words: str | None
    advice: str


class ReplicationFiles(BaseModel):
    """Files of a replication that are not OK, the stuck first."""

    files: list[StuckFile]
    total: int


class ReplicationChange(BaseModel):
    """A new end of the rule, seconds from now; null: no end. Zero ends it now."""

    lifetime: int | None = Field(ge=0)
