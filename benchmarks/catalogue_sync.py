"""The first sync of many runs and an update of a few, against a plain crawl by one client.

Run: ``.venv/bin/python benchmarks/catalogue_sync.py [--runs 100000] [--changes 100]``; it needs a running
sandbox, or ``--rucio URL --password WORD`` of another Rucio with the sandbox's accounts.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from catalogue_archive import Archive, add_archive_arguments, open_archive, print_table

from magic_rucio.catalogue.rucio_source import RucioSource
from magic_rucio.catalogue.store import open_store
from magic_rucio.catalogue.sync import OVERLAP, Syncer
from magic_rucio.rucio.records import Did

DESTINATION = "PIC-DCACHE"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_archive_arguments(parser)
    parser.add_argument("--changes", type=int, default=100)
    parser.add_argument("--without-crawl", action="store_true", help="leave the baseline out")
    asyncio.run(bench(parser.parse_args()))


async def bench(asked: argparse.Namespace) -> None:
    async with open_archive(asked) as archive:
        baseline = None if asked.without_crawl else await timed(lambda: plain_crawl(archive))
        with tempfile.TemporaryDirectory(prefix="bench-sync-") as folder:
            store = open_store(Path(folder) / "index.sqlite", "bench")
            source = RucioSource(archive.reader, [archive.scope], DESTINATION)
            syncer = Syncer(store, source, DESTINATION)
            first = await timed(syncer.run)
            # What was registered within the overlap is read twice: not what is measured here.
            await asyncio.sleep(OVERLAP.total_seconds() + 5)
            await syncer.run()
            await archive.change(asked.changes)
            update = await timed(syncer.run)
            idle = await timed(syncer.run)
            store.close()
    print_table(
        [
            (f"plain crawl of {archive.runs} runs, one client", baseline, None, ""),
            ("first sync", first, baseline, ">= 2 times faster"),
            (f"update of {asked.changes} changes", update, baseline, "< 1 s"),
            ("update right after it", idle, baseline, ""),
        ]
    )


async def plain_crawl(archive: Archive) -> None:
    """Read names, metadata and replicas, one call after another, a thousand files each."""
    client = archive.reader
    dids = [record.did async for record in client.search_dids(archive.scope, {"name": "*"}, long=False)]
    for begin in range(0, len(dids), 1000):
        batch: list[Did] = dids[begin : begin + 1000]
        metadata = [pair async for pair in client.bulk_metadata(batch)]
        replicas = [record async for record in client.list_replicas(batch)]
        assert len(metadata) == len(replicas) == len(batch)


async def timed(work: Callable[[], Awaitable[Any]]) -> float:
    """Return the seconds something takes."""
    begun = time.perf_counter()
    await work()
    seconds = time.perf_counter() - begun
    print(f"{seconds:.2f} s", flush=True)
    return seconds


if __name__ == "__main__":
    main()
