"""What users change in a job after its submission: cancel, priority; and the limit of its waiting."""

from __future__ import annotations

import time
from collections.abc import Iterable

from magic_rucio.sandbox.transfer.agenda import Agenda
from magic_rucio.sandbox.transfer.reasons import CANCELED_BY_USER, QUEUED_TOO_LONG
from magic_rucio.sandbox.transfer.states import FINAL_JOB, UNDER_WAY, FileState, JobState
from magic_rucio.sandbox.transfer.store import Store
from magic_rucio.sandbox.transfer.verdict import judge


class Orders:
    """Orders about jobs, each in one transaction."""

    def __init__(self, store: Store, agenda: Agenda) -> None:
        self._store = store
        self._agenda = agenda

    def cancel(self, job_id: str, reason: str = CANCELED_BY_USER) -> bool:
        """Cancel what has not ended; False for a job that has ended, or is unknown."""
        now = time.time()
        with self._store.transaction():
            job = self._store.job(job_id)
            if job is None or job.job_state in FINAL_JOB:
                return False
            moving = [file for file in self._store.files(job_id) if file.file_state in UNDER_WAY]
            for file in moving:
                # FTS leaves the time of what moves open until its mover has gone.
                ended = None if file.file_state is FileState.ACTIVE else now
                self._store.set_file(
                    file.file_id, UNDER_WAY, file_state=FileState.CANCELED, reason=reason, finish_time=ended
                )
            self._store.set_job(job_id, job_state=JobState.CANCELED, reason=reason, job_finished=now)
        for file in moving:
            self._agenda.withdraw(file.file_id)
        return True

    def cancel_files(self, job_id: str, file_ids: Iterable[int]) -> list[str]:
        """Cancel some files of a job; what became of each, in FTS's words."""
        answers = []
        canceled = []
        with self._store.transaction():
            job = self._store.job(job_id)
            files = {file.file_id: file for file in self._store.files(job_id)}
            for file_id in file_ids:
                file = files.get(file_id)
                if file is None:
                    answers.append("File does not belong to the job")
                elif self._store.set_file(
                    file_id, UNDER_WAY, file_state=FileState.CANCELED, finish_time=time.time()
                ):
                    answers.append(str(FileState.CANCELED))
                    canceled.append(file_id)
                else:
                    answers.append(str(file.file_state))
            if job is not None and canceled:
                judge(self._store, job)
        for file_id in canceled:
            self._agenda.withdraw(file_id)
        return answers

    def change_priority(self, job_id: str, priority: int) -> None:
        """Let the files of a job move earlier or later."""
        self._store.set_priority(job_id, priority)
        for file in self._store.files(job_id):
            if file.file_state is FileState.SUBMITTED:
                self._agenda.enqueue(file)

    def expire(self, job_id: str) -> None:
        """Cancel what still waits, as FTS does after `max_time_in_queue`."""
        with self._store.transaction():
            job = self._store.job(job_id)
            if job is None or job.job_state in FINAL_JOB:
                return
            waiting = [FileState.SUBMITTED, FileState.STAGING, FileState.NOT_USED]
            expired = [
                file.file_id
                for file in self._store.files(job_id)
                if self._store.set_file(
                    file.file_id,
                    waiting,
                    file_state=FileState.CANCELED,
                    reason=QUEUED_TOO_LONG,
                    finish_time=time.time(),
                )
            ]
            judge(self._store, job)
        for file_id in expired:
            self._agenda.withdraw(file_id)
