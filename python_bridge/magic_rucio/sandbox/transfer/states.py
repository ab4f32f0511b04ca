"""States of files and jobs as FTS 3.14 computes them; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class FileState(StrEnum):
    """States of one file of a job."""

    STAGING = "STAGING"
    SUBMITTED = "SUBMITTED"
    READY = "READY"
    ACTIVE = "ACTIVE"
    ARCHIVING = "ARCHIVING"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    NOT_USED = "NOT_USED"


class JobState(StrEnum):
    """States of a job."""

    STAGING = "STAGING"
    SUBMITTED = "SUBMITTED"
    ACTIVE = "ACTIVE"
    ARCHIVING = "ARCHIVING"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    FINISHEDDIRTY = "FINISHEDDIRTY"
    CANCELED = "CANCELED"


class JobType(StrEnum):
    """FTS's letters for the kinds of job; `Y` (session reuse) moves like a regular one here."""

    REGULAR = "N"
    MULTI_SOURCE = "R"
    MULTI_HOP = "H"
    SESSION_REUSE = "Y"


UNDER_WAY = frozenset(
    {FileState.STAGING, FileState.SUBMITTED, FileState.READY, FileState.ACTIVE, FileState.ARCHIVING}
)
"""States a cancel ends. NOT_USED is neither under way nor final."""

FINAL_JOB = frozenset({JobState.FINISHED, JobState.FAILED, JobState.FINISHEDDIRTY, JobState.CANCELED})

SOME_FAILED = "One or more files failed. Please have a look at the details for more information"


@dataclass(frozen=True, slots=True)
class JobVerdict:
    """State of a job and the reason FTS gives with it."""

    state: JobState
    reason: str | None


def judge_job(job_type: JobType, files: Iterable[tuple[int, FileState]]) -> JobVerdict:
    """State of a job from the states of its files, after fts3's `updateJobTransferStatusInternal`.

    Parameters
    ----------
    job_type : JobType
    files : iterable of (file index, state)
        The sources of one file share its index, and one that finished finishes the file.
    """
    by_index: dict[int, set[FileState]] = {}
    for index, state in files:
        by_index.setdefault(index, set()).add(state)
    groups = by_index.values()

    canceled = sum(group == {FileState.CANCELED} for group in groups)
    failed = sum(
        group <= {FileState.CANCELED, FileState.FAILED} and FileState.FAILED in group for group in groups
    )
    finished = sum(FileState.FINISHED in group for group in groups)
    broken_chain = job_type is JobType.MULTI_HOP and failed + canceled > 0

    if canceled + failed + finished == len(groups) or broken_chain:
        if finished and failed:
            whole = JobState.FAILED if job_type is JobType.MULTI_HOP else JobState.FINISHEDDIRTY
            return JobVerdict(whole, SOME_FAILED)
        if finished == len(groups):
            return JobVerdict(JobState.FINISHED, None)
        return JobVerdict(JobState.FAILED if failed else JobState.CANCELED, SOME_FAILED)

    return JobVerdict(_under_way(set().union(*groups)), None)


def _under_way(present: set[FileState]) -> JobState:
    if present & {FileState.ACTIVE, FileState.READY}:
        return JobState.ACTIVE
    if FileState.STAGING in present:
        return JobState.STAGING
    if FileState.SUBMITTED in present:
        begun = present & {FileState.FINISHED, FileState.FAILED, FileState.ARCHIVING}
        return JobState.ACTIVE if begun else JobState.SUBMITTED
    return JobState.ARCHIVING if FileState.ARCHIVING in present else JobState.ACTIVE
