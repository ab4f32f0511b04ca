"""Downloads as the API uses them: Rucio's answers and the bytes come over real HTTP."""

from __future__ import annotations

import asyncio
import random
import time
import zlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from magic_rucio.catalogue.models import DidSelection, Selection
from magic_rucio.config import RucioInstance, Settings
from magic_rucio.downloads.models import Download, DownloadRequest
from magic_rucio.downloads.service import DownloadService
from magic_rucio.errors import ConflictError, InvalidInputError, NotFoundError
from magic_rucio.rucio import RucioClient

from .door import Door

SIZE = 60_000


@dataclass
class Row:
    did: str
    bytes: int
    adler32: str | None


class Catalogue:
    def __init__(self) -> None:
        self.rows: list[Row] = []

    async def selected_rows(self, selection: Selection) -> Sequence[Row]:
        assert isinstance(selection, DidSelection)
        return [row for row in self.rows if row.did in selection.dids]


class Bench:
    def __init__(self, door: Door, folder: Path) -> None:
        self.door = door
        self.catalogue = Catalogue()
        instance = RucioInstance(rucio_url=door.url, destination_rse="PIC")
        settings = Settings(instances=(instance,), cache_dir=folder, cache_limit_bytes=10_000_000)
        self.client = RucioClient(instance, "token")
        self.service = DownloadService(
            instance=instance, settings=settings, client=self.client, runs=self.catalogue
        )

    def add(self, count: int, *, served: bool = True) -> list[str]:
        dids = []
        for index in range(len(self.catalogue.rows), len(self.catalogue.rows) + count):
            content = random.Random(index).randbytes(SIZE)
            adler32 = f"{zlib.adler32(content):08x}"
            if served:
                self.door.files[f"/{index}.fits"] = content
            pfn = f"{self.door.url}/{index}.fits"
            self.door.replicas.append(
                {
                    "scope": "s",
                    "name": f"{index}.fits",
                    "bytes": SIZE,
                    "adler32": adler32,
                    "rses": {"PIC": [pfn]},
                    "states": {"PIC": "AVAILABLE"},
                }
            )
            self.catalogue.rows.append(Row(f"s:{index}.fits", SIZE, adler32))
            dids.append(f"s:{index}.fits")
        return dids

    async def start(self, dids: list[str]) -> Download:
        return await self.service.start(DownloadRequest(selection=DidSelection(kind="dids", dids=dids)))

    async def finished(self, download: Download) -> Download:
        async with asyncio.timeout(20):
            # As the browser does.
            while (now := await self.service.progress(download.id)).state == "running":  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        return now


@pytest.fixture
async def bench(door: Door, tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(door, tmp_path / "cache")
    yield bench
    await bench.service.close()
    await bench.client.close()


async def test_a_selection_arrives_and_is_found(bench: Bench) -> None:
    dids = bench.add(10)
    done = await bench.finished(await bench.start(dids))
    assert done.state == "done"
    assert (done.files_done, done.bytes_done) == (10, 10 * SIZE)
    assert done.failures == []
    for row in bench.catalogue.rows:
        path = bench.service.cached_path(row.did, row.bytes, row.adler32)
        assert path is not None
        assert zlib.adler32(path.read_bytes()) == int(row.adler32 or "", 16)
    use = await bench.service.cache_use()
    assert (use.used, use.files) == (10 * SIZE, 10)


async def test_a_second_time_neither_rucio_nor_the_door_is_asked(bench: Bench) -> None:
    dids = bench.add(3)
    await bench.finished(await bench.start(dids))
    asked = len(bench.door.asked)
    done = await bench.finished(await bench.start(dids))
    assert done.files_done == 3
    assert len(bench.door.asked) == asked


async def test_progress_rate_and_cancel(bench: Bench) -> None:
    bench.door.seconds_a_block = 0.02
    download = await bench.start(bench.add(8))
    await asyncio.sleep(0.4)
    running = await bench.service.progress(download.id)
    assert running.state == "running"
    assert 0 < running.bytes_done < running.bytes_total
    assert running.rate
    assert running.time_left
    began = time.monotonic()
    assert (await bench.service.cancel(download.id)).state == "cancelled"
    await bench.service.close()
    assert time.monotonic() - began < 3
    after = await bench.service.progress(download.id)
    assert after.state == "cancelled"
    assert after.rate is None


async def test_the_same_selection_twice_is_one_download(bench: Bench) -> None:
    bench.door.seconds_a_block = 0.01
    dids = bench.add(2)
    first, second = await bench.start(dids), await bench.start(dids[::-1])
    assert first.id == second.id
    await bench.finished(first)


async def test_a_file_that_fails_leaves_the_others(bench: Bench) -> None:
    dids = bench.add(2) + bench.add(1, served=False)
    bench.catalogue.rows.append(Row("s:unknown.fits", 5, None))
    done = await bench.finished(await bench.start([*dids, "s:unknown.fits"]))
    assert done.state == "failed"
    assert (done.files_done, done.bytes_done) == (2, 2 * SIZE)
    words = {failure.did: failure.message for failure in done.failures}
    assert "does not have this file" in words["s:2.fits"]
    assert "no good replica" in words["s:unknown.fits"]


async def test_the_token_of_rucio_goes_to_rucio_alone(bench: Bench) -> None:
    await bench.finished(await bench.start(bench.add(1)))
    for path, headers in bench.door.asked:
        assert ("X-Rucio-Auth-Token" in headers) == (path == "/replicas/list")


async def test_content_that_changed_in_rucio_is_not_taken_for_the_old(bench: Bench) -> None:
    dids = bench.add(1)
    bench.catalogue.rows[0].bytes += 1
    done = await bench.finished(await bench.start(dids))
    assert "Refresh the catalogue" in done.failures[0].advice


async def test_rucio_down(bench: Bench) -> None:
    nowhere = bench.client.instance.model_copy(update={"rucio_url": "http://127.0.0.1:9"})
    bench.service._client = RucioClient(nowhere, "token")
    done = await bench.finished(await bench.start(bench.add(2)))
    assert done.state == "failed"
    assert ["cannot be reached" in failure.message for failure in done.failures] == [True, True]


async def test_what_cannot_begin_says_why(bench: Bench) -> None:
    with pytest.raises(InvalidInputError):
        await bench.start(["s:none"])
    dids = bench.add(1)
    bench.catalogue.rows[0].bytes = 10**9
    with pytest.raises(ConflictError) as caught:
        await bench.start(dids)
    assert caught.value.code == "cache-too-small"
    with pytest.raises(NotFoundError):
        await bench.service.progress("0" * 32)


async def test_the_event_loop_is_free_while_files_are_hashed_and_written(bench: Bench) -> None:
    download = await bench.start(bench.add(40))
    worst = 0.0
    while (await bench.service.progress(download.id)).state == "running":
        began = time.monotonic()
        await asyncio.sleep(0.005)
        worst = max(worst, time.monotonic() - began - 0.005)
    assert worst < 0.25
