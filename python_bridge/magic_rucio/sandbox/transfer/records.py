"""Rows of the store: jobs and files as they are submitted and as they are remembered."""

from __future__ import annotations

from dataclasses import dataclass

from magic_rucio.sandbox.transfer.states import FileState, JobState, JobType


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A job as submitted. Times are seconds since 1970, metadata is JSON text."""

    job_id: str
    job_type: JobType
    job_state: JobState
    priority: int
    submit_time: float
    checksum_method: str
    overwrite_flag: str | None
    dst_file_report: bool
    bring_online: int
    copy_pin_lifetime: int
    archive_timeout: int
    retry: int
    retry_delay: int
    expires_at: float | None
    job_metadata: str
    source_se: str | None
    dest_se: str | None

    @property
    def staged(self) -> bool:
        """Whether sources pass through STAGING first; so they do on disk, too."""
        return self.copy_pin_lifetime > 0 or self.bring_online > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow(NewJob):
    """A job as stored."""

    reason: str | None = None
    job_finished: float | None = None
    lost: bool = False
    """By a fault: no query finds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """One pair of source and destination as submitted."""

    file_index: int
    file_state: FileState
    source_surl: str
    dest_surl: str
    source_se: str
    dest_se: str
    priority: int
    user_filesize: int
    checksum: str
    selection_strategy: str
    activity: str
    file_metadata: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow(NewFile):
    """A file as stored."""

    file_id: int
    job_id: str
    queued_at: float
    """When it got its place in the queue; not before this it moves."""
    retries_done: int = 0
    reason: str | None = None
    filesize: int | None = None
    start_time: float | None = None
    finish_time: float | None = None
    staging_start: float | None = None
    staging_finished: float | None = None
    archive_start_time: float | None = None
    archive_finish_time: float | None = None
