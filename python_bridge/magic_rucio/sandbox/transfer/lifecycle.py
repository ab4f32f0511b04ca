"""What happens to files and jobs: each change of state, in one transaction, guarded by the state before.

The queue and the clock are the scheduler's, behind `Agenda`.
"""

from __future__ import annotations

import errno
import json
import time
from collections import defaultdict
from typing import Any

from magic_rucio.sandbox.transfer.agenda import Agenda
from magic_rucio.sandbox.transfer.areas import StorageAreas
from magic_rucio.sandbox.transfer.config import TransferConfig
from magic_rucio.sandbox.transfer.job_builder import choose_source
from magic_rucio.sandbox.transfer.orders import Orders
from magic_rucio.sandbox.transfer.reasons import (
    Scope,
    TransferFailure,
    is_recoverable,
    probably_stalled,
)
from magic_rucio.sandbox.transfer.records import FileRow, JobRow, NewFile, NewJob
from magic_rucio.sandbox.transfer.states import FINAL_JOB, UNDER_WAY, FileState, JobState, JobType
from magic_rucio.sandbox.transfer.store import Store
from magic_rucio.sandbox.transfer.verdict import judge


class Lifecycle:
    """Changes of state."""

    def __init__(self, store: Store, config: TransferConfig, areas: StorageAreas, agenda: Agenda) -> None:
        self._store = store
        self._config = config
        self._areas = areas
        self._agenda = agenda
        self._orders = Orders(store, agenda)

    def submit(self, job: NewJob, files: list[NewFile]) -> bool:
        """Take in a job; False when its id is taken."""
        if not self._store.add_job(job, files):
            return False
        self._take_up(job, self._store.files(job.job_id))
        return True

    def recover(self) -> None:
        """Take up at the start what the last process left."""
        for file in self._store.files_in(FileState.READY):
            self._store.set_file(file.file_id, [FileState.READY], file_state=FileState.SUBMITTED)
        for job in self._store.jobs_under_way():
            self._take_up(job, self._store.files(job.job_id))

    def _take_up(self, job: NewJob, files: list[FileRow]) -> None:
        staging: defaultdict[float, list[int]] = defaultdict(list)
        for file in files:
            match file.file_state:
                case FileState.STAGING:
                    staging[self._staging_seconds(file)].append(file.file_id)
                case FileState.SUBMITTED:
                    self._agenda.enqueue(file)
                case FileState.ACTIVE:
                    self._resume(file)
                case FileState.ARCHIVING:
                    self._await_archive(job, file)
        for seconds, file_ids in staging.items():
            self._await_staging(job, seconds, file_ids)
        if job.expires_at is not None:
            self._agenda.at(job.expires_at, lambda: self._orders.expire(job.job_id))

    def _resume(self, file: FileRow) -> None:
        if self._config.after_restart == "continue":
            self._agenda.enqueue(file)
            return
        seconds = self._config.stalled_after_seconds
        stalled = probably_stalled(seconds)
        self._agenda.at(time.time() + seconds, lambda: self.fail(file.file_id, stalled))

    def claim(self, file_id: int) -> bool:
        """Give a waiting file to a mover; False when it waits no longer."""
        with self._store.transaction():
            if self._store.set_file(file_id, [FileState.SUBMITTED], file_state=FileState.READY):
                return True
            file = self._store.file(file_id)
            return file is not None and file.file_state is FileState.ACTIVE

    def begin(self, file_id: int) -> bool:
        """The mover starts; False when the file was cancelled meanwhile."""
        now = time.time()
        with self._store.transaction():
            resumed = self._store.set_file(file_id, [FileState.ACTIVE], finish_time=None)
            started = resumed or self._store.set_file(
                file_id, [FileState.READY], file_state=FileState.ACTIVE, start_time=now
            )
            file = self._store.file(file_id)
            job = self._store.job(file.job_id) if file else None
            if job and started and job.job_state not in FINAL_JOB | {JobState.ACTIVE}:
                self._store.set_job(job.job_id, job_state=JobState.ACTIVE)
        return started

    def succeed(self, file_id: int, size: int) -> bool:
        """The bytes are there; False when the file was cancelled at the last moment."""
        now = time.time()
        with self._store.transaction():
            job, file = self._both(file_id)
            archiving = job.archive_timeout > 0
            values: dict[str, Any] = {"filesize": size, "reason": ""}
            if archiving:
                values |= {"file_state": FileState.ARCHIVING, "archive_start_time": now, "reason": None}
            else:
                values |= {"file_state": FileState.FINISHED, "finish_time": now}
            if not self._store.set_file(file_id, [FileState.ACTIVE], **values):
                self._store.set_file(file_id, [FileState.CANCELED], finish_time=now)
                return False
            if archiving:
                self._await_archive(job, self._both(file_id)[1])
            else:
                self._next_hop(job, file)
            judge(self._store, job)
        return True

    def fail(self, file_id: int, failure: TransferFailure, *expected: FileState) -> None:
        """The transfer failed: another try if the job asked for some, else FAILED and the next source."""
        states = expected or (FileState.ACTIVE,)
        with self._store.transaction():
            job, file = self._both(file_id)
            again = file.retries_done < job.retry and file.file_state is FileState.ACTIVE
            if again and is_recoverable(failure.scope, failure.number, failure.message):
                self._retry(job, file, failure)
                return
            values = {"file_state": FileState.FAILED, "reason": failure.reason, "finish_time": time.time()}
            if failure.destination is not None:
                metadata = json.loads(file.file_metadata or "{}")
                values["file_metadata"] = json.dumps({**metadata, "dst_file": failure.destination})
            if not self._store.set_file(file_id, states, **values):
                self._store.set_file(file_id, [FileState.CANCELED], finish_time=time.time())
                return
            self._next_source(job)
            judge(self._store, job)

    def ended_by_cancel(self, file_id: int) -> None:
        """The mover of a cancelled file has cleaned up."""
        self._store.set_file(file_id, [FileState.CANCELED], finish_time=time.time())

    def _retry(self, job: JobRow, file: FileRow, failure: TransferFailure) -> None:
        due = time.time() + job.retry_delay
        changed = self._store.set_file(
            file.file_id,
            [FileState.ACTIVE],
            file_state=FileState.SUBMITTED,
            reason=failure.reason,
            retries_done=file.retries_done + 1,
            queued_at=due,
        )
        if changed:
            self._enqueue_at(due, file.file_id)

    def _enqueue_at(self, due: float, file_id: int) -> None:
        def enqueue() -> None:
            file = self._store.file(file_id)
            if file is not None and file.file_state is FileState.SUBMITTED:
                self._agenda.enqueue(file)

        if due <= time.time():
            enqueue()
        else:
            self._agenda.at(due, enqueue)

    def _staging_seconds(self, file: FileRow) -> float:
        return self._config.tape(self._areas.storage_of(file.source_surl)).staging_seconds

    def _await_staging(self, job: NewJob, seconds: float, file_ids: list[int]) -> None:
        patience = job.bring_online if job.bring_online > 0 else float("inf")
        began = job.submit_time
        if first := self._store.file(file_ids[0]):
            began = first.staging_start or began
        if seconds > patience:
            failure = TransferFailure(
                Scope.STAGING, errno.ETIMEDOUT, "bring-online timeout has been exceeded"
            )
            self._agenda.at(began + patience, lambda: self._fail_all(file_ids, failure, FileState.STAGING))
        else:
            self._agenda.at(began + seconds, lambda: self._staged(file_ids))

    def _staged(self, file_ids: list[int]) -> None:
        now = time.time()
        with self._store.transaction():
            staged = [
                file_id
                for file_id in file_ids
                if self._store.set_file(
                    file_id,
                    [FileState.STAGING],
                    file_state=FileState.SUBMITTED,
                    staging_finished=now,
                    queued_at=now,
                )
            ]
            files = [file for file_id in staged if (file := self._store.file(file_id))]
            for job_id in {file.job_id for file in files}:
                if job := self._store.job(job_id):
                    judge(self._store, job)
        for file in files:
            self._agenda.enqueue(file)

    def _await_archive(self, job: NewJob, file: FileRow) -> None:
        began = file.archive_start_time or time.time()
        seconds = self._config.tape(self._areas.storage_of(file.dest_surl)).archiving_seconds
        if seconds > job.archive_timeout:
            failure = TransferFailure(Scope.ARCHIVING, errno.ETIMEDOUT, "archive timeout has been exceeded")
            due = began + job.archive_timeout
            self._agenda.at(due, lambda: self._fail_all([file.file_id], failure, FileState.ARCHIVING))
        else:
            self._agenda.at(began + seconds, lambda: self._archived(file.file_id))

    def _archived(self, file_id: int) -> None:
        now = time.time()
        with self._store.transaction():
            job, file = self._both(file_id)
            values = {"file_state": FileState.FINISHED, "reason": ""}
            if self._store.set_file(
                file_id, [FileState.ARCHIVING], finish_time=now, archive_finish_time=now, **values
            ):
                self._next_hop(job, file)
                judge(self._store, job)

    def _fail_all(self, file_ids: list[int], failure: TransferFailure, expected: FileState) -> None:
        for file_id in file_ids:
            self.fail(file_id, failure, expected)

    def _next_source(self, job: JobRow) -> None:
        """Of a job with several sources, let the next one move."""
        if job.job_type is not JobType.MULTI_SOURCE:
            return
        files = self._store.files(job.job_id)
        unused = [file for file in files if file.file_state is FileState.NOT_USED]
        if unused and not any(file.file_state in UNDER_WAY | {FileState.FINISHED} for file in files):
            position = choose_source(
                [file.source_surl for file in unused],
                unused[0].selection_strategy,
                lambda url: self._agenda.waiting_at(self._areas.storage_of(url)),
            )
            self._put_to_use(job, unused[position], staged=job.staged)

    def _next_hop(self, job: JobRow, file: FileRow) -> None:
        if job.job_type is not JobType.MULTI_HOP:
            return
        later = [other for other in self._store.files(job.job_id) if other.file_index > file.file_index]
        if later:
            self._put_to_use(job, later[0], staged=False)

    def _put_to_use(self, job: JobRow, file: FileRow, *, staged: bool) -> None:
        now = time.time()
        values: dict[str, Any] = {"file_state": FileState.SUBMITTED, "queued_at": now}
        if staged:
            values = {"file_state": FileState.STAGING, "staging_start": now}
        if not self._store.set_file(file.file_id, [FileState.NOT_USED], **values):
            return
        if staged:
            self._await_staging(job, self._staging_seconds(file), [file.file_id])
        else:
            self._enqueue_at(now, file.file_id)

    def _both(self, file_id: int) -> tuple[JobRow, FileRow]:
        file = self._store.file(file_id)
        job = self._store.job(file.job_id) if file else None
        if file is None or job is None:
            raise LookupError(f"file {file_id} vanished from the store")
        return job, file
