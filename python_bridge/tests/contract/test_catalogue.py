"""The catalogue's index kept in step with a real Rucio, read by an analyst's own account."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Protocol

import pytest
import pytest_asyncio

from magic_rucio.catalogue import sync, watching
from magic_rucio.catalogue.models import (
    Availability,
    DatasetQuery,
    FilterSelection,
    Run,
    RunFilter,
    RunQuery,
    SortKey,
)
from magic_rucio.catalogue.rucio_source import RucioSource
from magic_rucio.catalogue.service import CatalogueService
from magic_rucio.catalogue.store import CatalogueStore, open_store
from magic_rucio.catalogue.sync import Syncer
from magic_rucio.config import RucioInstance
from magic_rucio.rucio import Did, RucioClient
from magic_rucio.rucio.authentication import token_for_password
from magic_rucio.rucio.http import path_of
from tests.unit.catalogue.small_rucio import name_of, observation

pytestmark = pytest.mark.sandbox

SCOPE, ORIGIN, DESTINATION = "magic-dl3", "ORM-DL3", "PIC-DCACHE"


class Sandbox(Protocol):
    """What these tests need of the fixture."""

    rucio_url: str

    def password(self, account: str) -> str: ...


async def sign_in(sandbox: Sandbox, account: str) -> RucioClient:
    instance = RucioInstance(rucio_url=sandbox.rucio_url)
    password = sandbox.password(account)
    token = await token_for_password(instance, account=account, username=account, password=password)
    return RucioClient(instance, token.text)


@pytest_asyncio.fixture
async def mover(sandbox: Sandbox) -> AsyncIterator[RucioClient]:
    async with await sign_in(sandbox, "mover") as client:
        yield client


@pytest_asyncio.fixture
async def analyst(sandbox: Sandbox) -> AsyncIterator[RucioClient]:
    async with await sign_in(sandbox, "analyst1") as client:
        yield client


class Bench:
    """An index, its syncer and the catalogue over it; and a target that nobody else uses."""

    def __init__(self, store: CatalogueStore, analyst: RucioClient, mover: RucioClient) -> None:
        source = RucioSource(analyst, [SCOPE], DESTINATION)
        self.syncer = Syncer(store, source, DESTINATION)
        self.catalogue = CatalogueService(store, source, destination=DESTINATION)
        self.mover, self.analyst = mover, analyst
        self.target = f"Test{random.getrandbits(40):010x}"
        self.first = random.randrange(10_000_000, 90_000_000)

    def did(self, number: int) -> Did:
        return Did(SCOPE, name_of(self.first + number, self.target))

    async def register(self, numbers: range, rse: str = ORIGIN, **changes: Any) -> None:
        files = []
        for number in numbers:
            run = self.first + number
            meta = observation(run, target=self.target, obs_id=run, **changes)
            did = self.did(number).body
            files.append({**did, "bytes": 1000 + number, "adler32": f"{number:08x}", "meta": meta})
        await self.mover.add_replicas(rse, files)

    async def runs(self, **query: Any) -> list[Run]:
        asked = RunQuery(targets=[self.target], sort=SortKey.RUN, descending=False, **query)
        return (await self.catalogue.runs(asked)).runs


@pytest_asyncio.fixture
async def bench(
    tmp_path: Path, analyst: RucioClient, mover: RucioClient, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Bench]:
    # Differences alone, and no waiting before young things are looked up again.
    monkeypatch.setattr(sync, "RECONCILE_SECONDS", 1e9)
    monkeypatch.setattr(watching, "DELAYS", (0.0,) * 6)
    bench = Bench(open_store(tmp_path / "index.sqlite", "test"), analyst, mover)
    yield bench
    await bench.catalogue.close()


async def test_first_sync_then_differences(bench: Bench) -> None:
    await bench.register(range(3))
    report = await bench.syncer.run()
    assert report.whole
    before = await bench.runs()
    assert [run.run for run in before] == [bench.first + n for n in range(3)]
    assert before[0].described
    assert before[0].livetime == 1178.07
    assert before[0].bytes == 1000
    assert {run.availability for run in before} == {Availability.ELSEWHERE}

    await bench.register(range(3, 5))
    await bench.mover.set_metadata_bulk({bench.did(0): {"livetime": 77.5}})
    report = await bench.syncer.run()
    assert not report.whole
    after = await bench.runs()
    assert [run.livetime for run in after] == [77.5, 1178.07, 1178.07, 1178.07, 1178.07]
    detail = await bench.catalogue.run(str(bench.did(3)))
    assert detail.adler32 == "00000003"
    assert detail.created_at is not None
    assert [(replica.rse, replica.state) for replica in detail.replicas] == [(ORIGIN, "AVAILABLE")]
    assert detail.replicas[0].pfn is not None


async def test_metadata_of_any_kind(bench: Bench) -> None:
    await bench.register(range(1), livetime="<b>long</b>")
    await bench.register(range(1, 2), hdus=["events"])
    await bench.register(range(2, 3), creator="x" * 5000)
    nothing = bench.did(3)
    await bench.mover.add_replicas(ORIGIN, [{**nothing.body, "bytes": 5, "adler32": "00000001"}])
    report = await bench.syncer.run()
    assert {str(bench.did(number)) for number in range(3)} <= set(report.faults)
    runs = await bench.runs()
    assert [run.described for run in runs] == [False] * 4
    assert [run.run for run in runs] == [bench.first + number for number in range(4)]


async def test_datasets_and_containers(bench: Bench) -> None:
    await bench.register(range(3))
    await bench.syncer.run()
    dataset, container = Did(SCOPE, f"{bench.target}/set"), Did(SCOPE, f"{bench.target}/all")
    await bench.mover.add_dataset(dataset)
    await bench.syncer.run()
    await bench.mover.attach(dataset, [bench.did(0), bench.did(1)])
    place, body = path_of("dids", container), {"type": "CONTAINER"}
    await bench.mover.http.call("POST", place, what=f"container {container}", body=body)
    await bench.mover.attach(container, [dataset])
    await bench.syncer.run()
    page = await bench.catalogue.datasets(DatasetQuery(text=bench.target))
    assert page.total == 2
    assert [(row.did, row.kind, row.runs) for row in page.datasets] == [
        (str(container), "container", 2),
        (str(dataset), "dataset", 2),
    ]
    assert page.datasets[0].livetime == pytest.approx(2 * 1178.07)
    assert len(await bench.runs(dataset=str(container))) == 2
    assert (await bench.catalogue.run(str(bench.did(0)))).datasets == [str(dataset)]


async def test_rules_and_checks(bench: Bench) -> None:
    # Nothing lies behind the replicas at the origin: the transfer cannot succeed, the rule stays at work.
    await bench.register(range(2))
    await bench.syncer.run()
    (rule,) = await bench.analyst.add_rule([bench.did(0)], DESTINATION, account="analyst1")
    await bench.syncer.run()
    states = [run.availability for run in await bench.runs()]
    assert states[0] in (Availability.REPLICATING, Availability.STUCK)
    assert states[1] is Availability.ELSEWHERE

    await bench.register(range(1, 2), rse=DESTINATION)
    assert (await bench.runs())[1].availability is Availability.ELSEWHERE
    reply = await bench.catalogue.check([str(bench.did(0)), str(bench.did(1)), f"{SCOPE}:never-was"])
    assert reply.reachable
    assert [run.availability for run in reply.runs] == [states[0], Availability.AT_DESTINATION]
    assert reply.gone == [f"{SCOPE}:never-was"]
    here = (await bench.runs())[1]
    assert (here.availability, here.checked_at) == (Availability.AT_DESTINATION, reply.runs[1].checked_at)
    selection = FilterSelection(kind="filter", filter=RunFilter(targets=[bench.target]))
    rows = await bench.catalogue.selected_rows(selection)
    assert [bool(row.pfn) for row in rows] == [True, True]

    await bench.analyst.update_rule(rule, lifetime=0)
    async with asyncio.timeout(60):
        while (await bench.runs())[0].availability in (Availability.REPLICATING, Availability.STUCK):
            await asyncio.sleep(1)
            await bench.syncer.run(reconcile=True)
            await bench.catalogue.check([str(bench.did(0))])


async def test_it_works_while_rucio_is_down(bench: Bench, tmp_path: Path) -> None:
    await bench.register(range(2))
    await bench.syncer.run()
    # A port that nobody listens on, and the same index.
    nowhere = RucioInstance(rucio_url="http://127.0.0.1:9", scopes=(SCOPE,))
    async with RucioClient(nowhere, "token", timeout=2) as client:
        store = open_store(tmp_path / "index.sqlite", "test")
        source = RucioSource(client, [SCOPE], DESTINATION)
        catalogue = CatalogueService(store, source, destination=DESTINATION, interval=1)
        catalogue.start()
        async with asyncio.timeout(20):
            while (fresh := await catalogue.freshness()).error is None:  # noqa: ASYNC110 # the index changes
                await asyncio.sleep(0.1)
        assert fresh.state == "stale"
        assert "cannot be reached" in (fresh.error or "")
        page = await catalogue.runs(RunQuery(targets=[bench.target]))
        assert page.totals.runs == 2
        reply = await catalogue.check([run.did for run in page.runs])
        assert (reply.reachable, reply.runs) == (False, [])
        assert (await catalogue.run(page.runs[0].did)).replicas[0].rse == ORIGIN
        await catalogue.close()
