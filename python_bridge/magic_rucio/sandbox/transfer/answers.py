"""Jobs and files as FTS's REST interface shows them; pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from magic_rucio.sandbox.transfer.records import FileRow, JobRow


def fts_time(seconds: float | None) -> str | None:
    """UTC as FTS writes it: no zone, no fraction."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S")


def show_job(job: JobRow, *, user_dn: str, vo: str) -> dict[str, Any]:
    """One job, without its files."""
    return {
        "job_id": job.job_id,
        "job_state": job.job_state,
        "job_type": job.job_type,
        "job_metadata": json.loads(job.job_metadata),
        "reason": job.reason,
        "priority": job.priority,
        "submit_time": fts_time(job.submit_time),
        "job_finished": fts_time(job.job_finished),
        "source_se": job.source_se,
        "dest_se": job.dest_se,
        "verify_checksum": job.checksum_method,
        "overwrite_flag": job.overwrite_flag,
        "dst_file_report": job.dst_file_report,
        "bring_online": job.bring_online,
        "copy_pin_lifetime": job.copy_pin_lifetime,
        "archive_timeout": job.archive_timeout,
        "retry": job.retry,
        "retry_delay": job.retry_delay,
        "max_time_in_queue": None if job.expires_at is None else int(job.expires_at),
        "cancel_job": job.job_state == "CANCELED",
        "user_dn": user_dn,
        "vo_name": vo,
    }


_FILE_FIELDS: dict[str, Callable[[FileRow], Any]] = {
    "file_id": lambda file: file.file_id,
    "file_index": lambda file: file.file_index,
    "job_id": lambda file: file.job_id,
    "file_state": lambda file: file.file_state,
    "source_surl": lambda file: file.source_surl,
    "dest_surl": lambda file: file.dest_surl,
    "source_se": lambda file: file.source_se,
    "dest_se": lambda file: file.dest_se,
    "reason": lambda file: file.reason,
    "start_time": lambda file: fts_time(file.start_time),
    "finish_time": lambda file: fts_time(file.finish_time),
    "staging_start": lambda file: fts_time(file.staging_start),
    "staging_finished": lambda file: fts_time(file.staging_finished),
    "archive_start_time": lambda file: fts_time(file.archive_start_time),
    "archive_finish_time": lambda file: fts_time(file.archive_finish_time),
    "file_metadata": lambda file: json.loads(file.file_metadata) if file.file_metadata else None,
    "filesize": lambda file: file.filesize,
    "user_filesize": lambda file: file.user_filesize,
    "checksum": lambda file: file.checksum,
    "priority": lambda file: file.priority,
    "activity": lambda file: file.activity,
    "selection_strategy": lambda file: file.selection_strategy,
    "retry": lambda file: file.retries_done,
    "tx_duration": lambda file: _duration(file),
    "throughput": lambda file: _throughput(file),
}

ALL_FILE_FIELDS = tuple(_FILE_FIELDS)


def show_files(files: Iterable[FileRow], names: Sequence[str]) -> list[dict[str, Any]]:
    """Files with the fields asked for; FTS passes over names it does not know."""
    known = [(name, _FILE_FIELDS[name]) for name in names if name in _FILE_FIELDS]
    return [{name: show(file) for name, show in known} for file in files]


def problem(job_id: str, status: str, message: str) -> dict[str, str]:
    """What stands in the place of a job that cannot be shown."""
    return {"job_id": job_id, "http_status": status, "http_message": message}


def _duration(file: FileRow) -> float | None:
    if file.start_time is None or file.finish_time is None:
        return None
    return file.finish_time - file.start_time


def _throughput(file: FileRow) -> float | None:
    """MiB/s, as FTS has it."""
    seconds = _duration(file)
    return file.filesize / seconds / (1 << 20) if seconds and file.filesize else None
