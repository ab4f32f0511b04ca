"""Download mode as the API uses it: start, follow, cancel; what is in the cache."""

from __future__ import annotations

import asyncio
import functools
import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from magic_rucio.catalogue.models import Selection
from magic_rucio.config import RucioInstance, Settings
from magic_rucio.downloads.bringing import AT_ONCE, bring
from magic_rucio.downloads.cache import Cache
from magic_rucio.downloads.doors import Doors
from magic_rucio.downloads.job import Job
from magic_rucio.downloads.models import CacheUse, Download, DownloadRequest
from magic_rucio.downloads.wanted import Wanted
from magic_rucio.errors import ConflictError, InvalidInputError, MagicRucioError, NotFoundError
from magic_rucio.rucio import Did, RucioClient
from magic_rucio.rucio.batches import batches
from magic_rucio.rucio.records import ReplicaRecord

MOST_REMEMBERED = 100
"""Downloads that can still be asked about when they have ended."""

ADDRESSES_AT_ONCE = 200
"""Files whose addresses are asked of Rucio together: the first bytes should come soon, signed ones expire."""


class WantedRun(Protocol):
    """What downloads need to know of a run."""

    @property
    def did(self) -> str: ...
    @property
    def bytes(self) -> int: ...
    @property
    def adler32(self) -> str | None: ...


class Runs(Protocol):
    """Resolves a selection; the catalogue does."""

    async def selected_rows(self, selection: Selection) -> Sequence[WantedRun]: ...


class DownloadService:
    """Downloads of one account from one instance, into the cache that all share."""

    def __init__(
        self, *, instance: RucioInstance, settings: Settings, client: RucioClient, runs: Runs
    ) -> None:
        self._instance = instance
        self._client = client
        self._runs = runs
        self._cache = Cache(settings.cache_dir, settings.cache_limit_bytes)
        self._doors = Doors(instance)
        self._threads = ThreadPoolExecutor(AT_ONCE, "magic-rucio-download")
        self._jobs: dict[str, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def cached_path(self, did: str, size: int, adler32: str | None) -> Path | None:
        """Return where a file is in the cache, whole and verified; None where it is not.

        Looks at the disk: call from a thread for many.
        """
        return self._cache.find(self._instance.id, Wanted(did, size, adler32))

    async def start(self, request: DownloadRequest) -> Download:
        """Begin to bring a selection into the cache; one that is under way is followed.

        Raises
        ------
        InvalidInputError
            Where it is empty.
        ConflictError
            Where it is more than the cache may hold.
        """
        rows = await self._runs.selected_rows(request.selection)
        wanted = [Wanted(row.did, row.bytes, row.adler32) for row in rows]
        if not wanted:
            raise InvalidInputError("The selection holds no runs.", code="empty", advice="Pick at least one.")
        total = sum(one.size for one in wanted)
        if total > self._cache.limit:
            raise ConflictError(
                f"The selection has {total} bytes, the cache may hold {self._cache.limit}.",
                code="cache-too-small",
                advice="Pick fewer runs, or raise cache_limit_bytes in the configuration.",
            )
        await asyncio.to_thread(self._cache.prepare)
        digest = hashlib.sha256("\n".join(sorted(one.did for one in wanted)).encode()).hexdigest()
        for job in self._jobs.values():
            if job.selection == digest and job.state == "running" and not job.stop.is_set():
                return job.describe()
        job = Job(selection=digest, files_total=len(wanted), bytes_total=total)
        self._remember(job)
        task = asyncio.create_task(self._run(job, wanted))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job.describe()

    async def progress(self, download_id: str) -> Download:
        """Return how far a download is."""
        return self._job(download_id).describe()

    async def cancel(self, download_id: str) -> Download:
        """Stop; what is whole stays, the rest goes on another time."""
        job = self._job(download_id)
        if job.state == "running":
            job.stop.set()
            job.state = "cancelled"
        return job.describe()

    async def cache_use(self) -> CacheUse:
        """Return the size of the cache."""
        used, files = await asyncio.to_thread(self._cache.use)
        return CacheUse(path=str(self._cache.folder), used=used, limit=self._cache.limit, files=files)

    async def close(self) -> None:
        """Stop all downloads."""
        for job in self._jobs.values():
            job.stop.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self._threads.shutdown)
        self._doors.close()

    async def _run(self, job: Job, wanted: Sequence[Wanted]) -> None:
        loop = asyncio.get_running_loop()
        try:
            for batch in batches(wanted, ADDRESSES_AT_ONCE):
                if job.stop.is_set():
                    return
                missing = await asyncio.to_thread(self._missing, job, batch)
                replicas = await self._replicas(job, missing)
                if replicas is not None:
                    calls = (
                        functools.partial(self._fetch, job, one, replicas.get(one.did)) for one in missing
                    )
                    await asyncio.gather(*(loop.run_in_executor(self._threads, call) for call in calls))
        finally:
            job.finish()

    def _missing(self, job: Job, batch: Sequence[Wanted]) -> list[Wanted]:
        missing = []
        for one in batch:
            if self._cache.find(self._instance.id, one) is None:
                missing.append(one)
            else:
                job.advance(one.size)
                job.file_done()
        return missing

    async def _replicas(self, job: Job, missing: Sequence[Wanted]) -> dict[str, ReplicaRecord] | None:
        dids = [Did.parse(one.did) for one in missing]
        try:
            return {str(record.did): record async for record in self._client.list_replicas(dids)}
        except MagicRucioError as error:
            for one in missing:
                job.file_failed(one.did, error, 0)
            return None

    def _fetch(self, job: Job, one: Wanted, replica: ReplicaRecord | None) -> None:
        arrived = 0

        def advance(count: int) -> None:
            nonlocal arrived
            arrived += count
            job.advance(count)

        try:
            if job.stop.is_set():
                return
            bring(
                one,
                replica,
                instance=self._instance,
                cache=self._cache,
                doors=self._doors,
                advance=advance,
                stopped=job.stop.is_set,
            )
            job.file_done()
        except InterruptedError:
            return
        except MagicRucioError as error:
            job.file_failed(one.did, error, arrived)

    def _job(self, download_id: str) -> Job:
        job = self._jobs.get(download_id)
        if job is None:
            raise NotFoundError("This download is not known any more.", advice="Start it again.")
        return job

    def _remember(self, job: Job) -> None:
        ended = [one.id for one in self._jobs.values() if one.state != "running"]
        for old in ended[: max(0, len(self._jobs) - MOST_REMEMBERED + 1)]:
            del self._jobs[old]
        self._jobs[job.id] = job
