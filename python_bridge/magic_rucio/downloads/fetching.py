"""One file into the cache: room, lock, sources in turn, resumed tries, checksum, name."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import stamina

from magic_rucio.downloads.cache import Cache, part_of
from magic_rucio.downloads.part import Part, opened
from magic_rucio.downloads.sources import Door, Source
from magic_rucio.downloads.wanted import Wanted
from magic_rucio.storage.fetch import FetchError, ReadDoor

ATTEMPTS = 4
"""A source, each going on where the one before ended."""


def fetch(
    wanted: Wanted,
    sources: Sequence[Source],
    *,
    instance_id: str,
    cache: Cache,
    doors: Mapping[Door, ReadDoor],
    advance: Callable[[int], None],
    stopped: Callable[[], bool],
) -> Path:
    """Bring a file into the cache, or find it there because another process was faster.

    Blocks: call from a thread.

    Raises
    ------
    FetchError
        Where no source gives the bytes that Rucio has on record: why the last one does not.
    ConflictError
        Where the cache or the disk is full.
    InterruptedError
        Where `stopped` said so; what has arrived stays for another time.
    """
    place = cache.place_of(instance_id, wanted)
    with cache.locked(place, stopped):
        if found := cache.find(instance_id, wanted):
            advance(wanted.size)
            return found
        cache.make_room(place, wanted.size)
        path = part_of(place, wanted.size)
        with opened(path, wanted.size, advance=advance, stopped=stopped) as part:
            try:
                _fill(part, wanted, sources, doors)
            except FetchError as error:
                if error.code == "content-differs":
                    part.restart()
                if part.offset == 0:
                    # Its name would go on reserving room.
                    path.unlink(missing_ok=True)
                raise
            part.sync()
        path.chmod(0o400)
        path.rename(place)
        _sync_folder(place.parent)
    return place


def _fill(part: Part, wanted: Wanted, sources: Sequence[Source], doors: Mapping[Door, ReadDoor]) -> None:
    last = FetchError("No source.", advice="")
    for source in sources:
        try:
            _from_one(part, wanted, source, doors[source.door])
            return
        except FetchError as error:
            last = error
            if error.code == "content-differs":
                part.restart()
    raise last


def _from_one(part: Part, wanted: Wanted, source: Source, door: ReadDoor) -> None:
    for attempt in stamina.retry_context(
        on=_is_passing, attempts=ATTEMPTS, wait_initial=0.3, wait_max=5.0, timeout=None
    ):
        with attempt:
            if part.offset < part.size or not part.size:
                door.fetch(source.address, part)
            _check(part, wanted, source)


def _check(part: Part, wanted: Wanted, source: Source) -> None:
    if part.offset < wanted.size:
        raise FetchError(
            f"{source.rse} gave {part.offset} of {wanted.size} bytes.",
            advice="Try again later; if it stays, tell the data manager.",
            # Where a connection ends early without saying so, the rest comes with the next try.
            passing=True,
        )
    if wanted.adler32 is None or part.adler32 == wanted.adler32.lower().zfill(8):
        return
    resumed, found = part.resumed, part.adler32
    part.restart()
    raise FetchError(
        f"What {source.rse} gave has adler32 {found}, Rucio has {wanted.adler32} on record: thrown away.",
        code="content-differs",
        advice="The replica may be damaged: tell the data manager.",
        # What an earlier try left may have been of other content: once more, from the beginning.
        passing=resumed,
    )


def _is_passing(error: Exception) -> bool:
    return isinstance(error, FetchError) and error.passing


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
