"""A file of Rucio's into the cache, from whatever replica this machine can read."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from magic_rucio.config import RucioInstance, Settings
from magic_rucio.downloads.cache import Cache
from magic_rucio.downloads.doors import Doors
from magic_rucio.downloads.fetching import fetch
from magic_rucio.downloads.sources import no_source_words, sources_of
from magic_rucio.downloads.wanted import Wanted
from magic_rucio.errors import MagicRucioError
from magic_rucio.rucio.records import ReplicaRecord
from magic_rucio.storage.fetch import FetchError

AT_ONCE = 4
"""Files: enough to hide a door's latency, few enough not to be a burden to it."""


def bring(
    wanted: Wanted,
    replica: ReplicaRecord | None,
    *,
    instance: RucioInstance,
    cache: Cache,
    doors: Doors,
    advance: Callable[[int], None],
    stopped: Callable[[], bool],
) -> Path:
    """Bring one file; blocks, so call from a thread. Raises as `fetching.fetch`."""
    sources = sources_of(replica, instance, doors.kinds) if replica else []
    if replica is None or not sources:
        words, advice = no_source_words(replica, doors.kinds)
        raise FetchError(words, advice=advice, code="no-source")
    if replica.bytes is not None and replica.bytes != wanted.size:
        raise FetchError(
            f"Rucio now has {replica.bytes} bytes of it on record, the catalogue {wanted.size}.",
            advice="Refresh the catalogue, then try again.",
            code="content-differs",
        )
    return fetch(
        wanted,
        sources,
        instance_id=instance.id,
        cache=cache,
        doors=doors,
        advance=advance,
        stopped=stopped,
    )


async def bring_all(
    replicas: Iterable[ReplicaRecord], *, instance: RucioInstance, settings: Settings
) -> dict[str, Path | MagicRucioError]:
    """Bring many files, for scripts; return by DID where each is, or why it is not.

    Raises
    ------
    ConflictError
        Where the cache cannot be made.
    """
    cache, doors, stop = (
        Cache(settings.cache_dir, settings.cache_limit_bytes),
        Doors(instance),
        threading.Event(),
    )
    cache.prepare()

    def one(replica: ReplicaRecord) -> Path | MagicRucioError:
        wanted = Wanted(str(replica.did), replica.bytes or 0, replica.adler32)
        try:
            return cache.find(instance.id, wanted) or bring(
                wanted,
                replica,
                instance=instance,
                cache=cache,
                doors=doors,
                advance=lambda _: None,
                stopped=stop.is_set,
            )
        except MagicRucioError as error:
            return error

    records = list(replicas)
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(AT_ONCE, "magic-rucio-download") as threads:
        try:
            found = await asyncio.gather(*(loop.run_in_executor(threads, one, record) for record in records))
        finally:
            # Of a cancel: the threads end at their next block, and what has arrived stays.
            stop.set()
    doors.close()
    return {str(record.did): result for record, result in zip(records, found, strict=True)}
