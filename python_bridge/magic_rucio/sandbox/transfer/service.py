"""The service behind the routes: takes jobs in, answers about them, starts and stops the machinery."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from magic_rucio.sandbox.transfer.answers import problem, show_files, show_job
from magic_rucio.sandbox.transfer.areas import StorageAreas
from magic_rucio.sandbox.transfer.config import TransferConfig
from magic_rucio.sandbox.transfer.dispatch import Dispatcher
from magic_rucio.sandbox.transfer.faults import FaultBook
from magic_rucio.sandbox.transfer.job_builder import JobBuilder
from magic_rucio.sandbox.transfer.lifecycle import Lifecycle
from magic_rucio.sandbox.transfer.mover import DirectoryMover, Mover
from magic_rucio.sandbox.transfer.orders import Orders
from magic_rucio.sandbox.transfer.records import JobRow
from magic_rucio.sandbox.transfer.run import TransferName
from magic_rucio.sandbox.transfer.scheduler import Scheduler
from magic_rucio.sandbox.transfer.states import FINAL_JOB
from magic_rucio.sandbox.transfer.store import Store
from magic_rucio.sandbox.transfer.submission import parse_submission

OK = "200 Ok"
NOT_MODIFIED = "304 Not Modified"
NOT_FOUND = "404 Not Found"


class JobNotFoundError(LookupError):
    """FTS answers 404 with this text."""

    def __init__(self, job_id: str) -> None:
        super().__init__(f'No job with the id "{job_id}" has been found')


class DuplicateJobError(ValueError):
    """A deterministic id that was used before; FTS answers 409."""


class TransferService:
    """Everything but HTTP.

    Parameters
    ----------
    config : TransferConfig
    movers : sequence of Mover, optional
        Tried in order; by default between directories alone.
    """

    def __init__(self, config: TransferConfig, movers: Sequence[Mover] | None = None) -> None:
        self.config = config
        self.areas = StorageAreas(config.allowed_roots)
        self.store = Store(config.database)
        self.faults = FaultBook(self.store)
        self.scheduler = Scheduler(config, self.areas)
        self.lifecycle = Lifecycle(self.store, config, self.areas, self.scheduler)
        self.orders = Orders(self.store, self.scheduler)
        self._dispatcher = Dispatcher(
            store=self.store,
            config=config,
            areas=self.areas,
            scheduler=self.scheduler,
            lifecycle=self.lifecycle,
            faults=self.faults,
            movers=[DirectoryMover(self.areas)] if movers is None else movers,
        )
        self._builder = JobBuilder(
            vo=config.vo,
            auth_method=config.auth_method,
            file_metadata_bytes=config.file_metadata_bytes,
            job_metadata_bytes=config.job_metadata_bytes,
            queued_from=lambda url: self.scheduler.waiting_at(self.areas.storage_of(url)),
        )

    def start(self) -> None:
        """Take up what was left and begin to move."""
        self.lifecycle.recover()
        self.scheduler.start(self.lifecycle.claim, self._dispatcher.carry_out)

    def stop(self) -> None:
        """End; what moves is taken up at the next start."""
        self.scheduler.stop()
        self.store.close()

    def submit(self, body: Any) -> str:
        """Take in a job and return its id.

        Raises
        ------
        SubmissionError, DuplicateJobError
        """
        job, files = self._builder.build(parse_submission(body))
        if not self.lifecycle.submit(job, files):
            raise DuplicateJobError("The sid provided by the user is duplicated")
        return job.job_id

    def job(self, job_id: str) -> JobRow:
        """One job that is not lost.

        Raises
        ------
        JobNotFoundError
        """
        job = self.store.snapshot.job(job_id)
        if job is None or job.lost or self._is_lost_now(job_id):
            raise JobNotFoundError(job_id)
        return job

    def show(self, job: JobRow, file_fields: Sequence[str] = ()) -> dict[str, Any]:
        """A job as the interface shows it, with its files if fields of them are named."""
        shown = show_job(job, user_dn=self.config.user_dn, vo=self.config.vo)
        if file_fields:
            shown["files"] = show_files(self.store.snapshot.files(job.job_id), file_fields)
        return shown

    def look_up(self, job_id: str, file_fields: Sequence[str]) -> dict[str, Any]:
        """A job or the problem with it, each with `http_status`."""
        try:
            job = self.job(job_id)
        except JobNotFoundError as error:
            return problem(job_id, NOT_FOUND, str(error))
        return {**self.show(job, file_fields), "http_status": OK}

    def cancel(self, job_id: str) -> dict[str, Any]:
        """Cancel a job and show it; one that has ended stays as it is, with 304 in the body."""
        return self._change(job_id, lambda job: self.orders.cancel(job.job_id))

    def set_priority(self, job_id: str, priority: int | None) -> dict[str, Any]:
        """Change the priority (1 to 5; others are brought into that range) and show the job."""

        def change(job: JobRow) -> bool:
            if priority is not None:
                self.orders.change_priority(job.job_id, max(1, min(priority, 5)))
            return True

        return self._change(job_id, change)

    def _change(self, job_id: str, change: Callable[[JobRow], bool]) -> dict[str, Any]:
        try:
            job = self.job(job_id)
        except JobNotFoundError as error:
            return problem(job_id, NOT_FOUND, str(error))
        changed = job.job_state not in FINAL_JOB and change(job)
        current = self.store.snapshot.job(job_id) or job
        if changed:
            return {**self.show(current), "http_status": OK, "http_message": None}
        message = "The job is in a terminal state"
        return {**self.show(current), "http_status": NOT_MODIFIED, "http_message": message}

    def _is_lost_now(self, job_id: str) -> bool:
        def names() -> Iterator[TransferName]:
            for file in self.store.snapshot.files(job_id):
                yield self._dispatcher.name_of(file)

        if not self.faults.lose_job(names()):
            return False
        self.store.set_job(job_id, lost=True)
        return True
