"""A job and its files made of a submission, after fts-rest's `JobBuilder`; pure but for the clock."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from magic_rucio.sandbox.transfer.areas import endpoint_of, path_of
from magic_rucio.sandbox.transfer.records import NewFile, NewJob
from magic_rucio.sandbox.transfer.states import FileState, JobState, JobType
from magic_rucio.sandbox.transfer.submission import (
    BASE_ID,
    MAX_TRANSFERS,
    MAX_URL,
    STRATEGIES,
    FileSubmission,
    JobParameters,
    Submission,
    SubmissionError,
)


class JobBuilder:
    """Makes a job and its files of a submission.

    Parameters
    ----------
    vo, auth_method : str
        Of the user who submits.
    file_metadata_bytes, job_metadata_bytes : int
        Size limits of metadata as JSON.
    queued_from : callable
        How many files wait to leave the storage of a URL; decides between sources.
    """

    def __init__(
        self,
        *,
        vo: str,
        auth_method: str,
        file_metadata_bytes: int,
        job_metadata_bytes: int,
        queued_from: Callable[[str], int] = lambda url: 0,
    ) -> None:
        self._vo = vo
        self._auth_method = auth_method
        self._file_metadata_bytes = file_metadata_bytes
        self._job_metadata_bytes = job_metadata_bytes
        self._queued_from = queued_from

    def build(self, submission: Submission) -> tuple[NewJob, list[NewFile]]:
        """Make the job.

        Raises
        ------
        SubmissionError
        """
        params = submission.params
        job_type = _job_type(submission)
        staged = params.copy_pin_lifetime > 0 or params.bring_online > 0
        entry = FileState.STAGING if staged else FileState.SUBMITTED
        priority = max(1, min(params.priority if params.priority is not None else 3, 5))
        files = [
            self._file(element, index, source, destination, entry, priority)
            for index, element in enumerate(submission.files)
            for source in element.sources
            for destination in element.destinations
        ]
        if job_type in (JobType.MULTI_SOURCE, JobType.MULTI_HOP):
            chosen = self._first_to_move(job_type, files)
            files = [
                file if position == chosen else replace(file, file_state=FileState.NOT_USED)
                for position, file in enumerate(files)
            ]
        now = time.time()
        job = NewJob(
            job_id=self._job_id(params),
            job_type=job_type,
            job_state=JobState.STAGING if staged else JobState.SUBMITTED,
            priority=priority,
            submit_time=now,
            checksum_method=_checksum_method(submission),
            overwrite_flag=_overwrite_flag(params, job_type),
            dst_file_report=params.dst_file_report,
            bring_online=params.bring_online,
            copy_pin_lifetime=params.copy_pin_lifetime,
            archive_timeout=params.archive_timeout,
            retry=max(0, params.retry),
            retry_delay=max(0, params.retry_delay),
            expires_at=now + params.max_time_in_queue if params.max_time_in_queue > 0 else None,
            job_metadata=self._job_metadata(params.job_metadata),
            source_se=files[0].source_se if len({file.source_se for file in files}) == 1 else None,
            dest_se=files[0].dest_se if len({file.dest_se for file in files}) == 1 else None,
        )
        return job, files

    def _file(
        self,
        element: FileSubmission,
        index: int,
        source: str,
        destination: str,
        state: FileState,
        priority: int,
    ) -> NewFile:
        source, destination = source.strip(), destination.strip()
        for url in (source, destination):
            _check_url(url)
        return NewFile(
            file_index=index,
            file_state=state,
            source_surl=source,
            dest_surl=destination,
            source_se=endpoint_of(source),
            dest_se=endpoint_of(destination),
            priority=priority,
            user_filesize=int(element.filesize or 0),
            checksum=element.checksum or "ADLER32",
            selection_strategy=element.selection_strategy or "auto",
            activity=element.activity or "default",
            file_metadata=_metadata(element.metadata, self._file_metadata_bytes),
        )

    def _job_metadata(self, given: Any) -> str:
        # FTS adds the method after it has checked the size.
        text = _metadata(given, self._job_metadata_bytes)
        return json.dumps({**(json.loads(text) if text else {}), "auth_method": self._auth_method})

    def _job_id(self, params: JobParameters) -> str:
        if params.id_generator != "deterministic":
            return str(uuid.uuid4())
        if params.sid is None:
            raise SubmissionError("Need sid for deterministic job id generation")
        return str(uuid.uuid5(uuid.uuid5(BASE_ID, self._vo), params.sid))

    def _first_to_move(self, job_type: JobType, files: list[NewFile]) -> int:
        if job_type is JobType.MULTI_HOP:
            return 0
        sources = [file.source_surl for file in files]
        return choose_source(sources, files[0].selection_strategy, self._queued_from)


def choose_source(sources: list[str], strategy: str, queued_from: Callable[[str], int]) -> int:
    """Position of the source to try next.

    Raises
    ------
    SubmissionError
        FTS does not know the strategy.
    """
    if strategy not in STRATEGIES:
        raise SubmissionError(f"{strategy} algorithm is not supported by Scheduler")
    if strategy == "orderly":
        return 0
    return min(range(len(sources)), key=lambda position: (queued_from(sources[position]), position))


def _job_type(submission: Submission) -> JobType:
    pairs = [len(element.sources) * len(element.destinations) for element in submission.files]
    if sum(pairs) > MAX_TRANSFERS:
        raise SubmissionError(f"More than {MAX_TRANSFERS} transfers in one job")
    params = submission.params
    if max(pairs) > 1:
        if params.multihop or params.reuse:
            raise SubmissionError(
                "Can not request multiple replica job together with multihop or session reuse "
                "at the same time"
            )
        if len(pairs) > 1:
            raise SubmissionError("Multiple replica jobs must only have one unique file")
        return JobType.MULTI_SOURCE
    if params.multihop:
        return JobType.MULTI_HOP
    return JobType.SESSION_REUSE if params.reuse else JobType.REGULAR


def _checksum_method(submission: Submission) -> str:
    """`b`, `s`, `t` or `n`; without a word FTS verifies the target if it knows a checksum."""
    method = submission.params.verify_checksum
    if isinstance(method, bool) or method is None:
        if method:
            return "b"
        return "t" if any(element.checksum for element in submission.files) else "n"
    if method[:1] not in ("b", "s", "t", "n"):
        raise SubmissionError("Invalid value within the request: verify_checksum")
    return method[0]


def _overwrite_flag(params: JobParameters, job_type: JobType) -> str | None:
    """FTS's letter: Y always, R on retry, D on disk only, M hops, Q hops and on disk only."""
    hop, on_disk = params.overwrite_hop, params.overwrite_when_only_on_disk
    count = sum([params.overwrite, params.overwrite_on_retry, on_disk, hop])
    if count > 1 and not (count == 2 and hop and on_disk):
        raise SubmissionError("Incompatible overwrite flags used at the same time")
    if on_disk and params.archive_timeout <= 0:
        raise SubmissionError("'overwrite-when-only-on-disk' requires 'archive-timeout' to be set")
    if hop and job_type is not JobType.MULTI_HOP:
        raise SubmissionError("'overwrite-hop' requires multihop job submission")
    letters = {
        "Y": params.overwrite,
        "R": params.overwrite_on_retry,
        "Q": hop and on_disk,
        "M": hop,
        "D": on_disk,
    }
    return next((letter for letter, given in letters.items() if given), None)


def _check_url(url: str) -> None:
    try:
        url.encode()
        parts = urlsplit(url)
    except ValueError as error:
        raise SubmissionError(f"Invalid value within the request: not a URL ({url[:200]!a})") from error
    shown = url[:200]
    if len(url) > MAX_URL:
        raise SubmissionError(f"Invalid value within the request: URL too long ({shown}…)")
    if not parts.scheme or "://" not in url:
        raise SubmissionError(f"Invalid value within the request: Missing scheme ({shown})")
    # A real FTS refuses file://; here it is what moves.
    if (path_of(url) if parts.scheme == "file" else parts.path) in ("", "/", None):
        raise SubmissionError(f"Invalid value within the request: Missing path ({shown})")
    if not parts.hostname:
        raise SubmissionError(f"Invalid value within the request: Missing host ({shown})")


def _metadata(value: Any, limit: int) -> str | None:
    if value is None:
        return None
    text = json.dumps(value)
    if len(text) > limit:
        raise SubmissionError(
            "Invalid value within the request: "
            f"Job Submission Refused, metadata exceeds size limit of {limit}"
        )
    if isinstance(value, str):
        return json.dumps({"label": value})
    if not isinstance(value, dict):
        raise SubmissionError("Invalid value within the request: Metadata neither JSON nor String")
    return text
