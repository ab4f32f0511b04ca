"""Replication on a real Rucio with real transfers: previews, rules, progress, reasons, refusals, ends."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
import pytest

from magic_rucio.catalogue.availability import availability_of
from magic_rucio.catalogue.models import (
    Availability,
    CheckReply,
    DatasetSelection,
    DidSelection,
    Selection,
)
from magic_rucio.config import RucioInstance
from magic_rucio.errors import ForbiddenError, InvalidInputError, MagicRucioError, NotFoundError
from magic_rucio.replication.models import (
    Replication,
    ReplicationChange,
    ReplicationRequest,
    ReplicationState,
)
from magic_rucio.replication.service import ReplicationService
from magic_rucio.rucio import Did, RucioClient
from magic_rucio.rucio.authentication import token_for_password
from magic_rucio.rucio.errors import QuotaError
from magic_rucio.sandbox.description import SandboxDescription
from magic_rucio.sandbox.rest import RucioCalls

from .files import register_file

pytestmark = pytest.mark.sandbox

SCOPE = "magic-dl3"
RSE = "PIC-DCACHE"
SIZE = 2000

T = TypeVar("T")


@dataclass
class Row:
    did: str
    bytes: int
    target: str | None
    availability: Availability


@dataclass
class RunsOfRucio:
    """Resolves a selection by asking Rucio: what the catalogue does, without its index."""

    client: RucioClient
    sizes: dict[str, int] = field(default_factory=dict)

    async def selected_rows(self, selection: Selection) -> Sequence[Row]:
        if isinstance(selection, DatasetSelection):
            dids = [record.did async for record in self.client.files(Did.parse(selection.did))]
        else:
            assert isinstance(selection, DidSelection)
            dids = [Did.parse(text) for text in selection.dids]
        return [
            Row(str(one.did), one.bytes or 0, "Crab Nebula", availability_of(one.states, [], RSE))
            async for one in self.client.list_replicas(dids)
        ]

    async def check(self, dids: Sequence[str]) -> CheckReply:
        return CheckReply(reachable=True, runs=[], gone=[], error=None)


@dataclass
class Bench:
    sandbox: SandboxDescription
    mover: RucioCalls
    client: RucioClient
    service: ReplicationService
    account: str

    def files(self, count: int, rse: str = "ORM-DL3") -> list[str]:
        return [
            f"{SCOPE}:{register_file(self.sandbox, self.mover, rse, SCOPE, size=SIZE)}" for _ in range(count)
        ]

    async def dataset(self, dids: list[str]) -> str:
        name = f"replication-test/{uuid.uuid4().hex}"
        body = {"type": "DATASET"}
        self.mover.send("POST", f"/dids/{SCOPE}/{name.replace('/', '%2F')}", body)
        attach = {"scope": SCOPE, "name": name, "dids": [Did.parse(did).body for did in dids]}
        self.mover.send("POST", "/dids/attachments", {"attachments": [attach]})
        return f"{SCOPE}:{name}"

    async def until(self, rule_id: str, state: ReplicationState, seconds: float = 60) -> Replication:
        end = time.monotonic() + seconds
        while (now := await self.service.progress(rule_id)).state is not state:
            assert time.monotonic() < end, f"{now} is not {state}"
            await asyncio.sleep(0.5)
        return now

    async def gone(self, look: Callable[[], Awaitable[object]], seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                await look()
            except NotFoundError:
                return
            await asyncio.sleep(0.5)
        raise AssertionError("still there")


def picked(dids: list[str], **more: Any) -> ReplicationRequest:
    return ReplicationRequest(selection=DidSelection(kind="dids", dids=dids), **more)


@pytest.fixture
async def bench_of(
    sandbox: SandboxDescription, calls: Callable[[str], RucioCalls]
) -> AsyncIterator[Callable[[str], Awaitable[Bench]]]:
    opened: list[RucioClient] = []

    async def make(account: str) -> Bench:
        instance = RucioInstance(rucio_url=sandbox.rucio_url, support="grid@pic.es")
        password = sandbox.password(account)
        token = await token_for_password(instance, account=account, username=account, password=password)
        client = RucioClient(instance, token.text)
        opened.append(client)

        async def name() -> str:
            return account

        service = ReplicationService(instance, client, RunsOfRucio(client), name)
        return Bench(sandbox, calls("mover"), client, service, account)

    yield make
    for client in opened:
        await client.close()


@pytest.fixture
async def bench(bench_of: Callable[[str], Awaitable[Bench]]) -> Bench:
    return await bench_of("analyst1")


@pytest.fixture
def faults(sandbox: SandboxDescription) -> Iterator[Callable[[dict[str, Any]], None]]:
    token = sandbox.transfer_control_token.read_text().strip()
    placed: list[str] = []
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=sandbox.transfer_url, headers=headers, trust_env=False) as control:

        def place(fault: dict[str, Any]) -> None:
            answer = control.post("/control/faults", json=fault).raise_for_status()
            placed.append(answer.json()["id"])

        yield place
        for fault in placed:
            control.delete(f"/control/faults/{fault}")


async def refused(work: Awaitable[T]) -> MagicRucioError:
    with pytest.raises(MagicRucioError) as caught:
        await work
    return caught.value


async def test_a_free_selection_from_preview_to_done(bench: Bench) -> None:
    dids = bench.files(3)
    preview = await bench.service.preview(picked(dids))
    assert (preview.total.files, preview.total.bytes) == (3, 3 * SIZE)
    assert preview.to_move == preview.total
    assert preview.creates_dataset
    assert preview.target_did.startswith("user.analyst1:magic-dl3/Crab_Nebula-")
    assert preview.quota is not None
    assert preview.quota.left
    assert preview.problems == []

    started = await bench.service.start(picked(dids, lifetime=86400))
    assert not started.existing
    assert started.replication.did == preview.target_did
    assert started.replication.mine
    # Else Rucio would delete the files along with the dataset, when that ends.
    columns = await bench.client.column_metadata(Did.parse(preview.target_did))
    assert columns["purge_replicas"] is False
    done = await bench.until(started.replication.rule_id, ReplicationState.DONE)
    assert (done.done.files, done.done.bytes) == (3, 3 * SIZE)
    assert done.expires_at is not None
    assert done.title == "Crab Nebula"

    again = await bench.service.start(picked(dids[::-1], lifetime=86400))
    assert again.existing
    assert again.replication.rule_id == started.replication.rule_id
    listed = await bench.service.replications()
    assert started.replication.rule_id in {one.rule_id for one in listed.replications}
    after = await bench.service.preview(picked(dids))
    assert after.to_move.files == 0
    assert [problem.code for problem in after.problems] == ["duplicate-rule"]
    assert (await bench.service.files(started.replication.rule_id, 10)).total == 0


async def test_a_whole_dataset_gets_the_rule_itself(bench: Bench) -> None:
    dataset = await bench.dataset(bench.files(2))
    request = ReplicationRequest(selection=DatasetSelection(kind="dataset", did=dataset))
    preview = await bench.service.preview(request)
    assert (preview.target_did, preview.creates_dataset) == (dataset, False)
    started = await bench.service.start(request)
    assert started.replication.did == dataset
    await bench.until(started.replication.rule_id, ReplicationState.DONE)


async def test_a_container_gets_the_rule_itself(bench: Bench) -> None:
    datasets = [await bench.dataset(bench.files(2)) for _ in range(2)]
    container = f"{SCOPE}:replication-test/{uuid.uuid4().hex}"
    path = f"/dids/{SCOPE}/{Did.parse(container).name.replace('/', '%2F')}"
    bench.mover.send("POST", path, {"type": "CONTAINER"})
    attach = {**Did.parse(container).body, "dids": [Did.parse(did).body for did in datasets]}
    bench.mover.send("POST", "/dids/attachments", {"attachments": [attach]})
    request = ReplicationRequest(selection=DatasetSelection(kind="dataset", did=container))
    preview = await bench.service.preview(request)
    assert (preview.total.files, preview.problems) == (4, [])
    started = await bench.service.start(request)
    done = await bench.until(started.replication.rule_id, ReplicationState.DONE)
    assert (done.done.files, done.done.bytes) == (4, 4 * SIZE)


async def test_a_cancelled_replication_ends_and_can_be_begun_again(
    bench: Bench, faults: Callable[[dict[str, Any]], None]
) -> None:
    dids = bench.files(2)
    for did in dids:
        faults({"kind": "stall", "match": {"source": f"*{Did.parse(did).name}*"}, "seconds": 600, "count": 1})
    rule_id = (await bench.service.start(picked(dids))).replication.rule_id
    assert (await bench.service.cancel(rule_id)).state is ReplicationState.CANCELLED
    with suppress(NotFoundError):
        # Also for a second tab, and after a reload, until Rucio's cleaner has been.
        assert (await bench.service.progress(rule_id)).state is ReplicationState.CANCELLED
    await bench.gone(lambda: bench.service.progress(rule_id))
    # The dataset ended, its files did not.
    records = [one async for one in bench.client.list_replicas([Did.parse(did) for did in dids])]
    assert [one.states.get("ORM-DL3") for one in records] == ["AVAILABLE"] * 2
    again = await bench.service.start(picked(dids))
    await bench.until(again.replication.rule_id, ReplicationState.DONE)


async def test_an_end_can_be_moved_and_taken_away(bench: Bench) -> None:
    own = await bench.service.start(picked(bench.files(1), lifetime=3600))
    dataset = await bench.dataset(bench.files(1))
    request = ReplicationRequest(selection=DatasetSelection(kind="dataset", did=dataset), lifetime=3600)
    for started in (own, await bench.service.start(request)):
        rule_id = started.replication.rule_id
        first = started.replication.expires_at
        assert first is not None
        longer = await bench.service.change(rule_id, ReplicationChange(lifetime=86400))
        assert longer.expires_at is not None
        assert longer.expires_at > first
        endless = await bench.service.change(rule_id, ReplicationChange(lifetime=None))
        assert endless.expires_at is None


async def test_a_rule_of_another_account_is_not_mine_to_end(
    bench: Bench, bench_of: Callable[[str], Awaitable[Bench]]
) -> None:
    started = await bench.service.start(picked(bench.files(1)))
    rule_id = started.replication.rule_id
    other = await bench_of("analyst2")
    assert not (await other.service.progress(rule_id)).mine
    for work in (other.service.cancel(rule_id), other.service.change(rule_id, ReplicationChange(lifetime=9))):
        error = await refused(work)
        assert isinstance(error, ForbiddenError)
        assert "analyst1" in error.message
        assert "grid@pic.es" in error.advice


async def test_too_little_quota(bench_of: Callable[[str], Awaitable[Bench]]) -> None:
    bench = await bench_of("analyst2")
    [did] = bench.files(1)
    big = f"{SCOPE}:{register_file(bench.sandbox, bench.mover, 'ORM-DL3', SCOPE, size=1_500_000)}"
    preview = await bench.service.preview(picked([did, big]))
    assert [(p.code, p.blocking) for p in preview.problems] == [("quota", True)]
    error = await refused(bench.service.start(picked([did, big])))
    assert isinstance(error, QuotaError)
    assert error.code == "quota"
    assert "1.5 MB" in error.message
    assert error.details["rucio"] == "InsufficientAccountLimit"


async def test_no_quota_at_all(bench: Bench) -> None:
    request = picked(bench.files(1), rse="PIC-TAPE")
    preview = await bench.service.preview(request)
    assert [p.code for p in preview.problems] == ["no-quota"]
    error = await refused(bench.service.start(request))
    assert error.code == "no-quota"
    assert "grid@pic.es" in error.advice


async def test_an_rse_that_is_none(bench: Bench) -> None:
    dids = bench.files(1)
    preview = await bench.service.preview(picked(dids, rse="PIC-NOWHERE"))
    assert [p.code for p in preview.problems] == ["unknown-rse"]
    assert (await refused(bench.service.start(picked(dids, rse="PIC-NOWHERE")))).code == "unknown-rse"
    for rse in ("PIC-DCACHE|PIC-TAPE", "*", "'; --"):
        error = await refused(bench.service.start(picked(dids, rse=rse)))
        assert isinstance(error, InvalidInputError)


async def test_runs_that_rucio_does_not_know_are_counted(bench: Bench) -> None:
    dids = bench.files(1)
    preview = await bench.service.preview(picked([*dids, f"{SCOPE}:never-was"]))
    assert [(p.code, p.blocking) for p in preview.problems] == [("unknown-runs", False)]
    error = await refused(bench.service.start(picked([f"{SCOPE}:never-was"])))
    assert error.code == "empty"


async def test_runs_without_a_good_replica(bench: Bench, calls: Callable[[str], RucioCalls]) -> None:
    [did] = bench.files(1)
    bad = {"rse": "ORM-DL3", "dids": [Did.parse(did).body], "reason": "test"}
    calls("root").send("POST", "/replicas/bad/dids", bad)
    preview = await bench.service.preview(picked([did]))
    if "no-source" not in [p.code for p in preview.problems]:
        # The necromancer has not judged it yet.
        await asyncio.sleep(10)
        preview = await bench.service.preview(picked([did]))
    assert "no-source" in [p.code for p in preview.problems]
    # Of a file that Rucio has given up, it does not even make a dataset.
    error = await refused(bench.service.start(picked([did])))
    assert error.code in ("file-lost", "did-not-found")
    assert "tell the data manager" in error.advice


async def test_the_reason_of_a_stuck_file_in_ftss_own_words(
    bench: Bench, faults: Callable[[dict[str, Any]], None]
) -> None:
    good, lost = bench.files(2)
    name = Did.parse(lost).name
    words = "No such file or directory"
    faults(
        {"kind": "fail", "match": {"source": f"*{name}*"}, "scope": "SOURCE", "errno": 2, "message": words}
    )
    rule_id = (await bench.service.start(picked([good, lost]))).replication.rule_id
    stuck = await bench.until(rule_id, ReplicationState.STUCK)
    assert (stuck.done.files, stuck.stuck_files, stuck.total.files) == (1, 1, 2)
    assert words in (stuck.error or "")
    listed = await bench.service.files(rule_id, 10)
    assert listed.total == 1
    [file] = listed.files
    assert (file.did, file.bytes) == (lost, SIZE)
    assert "tell the data manager" in file.advice
    if file.state == "stuck":
        assert file.rucio_words == "TRANSFER_FAILED"
        assert file.transfer_words == f"SOURCE [2] {words}"
        assert file.source_rse == "ORM-DL3"
        assert (file.attempts or 0) >= 3
    await bench.service.cancel(rule_id)


async def test_a_moving_file_says_where_it_is_and_bytes_give_a_rate(
    bench: Bench, faults: Callable[[dict[str, Any]], None]
) -> None:
    dids = bench.files(4)
    slow = Did.parse(dids[0]).name
    faults({"kind": "stall", "match": {"source": f"*{slow}*"}, "seconds": 600, "count": 1})
    rule_id = (await bench.service.start(picked(dids))).replication.rule_id
    end = time.monotonic() + 60
    while (now := await bench.service.progress(rule_id)).done.files < 3:
        assert time.monotonic() < end
        await asyncio.sleep(0.3)
    assert now.done.bytes == 3 * SIZE
    assert now.rate
    assert now.time_left
    [file] = (await bench.service.files(rule_id, 10)).files
    assert (file.did, file.state) == (dids[0], "replicating")
    assert "nothing to do" in file.advice
    await bench.service.cancel(rule_id)


async def test_a_rule_that_never_was(bench: Bench) -> None:
    error = await refused(bench.service.progress("0" * 32))
    assert isinstance(error, NotFoundError)
    assert error.code == "rule-not-found"
