"""Reading many DL3 files: one after the other where the disk is quick, side by side where it is not."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from magic_rucio.dl3.errors import Dl3Error
from magic_rucio.dl3.models import Observation
from magic_rucio.dl3.reader import read_observation

BATCH = 32
"""Files read before it is asked again which way is quicker."""

THREADS = 16
"""Files read side by side. On a network file system each costs a few round trips of 1 to 50 ms."""

WAITING = 0.5
"""Share of the time spent waiting above which threads pay; below, Python's lock makes them a loss."""

Result = tuple[str, Observation | Dl3Error]


def read_observations(paths: Iterable[str | os.PathLike[str]]) -> Iterator[Result]:
    """Read DL3 files in the order given; one that fails yields its error in its place."""
    remaining = iter(paths)
    waiting = False
    with ThreadPoolExecutor(THREADS) as pool:  # starts no thread before it is used
        while batch := [os.fspath(path) for path in islice(remaining, BATCH)]:
            if waiting or _mostly_gzipped(batch):
                yield from pool.map(_read, batch)
            else:
                results, waiting = _read_in_turn(batch)
                yield from results


def _read_in_turn(batch: Sequence[str]) -> tuple[list[Result], bool]:
    """The results, and whether most of the time went into waiting for the disk."""
    clock, processor = time.perf_counter(), time.thread_time()
    results = [_read(path) for path in batch]
    took, worked = time.perf_counter() - clock, time.thread_time() - processor
    return results, took - worked > WAITING * took


def _mostly_gzipped(batch: Sequence[str]) -> bool:
    # Inflating happens outside Python's lock: as many cores as there are can do it.
    return sum(path.endswith(".gz") for path in batch) > len(batch) / 2


def _read(path: str) -> Result:
    try:
        return path, read_observation(path)
    except Dl3Error as error:
        return path, error
