"""Download mode on a real Rucio: its addresses, its checksums, the bytes of its storage."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from magic_rucio.attachments.from_rucio import rows_from_rucio
from magic_rucio.catalogue.models import DidSelection, Selection
from magic_rucio.config import RucioInstance, Settings
from magic_rucio.downloads.models import Download, DownloadRequest
from magic_rucio.downloads.service import DownloadService
from magic_rucio.rucio import Did, RucioClient
from magic_rucio.rucio.authentication import token_for_password
from magic_rucio.sandbox.description import SandboxDescription
from magic_rucio.sandbox.rest import RucioCalls

from .files import register_file

pytestmark = pytest.mark.sandbox

SCOPE = "magic-dl3"


@dataclass
class Row:
    did: str
    bytes: int
    adler32: str | None


@dataclass
class RunsOfRucio:
    """Resolves a selection by asking Rucio: what the catalogue does, without its index."""

    client: RucioClient

    async def selected_rows(self, selection: Selection) -> Sequence[Row]:
        assert isinstance(selection, DidSelection)
        dids = [Did.parse(text) for text in selection.dids]
        return [
            Row(str(one.did), one.bytes or 0, one.adler32) async for one in self.client.list_replicas(dids)
        ]


@dataclass
class Bench:
    sandbox: SandboxDescription
    service: DownloadService
    client: RucioClient

    async def download(self, dids: list[str]) -> Download:
        now = await self.service.start(DownloadRequest(selection=DidSelection(kind="dids", dids=dids)))
        async with asyncio.timeout(30):
            # As the browser does.
            while now.state == "running":
                await asyncio.sleep(0.05)
                now = await self.service.progress(now.id)
        return now

    async def cached(self, did: str) -> Path | None:
        [row] = await RunsOfRucio(self.client).selected_rows(DidSelection(kind="dids", dids=[did]))
        return self.service.cached_path(row.did, row.bytes, row.adler32)


@pytest.fixture
async def bench(sandbox: SandboxDescription, tmp_path: Path) -> AsyncIterator[Bench]:
    instance = RucioInstance(
        rucio_url=sandbox.rucio_url, destination_rse="PIC-DCACHE", direct_file_access=True, mode="download"
    )
    password = sandbox.password("analyst1")
    token = await token_for_password(instance, account="analyst1", username="analyst1", password=password)
    client = RucioClient(instance, token.text)
    settings = Settings(instances=(instance,), cache_dir=tmp_path / "cache")
    service = DownloadService(instance=instance, settings=settings, client=client, runs=RunsOfRucio(client))
    yield Bench(sandbox, service, client)
    await service.close()
    await client.close()


async def test_files_of_a_storage_that_this_machine_sees(
    bench: Bench, sandbox: SandboxDescription, calls: Callable[[str], RucioCalls]
) -> None:
    dids = [f"{SCOPE}:{register_file(sandbox, calls('mover'), 'ORM-DL3', SCOPE)}" for _ in range(5)]
    done = await bench.download(dids)
    assert (done.state, done.files_done, done.failures) == ("done", 5, [])
    for did in dids:
        path = await bench.cached(did)
        assert path is not None
        original = sandbox.rses["ORM-DL3"].prefix / SCOPE / Did.parse(did).name
        assert path.read_bytes() == original.read_bytes()


async def test_a_replica_that_was_damaged_at_its_storage_is_refused(
    bench: Bench, sandbox: SandboxDescription, calls: Callable[[str], RucioCalls]
) -> None:
    name = register_file(sandbox, calls("mover"), "ORM-DL3", SCOPE)
    original = sandbox.rses["ORM-DL3"].prefix / SCOPE / name
    content = bytearray(original.read_bytes())
    content[5] ^= 255
    original.write_bytes(content)
    done = await bench.download([f"{SCOPE}:{name}"])
    assert done.state == "failed"
    assert "adler32" in done.failures[0].message
    assert f"{zlib.adler32(content):08x}" in done.failures[0].message
    assert await bench.cached(f"{SCOPE}:{name}") is None


async def test_a_file_that_is_gone_from_its_storage(
    bench: Bench, sandbox: SandboxDescription, calls: Callable[[str], RucioCalls]
) -> None:
    name = register_file(sandbox, calls("mover"), "ORM-DL3", SCOPE)
    (sandbox.rses["ORM-DL3"].prefix / SCOPE / name).unlink()
    done = await bench.download([f"{SCOPE}:{name}"])
    assert "Rucio has it on record" in done.failures[0].message


async def test_a_script_in_download_mode_takes_what_is_here_and_says_what_it_cannot_have(
    bench: Bench,
    sandbox: SandboxDescription,
    calls: Callable[[str], RucioCalls],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    here = register_file(sandbox, calls("mover"), "ORM-DL3", SCOPE)
    gone = register_file(sandbox, calls("mover"), "ORM-DL3", SCOPE)
    (sandbox.rses["ORM-DL3"].prefix / SCOPE / gone).unlink()
    storage = sandbox.rses["ORM-DL3"].prefix / SCOPE / here
    password = sandbox.password("analyst1")
    token = await token_for_password(
        bench.client.instance, account="analyst1", username="analyst1", password=password
    )
    monkeypatch.setenv("MAGIC_RUCIO_TOKEN", token.text)
    instance = bench.client.instance
    settings = Settings(instances=(instance,), cache_dir=tmp_path / "cache")
    rows = await rows_from_rucio([f"{SCOPE}:{here}", f"{SCOPE}:{gone}"], settings=settings)
    found = {row.did: row for row in rows}
    assert found[f"{SCOPE}:{here}"].path == str(storage)
    assert found[f"{SCOPE}:{here}"].reason is None
    assert "not downloaded" in str(found[f"{SCOPE}:{gone}"].reason)
