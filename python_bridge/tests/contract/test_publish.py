"""Publishing into a real Rucio and onto real storage, from every state that may be found."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from magic_rucio.config import RucioInstance
from magic_rucio.dl3 import from_rucio_metadata
from magic_rucio.errors import ConflictError, ForbiddenError, NotFoundError
from magic_rucio.publishing import Outcome, PublishReport, publish
from magic_rucio.rucio import Did, RucioClient
from magic_rucio.rucio.authentication import token_for_password
from magic_rucio.rucio.http import path_of
from magic_rucio.sandbox.description import SandboxDescription
from magic_rucio.storage.local import path_of_pfn
from tests.unit.dl3.fits_bytes import EVENTS, dl3, gti

pytestmark = pytest.mark.sandbox

SCOPE = "magic-dl3"
PUBLISHER = "mover"
DETERMINISTIC, NON_DETERMINISTIC = "ORM-DL3", "PIC-NONDET"


async def sign_in(sandbox: SandboxDescription, account: str) -> RucioClient:
    instance = RucioInstance(rucio_url=sandbox.rucio_url)
    password = sandbox.password(account)
    token = await token_for_password(instance, account=account, username=account, password=password)
    return RucioClient(instance, token.text)


@pytest_asyncio.fixture
async def client(sandbox: SandboxDescription) -> AsyncIterator[RucioClient]:
    async with await sign_in(sandbox, PUBLISHER) as client:
        yield client


@pytest.fixture
def dataset() -> Did:
    return Did(SCOPE, f"publish-test/{random.getrandbits(48):012x}")


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    """Three files that no Rucio has seen: random runs, random content."""
    folder = tmp_path / "runs"
    folder.mkdir()
    first = random.randrange(10_000_000, 99_000_000)
    return [write_run(folder, run) for run in range(first, first + 3)]


def write_run(folder: Path, run: int) -> Path:
    path = folder / f"20131004_{run}_DL3_4C+39.12-W0.40+035.fits"
    comment = {"COMMENT1": f"{random.getrandbits(64):x}"}
    path.write_bytes(dl3({**EVENTS, "OBS_ID": run, "OBJECT": "4C+39.12", **comment}, gti()))
    return path


async def attached(client: RucioClient, dataset: Did) -> set[Did]:
    return {record.did async for record in client.content(dataset)}


def outcomes(report: PublishReport) -> list[str]:
    return [file.outcome.value for file in report.files]


@pytest.mark.parametrize("rse", [DETERMINISTIC, NON_DETERMINISTIC])
async def test_what_is_published_is_whole(
    client: RucioClient, dataset: Did, runs: list[Path], rse: str
) -> None:
    report = await publish(runs, dataset=dataset, rse=rse, client=client)
    assert outcomes(report) == ["published"] * 3
    assert report.dataset_created
    dids = [Did(str(file.scope), str(file.name)) for file in report.files]
    assert await attached(client, dataset) == set(dids)
    replicas = {record.did: record async for record in client.list_replicas(dids)}
    metadata = {did: values async for did, values in client.bulk_metadata(dids)}
    for did, path in zip(dids, runs, strict=True):
        run = int(path.name.split("_")[1])
        assert did.name == f"DL3/4C+39.12/2013_10_04/{run:08d}/{path.name}"
        assert replicas[did].states == {rse: "AVAILABLE"}
        (pfn,) = replicas[did].rses[rse]
        assert path_of_pfn(pfn).read_bytes() == path.read_bytes()
        assert os.listdir(path_of_pfn(pfn).parent) == [path.name]
        assert from_rucio_metadata(metadata[did]).obs_id == run
        assert metadata[did]["original_name"] == path.name
    (rule,) = [rule async for rule in client.rules(did=dataset)]
    assert (rule.rse_expression, rule.expires_at, rule.id) == (rse, None, report.rule_id)


async def test_again_nothing_is_done(client: RucioClient, dataset: Did, runs: list[Path]) -> None:
    await publish(runs, dataset=dataset, rse=DETERMINISTIC, client=client)
    report = await publish([runs[0].parent], dataset=dataset, rse=DETERMINISTIC, client=client)
    assert outcomes(report) == ["already-there"] * 3
    assert not report.dataset_created
    assert len([rule async for rule in client.rules(did=dataset)]) == 1


async def test_a_dry_run_changes_nothing(client: RucioClient, dataset: Did, runs: list[Path]) -> None:
    report = await publish(runs, dataset=dataset, rse=DETERMINISTIC, client=client, dry_run=True)
    assert outcomes(report) == ["would-publish"] * 3
    assert all(file.steps == ("upload", "register", "attach") for file in report.files)
    assert not path_of_pfn(str(report.files[0].pfn)).exists()
    with pytest.raises(NotFoundError):
        await client.did(dataset)


async def test_other_content_is_refused_and_the_rest_published(
    client: RucioClient, dataset: Did, runs: list[Path]
) -> None:
    before = await publish(runs[:1], dataset=dataset, rse=DETERMINISTIC, client=client)
    original = runs[0].read_bytes()
    runs[0].write_bytes(original.replace(b"COMMENT1", b"COMMENT2"))
    for rse in (DETERMINISTIC, NON_DETERMINISTIC):
        report = await publish(runs, dataset=dataset, rse=rse, client=client)
        assert report.files[0].outcome is Outcome.failed
        assert report.failed == 1
        problem = report.files[0].problem
        assert problem is not None
        assert problem.code == "content-differs"
        assert str(before.files[0].adler32) in problem.message
    assert path_of_pfn(str(before.files[0].pfn)).read_bytes() == original


async def test_a_damaged_copy_is_not_taken_for_the_file(
    client: RucioClient, dataset: Did, runs: list[Path]
) -> None:
    report = await publish(runs[:1], dataset=dataset, rse=DETERMINISTIC, client=client)
    stored = path_of_pfn(str(report.files[0].pfn))
    damaged = stored.read_bytes()[:-1] + b"x"
    stored.write_bytes(damaged)
    again = await publish(runs[:1], dataset=dataset, rse=DETERMINISTIC, client=client)
    assert outcomes(again) == ["failed"]
    assert stored.read_bytes() == damaged


async def test_what_a_crash_left_is_completed(client: RucioClient, dataset: Did, runs: list[Path]) -> None:
    plan = await publish(runs, dataset=dataset, rse=DETERMINISTIC, client=client, dry_run=True)
    uploaded, registered, bare = (path_of_pfn(str(file.pfn)) for file in plan.files)
    for stored, path in zip((uploaded, registered, bare), runs, strict=True):
        stored.parent.mkdir(parents=True)
        stored.write_bytes(path.read_bytes())
    bodies = [
        {"scope": file.scope, "name": file.name, "bytes": file.bytes, "adler32": file.adler32}
        for file in plan.files
    ]
    await client.add_replicas(DETERMINISTIC, bodies[1:2])
    # Another client's: no metadata, and its bytes are gone.
    await client.add_replicas(DETERMINISTIC, bodies[2:])
    bare.unlink()
    report = await publish(runs, dataset=dataset, rse=DETERMINISTIC, client=client)
    assert [file.steps for file in report.files] == [
        ("register", "attach"),
        ("metadata", "attach"),
        ("upload", "metadata", "attach"),
    ]
    assert outcomes(report) == ["completed"] * 3
    assert bare.read_bytes() == runs[2].read_bytes()
    again = await publish(runs, dataset=dataset, rse=DETERMINISTIC, client=client)
    assert outcomes(again) == ["already-there"] * 3


async def test_a_file_known_elsewhere_gets_its_copy(
    client: RucioClient, dataset: Did, runs: list[Path]
) -> None:
    await publish(runs, dataset=dataset, rse=DETERMINISTIC, client=client)
    report = await publish(runs, dataset=dataset, rse=NON_DETERMINISTIC, client=client)
    assert [file.steps for file in report.files] == [("upload", "register")] * 3
    did = Did(str(report.files[0].scope), str(report.files[0].name))
    (replicas,) = [record async for record in client.list_replicas([did])]
    assert set(replicas.states) == {DETERMINISTIC, NON_DETERMINISTIC}


async def test_two_at_once_end_as_one(client: RucioClient, dataset: Did, runs: list[Path]) -> None:
    reports = await asyncio.gather(
        *(publish(runs, dataset=dataset, rse=DETERMINISTIC, client=client) for _ in range(2))
    )
    # Where they meet on one file, one of them may be told so; a further run finds all done.
    assert {file.problem.code for report in reports for file in report.files if file.problem} <= {
        "storage-failed"
    }
    again = await publish(runs, dataset=dataset, rse=DETERMINISTIC, client=client)
    assert again.failed == 0
    assert len(await attached(client, dataset)) == 3


async def test_without_the_right_no_byte_is_uploaded(
    sandbox: SandboxDescription, client: RucioClient, runs: list[Path]
) -> None:
    own = Did("user.analyst1", f"publish-test/{random.getrandbits(48):012x}")
    plan = await publish(runs, dataset=own, rse="PIC-DCACHE", client=client, dry_run=True)
    async with await sign_in(sandbox, "analyst1") as analyst:
        with pytest.raises(ForbiddenError):
            await publish(runs, dataset=own, rse="PIC-DCACHE", client=analyst)
        with pytest.raises(NotFoundError):
            await analyst.did(own)
    assert not path_of_pfn(str(plan.files[0].pfn)).exists()


async def test_where_nothing_can_be_published(client: RucioClient, dataset: Did, runs: list[Path]) -> None:
    with pytest.raises(NotFoundError):
        await publish(runs, dataset=dataset, rse="NO-SUCH-RSE", client=client)
    with pytest.raises(NotFoundError, match="no-such-scope"):
        await publish(runs, dataset=Did("no-such-scope", "x"), rse=DETERMINISTIC, client=client)
    await client.http.call("POST", path_of("dids", dataset), what="container", body={"type": "CONTAINER"})
    with pytest.raises(ConflictError, match="container"):
        await publish(runs, dataset=dataset, rse=DETERMINISTIC, client=client)


def test_the_command_killed_again_and_again_completes(
    sandbox: SandboxDescription, dataset: Did, tmp_path: Path
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    first = random.randrange(10_000_000, 99_000_000)
    for run in range(first, first + 40):
        write_run(folder, run)
    command = [sys.executable, "-c", "from magic_rucio.cli import main; main()", "publish", str(folder)]
    command += ["--dataset", str(dataset), "--rse", DETERMINISTIC, "--username", PUBLISHER, "--json"]
    environment = {
        **{key: value for key, value in os.environ.items() if "RUCIO_" not in key},
        "RUCIO_BASE_URL": sandbox.rucio_url,
        "RUCIO_PASSWORD": sandbox.password(PUBLISHER),
    }
    for delay in (0.7, 0.9, 1.1, 1.3, 1.5):
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
    done = subprocess.run(command, env=environment, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    report = PublishReport.model_validate_json(done.stdout)
    assert len(report.files) == 40
    again = subprocess.run(command, env=environment, capture_output=True, timeout=120, check=False)
    assert {file["outcome"] for file in json.loads(again.stdout)["files"]} == {"already-there"}
    folders = {path_of_pfn(str(file.pfn)).parent for file in report.files}
    assert [name for place in folders for name in os.listdir(place) if name.endswith(".part")] == []
