"""What the service remembers: jobs, files and faults in one SQLite file (write-ahead log).

A commit survives `kill -9` of the process; power loss may take the last moments (synchronous
NORMAL), which a sandbox can bear for ten times the speed.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from magic_rucio.errors import ConflictError
from magic_rucio.sandbox.transfer.records import FileRow, JobRow, NewFile, NewJob
from magic_rucio.sandbox.transfer.states import FileState, JobState, JobType

SCHEMA_VERSION = 1

_SCHEMA = """
create table job (
  job_id text primary key, job_type text not null, job_state text not null, priority integer not null,
  submit_time real not null, checksum_method text not null, overwrite_flag text,
  dst_file_report integer not null, bring_online integer not null, copy_pin_lifetime integer not null,
  archive_timeout integer not null, retry integer not null, retry_delay integer not null,
  expires_at real, job_metadata text not null, source_se text, dest_se text, reason text,
  job_finished real, lost integer not null default 0
) without rowid;
create index job_under_way on job (submit_time) where job_finished is null;
create table file (
  file_id integer primary key autoincrement, job_id text not null references job (job_id),
  file_index integer not null, file_state text not null, source_surl text not null,
  dest_surl text not null, source_se text not null, dest_se text not null, priority integer not null,
  user_filesize integer not null, checksum text not null, selection_strategy text not null,
  activity text not null, file_metadata text, reason text, filesize integer,
  retries_done integer not null default 0, queued_at real not null, start_time real, finish_time real,
  staging_start real, staging_finished real, archive_start_time real, archive_finish_time real
);
create index file_of_job on file (job_id);
create index file_under_way on file (file_state)
  where file_state in ('STAGING', 'SUBMITTED', 'READY', 'ACTIVE', 'ARCHIVING');
create table fault (fault_id text primary key, body text not null, used integer not null);
"""

_JOB_COLUMNS = ", ".join(field.name for field in fields(JobRow))
_FILE_COLUMNS = ", ".join(field.name for field in fields(FileRow))


def _job(row: sqlite3.Row) -> JobRow:
    values = dict(row)
    values["job_type"] = JobType(values["job_type"])
    values["job_state"] = JobState(values["job_state"])
    values["dst_file_report"] = bool(values["dst_file_report"])
    values["lost"] = bool(values["lost"])
    return JobRow(**values)


def _file(row: sqlite3.Row) -> FileRow:
    values = dict(row)
    values["file_state"] = FileState(values["file_state"])
    return FileRow(**values)


class Rows:
    """Reading, on one connection that threads share under its lock."""

    def __init__(self, path: Path) -> None:
        # Threads take turns under the lock, so the check for one thread alone would only be in the way.
        self._connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._lock = threading.RLock()

    def _select(self, statement: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def job(self, job_id: str) -> JobRow | None:
        """One job."""
        rows = self._select(f"select {_JOB_COLUMNS} from job where job_id = ?", [job_id])  # noqa: S608
        return _job(rows[0]) if rows else None

    def jobs_under_way(self, limit: int = 100_000) -> list[JobRow]:
        """Jobs that have not ended, oldest first."""
        statement = f"select {_JOB_COLUMNS} from job where job_finished is null order by submit_time limit ?"  # noqa: S608
        return [_job(row) for row in self._select(statement, [limit])]

    def jobs_in(self, states: Collection[str], limit: int) -> list[JobRow]:
        """Newest jobs in some states."""
        marks = ", ".join("?" * len(states))
        statement = (
            f"select {_JOB_COLUMNS} from job where job_state in ({marks}) order by submit_time desc limit ?"  # noqa: S608
        )
        return [_job(row) for row in self._select(statement, [*states, limit])]

    def file(self, file_id: int) -> FileRow | None:
        """One file."""
        rows = self._select(f"select {_FILE_COLUMNS} from file where file_id = ?", [file_id])  # noqa: S608
        return _file(rows[0]) if rows else None

    def files(self, job_id: str) -> list[FileRow]:
        """The files of a job, in the order of submission."""
        statement = f"select {_FILE_COLUMNS} from file where job_id = ? order by file_id"  # noqa: S608
        return [_file(row) for row in self._select(statement, [job_id])]

    def file_states(self, job_id: str) -> list[tuple[int, FileState]]:
        """Index and state of each file of a job."""
        rows = self._select("select file_index, file_state from file where job_id = ?", [job_id])
        return [(row[0], FileState(row[1])) for row in rows]

    def has_moving(self, job_id: str) -> bool:
        """Whether a file of the job moves now or is about to."""
        statement = "select 1 from file where job_id = ? and file_state in ('READY', 'ACTIVE') limit 1"
        return bool(self._select(statement, [job_id]))

    def files_in(self, state: FileState) -> list[FileRow]:
        """All files in one of the states under way."""
        # Bound parameters would hide from SQLite that the partial index applies.
        statement = f"select {_FILE_COLUMNS} from file where file_state = '{state.value}' order by file_id"  # noqa: S608
        return [_file(row) for row in self._select(statement)]

    def counts(self) -> dict[str, int]:
        """Number of files under way by state."""
        states = "('STAGING', 'SUBMITTED', 'READY', 'ACTIVE', 'ARCHIVING')"
        rows = self._select(
            f"select file_state, count(*) from file where file_state in {states} group by file_state"  # noqa: S608
        )
        return {row[0]: row[1] for row in rows}

    def faults(self) -> list[tuple[str, str, int]]:
        """Id, JSON body and number of uses of each fault."""
        rows = self._select("select fault_id, body, used from fault order by rowid")
        return [(row[0], row[1], row[2]) for row in rows]

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()


class Store(Rows):
    """Reading and writing. `snapshot` reads beside it without waiting for writers.

    Raises
    ------
    ConflictError
        The database is of another version of this service.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        super().__init__(path)
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute("pragma synchronous = normal")
        version = self._connection.execute("pragma user_version").fetchone()[0]
        if version not in (0, SCHEMA_VERSION):
            raise ConflictError(
                f"{path} was written by another version of the transfer service.",
                advice="Reset the sandbox, or give another database file.",
            )
        if version == 0:
            self._connection.executescript(
                f"begin; {_SCHEMA} pragma user_version = {SCHEMA_VERSION}; commit;"
            )
        self.snapshot = Rows(path)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; nests into the outer one."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("begin immediate")
            try:
                yield
            except BaseException:
                self._connection.execute("rollback")
                raise
            self._connection.execute("commit")

    def add_job(self, job: NewJob, files: Iterable[NewFile]) -> bool:
        """Store a new job; False when the id is taken."""
        job_values = asdict(job)
        with self.transaction():
            names, marks = _placeholders(job_values)
            try:
                self._connection.execute(f"insert into job ({names}) values ({marks})", job_values)  # noqa: S608
            except sqlite3.IntegrityError:
                return False
            now = time.time()
            staged = now if job.staged else None
            rows = [
                {
                    **asdict(file),
                    "job_id": job.job_id,
                    "queued_at": now,
                    "staging_start": staged if file.file_state is FileState.STAGING else None,
                }
                for file in files
            ]
            names, marks = _placeholders(rows[0])
            self._connection.executemany(f"insert into file ({names}) values ({marks})", rows)  # noqa: S608
        return True

    def set_file(self, file_id: int, expected: Collection[FileState], **values: Any) -> bool:
        """Change a file if it still is in one of the expected states; whether it was."""
        changes = ", ".join(f"{name} = :{name}" for name in values)
        states = ", ".join(f"'{state.value}'" for state in expected)
        statement = f"update file set {changes} where file_id = :_id and file_state in ({states})"  # noqa: S608
        with self.transaction():
            return self._connection.execute(statement, {**values, "_id": file_id}).rowcount == 1

    def set_job(self, job_id: str, **values: Any) -> None:
        """Change a job."""
        changes = ", ".join(f"{name} = :{name}" for name in values)
        with self.transaction():
            self._connection.execute(
                f"update job set {changes} where job_id = :_id",  # noqa: S608
                {**values, "_id": job_id},
            )

    def set_priority(self, job_id: str, priority: int) -> None:
        """Change the priority of a job and its files."""
        with self.transaction():
            self._connection.execute("update file set priority = ? where job_id = ?", [priority, job_id])
            self.set_job(job_id, priority=priority)

    def save_fault(self, fault_id: str, body: str, used: int) -> None:
        """Add a fault or change it."""
        statement = (
            "insert into fault (fault_id, body, used) values (?, ?, ?) "
            "on conflict do update set body = excluded.body, used = excluded.used"
        )
        with self.transaction():
            self._connection.execute(statement, [fault_id, body, used])

    def delete_fault(self, fault_id: str) -> None:
        """Forget a fault."""
        with self.transaction():
            self._connection.execute("delete from fault where fault_id = ?", [fault_id])

    def close(self) -> None:
        self.snapshot.close()
        super().close()


def _placeholders(row: dict[str, Any]) -> tuple[str, str]:
    return ", ".join(row), ", ".join(f":{name}" for name in row)
