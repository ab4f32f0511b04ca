"""Keeps the state of a job in step with its files."""

from __future__ import annotations

import time

from magic_rucio.sandbox.transfer.records import JobRow
from magic_rucio.sandbox.transfer.states import FINAL_JOB, JobState, judge_job
from magic_rucio.sandbox.transfer.store import Store


def judge(store: Store, job: JobRow) -> None:
    """Store what `judge_job` says; a job that has ended stays as it is."""
    current = store.job(job.job_id)
    if current is None or current.job_state in FINAL_JOB:
        return
    # Most files of a big job end while others still move: then nothing changes for the job.
    if current.job_state is JobState.ACTIVE and store.has_moving(job.job_id):
        return
    verdict = judge_job(job.job_type, store.file_states(job.job_id))
    if verdict.state in FINAL_JOB:
        reason = verdict.reason
        store.set_job(job.job_id, job_state=verdict.state, reason=reason, job_finished=time.time())
    elif verdict.state is not current.job_state:
        store.set_job(job.job_id, job_state=verdict.state)
