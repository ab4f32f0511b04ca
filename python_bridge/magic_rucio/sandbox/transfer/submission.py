"""What a client may submit: parameters, defaults and bounds, after fts-rest; pure."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

BASE_ID = uuid.UUID("01874efb-4735-4595-bc9c-591aef8240c9")
"""FTS's own; Rucio derives deterministic job ids from it, `whoami` tells it."""

MAX_TRANSFERS = 20_000
"""Pairs of one job: far above Rucio's batches, finite so that no request fills the memory."""

MAX_URL = 4096

LONGEST = 10 * 365 * 86400
"""Seconds: more than this, of whatever, is as good as for ever, and clocks bear it."""

STRATEGIES = frozenset(
    {"orderly", "queue", "auto", "success", "throughput", "file-throughput", "pending-data"}
    | {"waiting-time", "waiting-time-with-error", "duration"}
)
"""All that FTS knows. Those that need statistics of past transfers go by the queue here."""


class SubmissionError(ValueError):
    """FTS answers 400 with this text."""


def _flag(value: object) -> object:
    """Take FTS's ways to say yes: true, 1, "Y…"."""
    if isinstance(value, str):
        return value[:1].upper() == "Y"
    return bool(value)


def _number(value: object) -> object:
    """Take a number in any form; what is none counts as not given."""
    try:
        return -1 if value is None else max(-1, min(int(str(value)), LONGEST))
    except ValueError:
        return -1


def _hours(value: object) -> object:
    """Seconds of an interval: FTS takes an integer for hours, else a suffix s, m, h or d."""
    if isinstance(value, int) and not isinstance(value, bool):
        return max(0, min(value * 3600, LONGEST))
    if isinstance(value, str) and value[:-1].isdigit():
        unit = {"s": 1, "m": 60, "h": 3600, "d": 86400}.get(value[-1].lower(), 0)
        return min(int(value[:-1][:9]) * unit, LONGEST)
    return 0


Flag = Annotated[bool, BeforeValidator(_flag)]
Number = Annotated[int, BeforeValidator(_number)]
Seconds = Annotated[int, BeforeValidator(_hours)]


class JobParameters(BaseModel):
    """`params` of a submission; what is not listed is taken and ignored, as FTS does."""

    model_config = ConfigDict(extra="ignore")

    verify_checksum: bool | str | None = False
    overwrite: Flag = False
    overwrite_on_retry: Flag = False
    overwrite_when_only_on_disk: Flag = False
    overwrite_hop: Flag = False
    dst_file_report: Flag = False
    multihop: Flag = False
    reuse: Flag = False
    bring_online: Number = -1
    copy_pin_lifetime: Number = -1
    archive_timeout: Number = -1
    retry: int = Field(default=0, le=1000)
    retry_delay: int = Field(default=0, le=LONGEST)
    priority: int | None = 3
    max_time_in_queue: Seconds = 0
    job_metadata: Any = None
    id_generator: str | None = "standard"
    sid: str | None = None


class FileSubmission(BaseModel):
    """One element of `files`."""

    model_config = ConfigDict(extra="ignore")

    sources: list[str] = Field(min_length=1)
    destinations: list[str] = Field(min_length=1)
    metadata: Any = None
    filesize: float | None = Field(default=None, ge=0, le=1e18)
    """Told back, checked against nothing."""
    checksum: str | None = None
    selection_strategy: str | None = "auto"
    activity: str | None = "default"


class Submission(BaseModel):
    """The body of `POST /jobs`."""

    model_config = ConfigDict(extra="ignore")

    files: list[FileSubmission] = Field(min_length=1)
    params: JobParameters = JobParameters()


def parse_submission(body: Any) -> Submission:
    """Check the shape of a request.

    Raises
    ------
    SubmissionError
    """
    try:
        return Submission.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "request"
        raise SubmissionError(f"Malformed request: {place}: {first['msg']}") from error
