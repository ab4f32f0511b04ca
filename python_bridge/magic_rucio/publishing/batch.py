"""Some files at once, through all steps."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import stamina

from magic_rucio.dl3 import Dl3Error
from magic_rucio.errors import ForbiddenError, MagicRucioError, SignInNeededError, UnreachableError
from magic_rucio.naming import NameSchema
from magic_rucio.publishing.candidates import Candidate, read_candidate
from magic_rucio.publishing.discovery import FoundFile
from magic_rucio.publishing.models import PublishedFile
from magic_rucio.publishing.plan import ContentDiffersError, Step, check_same, missing_metadata, plan
from magic_rucio.publishing.progress import Progress
from magic_rucio.publishing.registry import attach, check_place, look_up, pfns_at, register
from magic_rucio.publishing.work import Work
from magic_rucio.rucio import Did, RucioClient
from magic_rucio.rucio.records import RseRecord
from magic_rucio.storage.upload import UploadDoor

_HOPELESS = (UnreachableError, SignInNeededError, ForbiddenError)
"""What would meet every other file, too."""

_OF_ONE_FILE = frozenset(
    {"invalid-object", "content-differs", "did-exists", "rucio-refuses", "rucio-failed", "rucio-busy"}
)
"""Refusals of a whole call that may be the fault of one file in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where a publication goes."""

    dataset: Did
    rse: RseRecord
    scheme: str
    door: UploadDoor
    schema: NameSchema


@dataclass(slots=True, kw_only=True)
class Batch:
    """Takes lists of files, one after the other, through all steps."""

    client: RucioClient
    to: Destination
    attached: set[Did]
    side_by_side: asyncio.Semaphore
    progress: Progress
    stopped: threading.Event
    make_ready: Callable[[], Awaitable[None]]
    """Makes the dataset and its rule, once."""
    dry_run: bool
    hopeless: MagicRucioError | None = None
    """A failure that every other file would meet."""
    _named: dict[Did, Candidate] = field(default_factory=dict)

    async def publish(self, files: Sequence[FoundFile]) -> list[PublishedFile]:
        """Publish files; each failure is in its file's entry."""
        works = [Work(found, error=found.error) for found in files]
        await self._each(works, self._read)
        self._refuse_shared_names(works)
        alive = [work for work in works if work.error is None and work.candidate is not None]
        await self._together(alive, self._plan)
        todo = [work for work in alive if work.error is None and work.planned]
        if todo and not self.dry_run:
            await self._together(todo, self._carry_out)
        for work in works:
            if work.candidate is not None and (self.dry_run or not work.goes_on(Step.upload)):
                self.progress.advance(work.candidate.content.bytes)
        results = [work.result(dry_run=self.dry_run) for work in works]
        for result in results:
            self.progress.done(result)
        return results

    async def _carry_out(self, works: list[Work]) -> None:
        await self.make_ready()
        await self._each([work for work in works if work.goes_on(Step.upload)], self._upload)
        await self._in_parts([work for work in works if work.goes_on(Step.register)], self._register)
        await self._in_parts([work for work in works if work.goes_on(Step.metadata)], self._complete_metadata)
        await self._in_parts([work for work in works if work.goes_on(Step.attach)], self._attach)

    async def _read(self, work: Work) -> None:
        if work.error is not None:
            return
        try:
            work.candidate = await asyncio.to_thread(
                read_candidate,
                work.found.path,
                self.to.dataset.scope,
                self.to.schema,
                stopped=self.stopped.is_set,
            )
        except Dl3Error as error:
            # A folder may hold index tables and images besides.
            work.skipped = work.found.from_folder and error.code == "dl3-no-events"
            work.error = error

    def _refuse_shared_names(self, works: Sequence[Work]) -> None:
        for work in works:
            if work.candidate is None:
                continue
            first = self._named.setdefault(work.candidate.did, work.candidate)
            if first is not work.candidate:
                same = first.content == work.candidate.content
                work.skipped = same
                work.error = ContentDiffersError(
                    f"{work.found.path} would get the Rucio name of {first.path},"
                    f" {'and is a copy of it' if same else 'and holds other content'}: {work.candidate.did}.",
                    advice="Publish one of the two.",
                )

    async def _plan(self, works: list[Work]) -> None:
        dids = [work.ready.did for work in works]
        registered = await look_up(self.client, dids, self.to.rse.rse)
        pfns = {
            did: pfn
            for did, known in registered.items()
            for pfn in known.pfns
            if pfn.startswith(f"{self.to.scheme}:")
        }
        missing = [did for did in dids if did not in pfns]
        pfns |= await pfns_at(self.client, missing, self.to.rse, self.to.scheme)

        async def plan_one(work: Work) -> None:
            did = work.ready.did
            work.known = registered.get(did)
            work.pfn = pfns.get(did)
            if work.pfn is None:
                raise MagicRucioError(f"Rucio says no place at {self.to.rse.rse} for {did}.", code="no-pfn")
            check_place(work.pfn, self.to.rse)
            work.planned = plan(
                work.ready,
                rse=self.to.rse.rse,
                pfn=work.pfn,
                registered=work.known,
                stored=await asyncio.to_thread(self.to.door.look, work.pfn),
                attached=did in self.attached,
            )

        await self._each(works, plan_one)

    async def _upload(self, work: Work) -> None:
        def advance(size: int) -> None:
            if self.stopped.is_set():
                raise InterruptedError
            self.progress.advance(size)

        assert work.pfn is not None
        await asyncio.to_thread(self.to.door.put, work.ready.path, work.pfn, work.ready.content, advance)

    async def _register(self, works: list[Work]) -> None:
        await register(self.client, {str(work.pfn): work.ready for work in works}, self.to.rse.rse)
        # Rucio takes another size for a DID without a word: who registered first is seen only afterwards.
        registered = await look_up(self.client, [work.ready.did for work in works], self.to.rse.rse)
        for work in works:
            work.known = known = registered.get(work.ready.did)
            try:
                if known is None or known.replica_state is None:
                    raise MagicRucioError(
                        f"Rucio took {work.ready.did}, and does not show it.",
                        code="not-registered",
                        advice="Publish it again.",
                    )
                check_same(work.ready, known)
            except MagicRucioError as error:
                work.error = error
                continue
            if missing_metadata(work.ready, known) and Step.metadata not in work.planned:
                work.planned = (*work.planned, Step.metadata)

    async def _complete_metadata(self, works: list[Work]) -> None:
        await self.client.set_metadata_bulk({work.ready.did: work.ready.metadata for work in works})

    async def _attach(self, works: list[Work]) -> None:
        known = {work.ready.did: work.known for work in works if work.known is not None}
        await attach(self.client, self.to.dataset, known)

    async def _each(self, works: Sequence[Work], call: Callable[[Work], Awaitable[None]]) -> None:
        """Some side by side; a failure stays with its file."""

        async def one(work: Work) -> None:
            async with self.side_by_side:
                try:
                    await call(work)
                except MagicRucioError as error:
                    work.error = work.error or error

        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(one(work))

    async def _together(self, works: list[Work], call: Callable[[list[Work]], Awaitable[None]]) -> None:
        """One call for all; its failure is everybody's."""
        if not works:
            return
        try:
            await _insisting(call, works)
        except MagicRucioError as error:
            self._failed(works, error)

    async def _in_parts(self, works: list[Work], call: Callable[[list[Work]], Awaitable[None]]) -> None:
        """One call for all; where one file may be at fault, halves, until it is alone."""
        if not works:
            return
        try:
            await _insisting(call, works)
        except MagicRucioError as error:
            if len(works) == 1 or error.code not in _OF_ONE_FILE:
                self._failed(works, error)
                return
            middle = len(works) // 2
            await self._in_parts(works[:middle], call)
            await self._in_parts(works[middle:], call)

    def _failed(self, works: Sequence[Work], error: MagicRucioError) -> None:
        for work in works:
            work.error = work.error or error
        if isinstance(error, _HOPELESS) and error.code not in _OF_ONE_FILE:
            self.hopeless = error


async def _insisting(call: Callable[[list[Work]], Awaitable[None]], works: list[Work]) -> None:
    """Call again where the failure may pass: each of these steps done twice leaves the same as done once."""
    async for attempt in stamina.retry_context(on=_may_pass, attempts=3, wait_initial=0.5, wait_max=5.0):
        with attempt:
            await call(works)


def _may_pass(error: Exception) -> bool:
    return isinstance(error, UnreachableError) and error.code in ("unreachable", "timeout", "rucio-busy")
