"""Publishing DL3 files: read, compare, upload, register, attach; safe to stop and to run again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from magic_rucio.errors import (
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    MagicRucioError,
)
from magic_rucio.naming import PIC, NameSchema
from magic_rucio.publishing.batch import Batch, Destination
from magic_rucio.publishing.discovery import FoundFile, find_files
from magic_rucio.publishing.models import Outcome, Problem, PublishedFile, PublishReport
from magic_rucio.publishing.progress import Progress, Silent
from magic_rucio.publishing.registry import check_may_register, hold, look_up_dataset
from magic_rucio.rucio import Did, RucioClient
from magic_rucio.rucio.batches import batches
from magic_rucio.rucio.errors import QuotaError
from magic_rucio.rucio.records import RseRecord
from magic_rucio.storage.local import LocalDoor
from magic_rucio.storage.upload import StorageError, UploadDoor

DOORS: Mapping[str, UploadDoor] = {"file": LocalDoor()}
"""Protocol -> how this machine writes by it."""

BATCH = 200
"""Files registered at once: a crash loses the work of no more; Rucio would take 1000."""

PARALLEL = 4
"""Files read or uploaded side by side: enough to hide the disk's waiting, kind to a notebook server."""


async def publish(
    paths: Iterable[Path | str],
    *,
    dataset: Did,
    rse: str,
    client: RucioClient,
    schema: NameSchema = PIC,
    dry_run: bool = False,
    hold: bool = True,
    parallel: int = PARALLEL,
    progress: Progress | None = None,
    doors: Mapping[str, UploadDoor] = DOORS,
) -> PublishReport:
    """Upload DL3 files to an RSE, register them with metadata, and attach them to a dataset.

    Parameters
    ----------
    paths
        Files, and folders that are searched for FITS files.
    dataset
        Made where it is missing; the files get its scope.
    rse
        Where the files go.
    schema
        The names that this Rucio takes.
    dry_run
        Look at everything, change nothing.
    hold
        Make a rule without an end on the dataset at the RSE.

    Returns
    -------
    PublishReport
        With one entry a file; a file that failed stops no other.

    Raises
    ------
    MagicRucioError
        Where nothing could be published at all: no such RSE, scope or right, Rucio out of reach.
    """
    schema.check_scope(dataset.scope)
    schema.check_name(dataset.name)
    destination = _destination(await client.rse(rse), dataset, schema, doors)
    publication = _Publication(client, destination, dry_run, hold, progress or Silent())
    await check_may_register(client, rse)
    publication.exists = await look_up_dataset(client, dataset)
    found = await asyncio.to_thread(lambda: list(find_files(map(_path, paths))))
    return await publication.run(found, asyncio.Semaphore(max(1, parallel)))


def _path(path: Path | str) -> Path:
    """Refuse an empty text: it is a shell variable that was not set, not the folder one is in."""
    if path == "" or "\0" in str(path):
        raise InvalidInputError(f"{str(path)!a} is not a path.", advice="Name files or folders.")
    return Path(path)


def _destination(
    rse: RseRecord, dataset: Did, schema: NameSchema, doors: Mapping[str, UploadDoor]
) -> Destination:
    if not rse.availability_write:
        raise ConflictError(
            f"{rse.rse} is closed for writing.", code="rse-unavailable", advice="Try later, or ask the site."
        )
    offered = [protocol.scheme for protocol in rse.protocols]
    scheme = next((scheme for scheme in offered if scheme in doors), None)
    if scheme is None:
        raise StorageError(
            f"{rse.rse} is written by {', '.join(offered) or 'no protocol'}, this machine writes by"
            f" {', '.join(sorted(doors))}.",
            code="no-common-protocol",
            status=409,
            advice="Publish to another RSE, or from a machine that mounts this one.",
        )
    return Destination(dataset=dataset, rse=rse, scheme=scheme, door=doors[scheme], schema=schema)


class _Publication:
    """One run: the dataset is made once, and only if there is something to attach."""

    def __init__(
        self, client: RucioClient, destination: Destination, dry_run: bool, hold: bool, progress: Progress
    ) -> None:
        self._client = client
        self._to = destination
        self._dry_run = dry_run
        self._hold = hold
        self._progress = progress
        self.exists = False
        self._ready = False
        self._created = False
        self._rule_id: str | None = None
        self._warnings: list[str] = []

    async def run(self, found: Sequence[FoundFile], side_by_side: asyncio.Semaphore) -> PublishReport:
        attached = await self._attached()
        stopped = threading.Event()
        batch = Batch(
            client=self._client,
            to=self._to,
            attached=attached,
            side_by_side=side_by_side,
            progress=self._progress,
            stopped=stopped,
            make_ready=self._make_ready,
            dry_run=self._dry_run,
        )
        self._progress.begin(len(found), sum(_size(file.path) for file in found))
        files: list[PublishedFile] = []
        try:
            for some in batches(found, BATCH):
                files += await batch.publish(some)
                if reason := batch.hopeless:
                    files += [_not_tried(file, reason) for file in found[len(files) :]]
                    break
            if any(file.outcome is Outcome.already_there for file in files) and not self._dry_run:
                await self._make_ready()
        finally:
            # Threads cannot be cancelled: they look at this between two blocks.
            stopped.set()
        return PublishReport(
            dataset=str(self._to.dataset),
            rse=self._to.rse.rse,
            dry_run=self._dry_run,
            dataset_created=self._created,
            rule_id=self._rule_id,
            warnings=tuple(self._warnings),
            files=tuple(files),
        )

    async def _attached(self) -> set[Did]:
        if not self.exists:
            return set()
        return {record.did async for record in self._client.content(self._to.dataset)}

    async def _make_ready(self) -> None:
        """Dataset and rule come before the first byte: what is attached later is held from then on."""
        if self._ready:
            return
        if not self.exists:
            try:
                await self._client.add_dataset(self._to.dataset)
                self._created = True
            except MagicRucioError as error:
                if error.code != "did-exists":  # somebody else made it meanwhile
                    raise
        if self._hold:
            await self._make_rule()
        self._ready = True

    async def _make_rule(self) -> None:
        try:
            self._rule_id = await hold(self._client, self._to.dataset, self._to.rse.rse)
        except (QuotaError, ForbiddenError) as error:
            self._warnings.append(
                f"No rule holds {self._to.dataset} at {self._to.rse.rse}: {error.message}"
                " The copies stay until somebody else's rule on them ends."
            )


def _not_tried(file: FoundFile, reason: MagicRucioError) -> PublishedFile:
    problem = Problem(
        code="not-tried", message=f"Not tried: {reason.message}", advice=reason.advice, details=reason.details
    )
    return PublishedFile(path=str(file.path), outcome=Outcome.failed, problem=problem)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
