"""The client on a real Rucio: what its answers look like, what its refusals become."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from magic_rucio.config import RucioInstance
from magic_rucio.errors import (
    ForbiddenError,
    InvalidInputError,
    MagicRucioError,
    NotFoundError,
    SignInNeededError,
)
from magic_rucio.rucio import Did, RucioClient
from magic_rucio.rucio.authentication import token_for_password
from magic_rucio.sandbox.description import SandboxDescription
from magic_rucio.sandbox.rest import RucioCalls

from .files import register_file

pytestmark = pytest.mark.sandbox

SCOPE = "magic-dl3"

FILE = {"scope": SCOPE, "name": "client-test", "bytes": 1, "adler32": "00010001"}

Clients = Callable[[str], Awaitable[RucioClient]]


@pytest.fixture
async def signed_in(sandbox: SandboxDescription) -> AsyncIterator[Clients]:
    opened: list[RucioClient] = []

    async def make(account: str) -> RucioClient:
        instance = RucioInstance(rucio_url=sandbox.rucio_url)
        password = sandbox.password(account)
        issued = await token_for_password(instance, account=account, username=account, password=password)
        assert issued.expires_at is not None
        assert issued.expires_at > datetime.now(UTC) + timedelta(minutes=30)
        opened.append(RucioClient(instance, issued.text))
        return opened[-1]

    yield make
    for client in opened:
        await client.close()


async def refused(work: Awaitable[object]) -> MagicRucioError:
    with pytest.raises(MagicRucioError) as caught:
        await work
    return caught.value


async def test_who_and_when(signed_in: Clients, sandbox: SandboxDescription) -> None:
    client = await signed_in("analyst1")
    assert await client.whoami() == "analyst1"
    assert (await client.ping()).startswith("41.")
    assert abs(await client.server_time() - datetime.now(UTC)) < timedelta(seconds=5)
    assert {SCOPE, "user.analyst1"} <= set(await client.list_scopes())
    assert set(sandbox.rses) <= {rse async for rse in client.rses()}
    assert [rse async for rse in client.rses("PIC-DCACHE")] == ["PIC-DCACHE"]
    rse = await client.rse("PIC-DCACHE")
    assert rse.deterministic
    assert rse.protocols[0].scheme == "file"
    assert "fts" in await client.rse_attributes("PIC-DCACHE")
    assert (await client.account_limits("analyst1"))["PIC-DCACHE"] == 1e12
    usage = await client.account_usage("analyst1", "PIC-DCACHE")
    assert usage is None or usage.bytes >= 0


async def test_sign_in_refused(sandbox: SandboxDescription) -> None:
    instance = RucioInstance(rucio_url=sandbox.rucio_url)
    for account, password in (("analyst1", "wrong"), ("root", sandbox.password("analyst1")), ("nobody", "x")):
        work = token_for_password(instance, account=account, username="analyst1", password=password)
        assert isinstance(await refused(work), SignInNeededError)
    for token in ("garbage", "analyst1-analyst1-unknown-0123456789abcdef0123456789abcdef"):
        async with RucioClient(instance, token) as client:
            assert isinstance(await refused(client.whoami()), SignInNeededError)


@pytest.mark.parametrize(
    "name",
    ["plain", "with/slash", "plus+sign", "dots.and-dashes_", "a/very/deep/one+2.fits.gz"],
)
async def test_names_survive_the_way_there_and_back(signed_in: Clients, name: str) -> None:
    client = await signed_in("analyst1")
    did = Did("user.analyst1", f"client-test-{uuid.uuid4().hex}/{name}")
    await client.add_dataset(did)
    assert (await client.did(did)).kind == "DATASET"
    assert [record async for record in client.content(did)] == []
    found = client.search_dids("user.analyst1", {"name": did.name}, did_type="dataset")
    assert [record.did async for record in found] == [did]
    assert (await refused(client.add_dataset(did))).code == "did-exists"


async def test_files_replicas_metadata_and_parents(
    signed_in: Clients, sandbox: SandboxDescription, calls: Callable[[str], RucioCalls]
) -> None:
    client, mover = await signed_in("analyst1"), await signed_in("mover")
    names = [register_file(sandbox, calls("mover"), "ORM-DL3", SCOPE, size=1000) for _ in range(3)]
    dids = [Did(SCOPE, name) for name in names]
    hostile = "'}] + [{'x': \"\\\u2028"
    await mover.set_metadata_bulk({dids[0]: {"TARGET": hostile, "RUN": 5}, dids[1]: {"TARGET": "Crab"}})
    metadata = {did: values async for did, values in client.bulk_metadata([*dids, Did(SCOPE, "never-was")])}
    assert metadata[dids[0]]["TARGET"] == hostile
    searched = [r.did async for r in client.search_dids(SCOPE, {"TARGET": hostile, "RUN.gte": 5})]
    assert dids[0] in searched
    assert dids[1] not in searched
    replicas = {one.did: one async for one in client.list_replicas([*dids, Did(SCOPE, "never-was")])}
    assert set(replicas) == set(dids)
    one = replicas[dids[0]]
    assert (one.bytes, one.states) == (1000, {"ORM-DL3": "AVAILABLE"})
    assert one.rses["ORM-DL3"][0].endswith(names[0])
    dataset = Did("user.analyst1", f"client-test-{uuid.uuid4().hex}")
    await client.add_dataset(dataset)
    await client.attach(dataset, dids)
    await client.attach(dataset, dids)
    assert {record.did async for record in client.files(dataset)} == set(dids)
    assert dataset in {record.did async for record in client.parents(dids[0])}


async def test_refusals_have_names(signed_in: Clients) -> None:
    client = await signed_in("analyst1")
    nowhere = Did(SCOPE, "never-was")
    expected: list[tuple[Awaitable[object], type[MagicRucioError], str]] = [
        (client.did(nowhere), NotFoundError, "did-not-found"),
        (client.rule("0" * 32), NotFoundError, "rule-not-found"),
        (client.rse("PIC-NOWHERE"), NotFoundError, "unknown-rse"),
        (client.add_rule([nowhere], "PIC-DCACHE", account="analyst1"), NotFoundError, "did-not-found"),
        (client.add_rule([nowhere], "((", account="analyst1"), InvalidInputError, "unknown-rse"),
        (client.add_rule([nowhere], "PIC-DCACHE", account="root"), ForbiddenError, "forbidden"),
        (client.add_dataset(Did("user.root", "x")), ForbiddenError, "forbidden"),
        (client.add_scope("analyst1", "scope-of-others"), ForbiddenError, "forbidden"),
        (client.add_replicas("PIC-DCACHE", [FILE]), ForbiddenError, "forbidden"),
    ]
    for work, kind, code in expected:
        error = await refused(work)
        assert (type(error), error.code) == (kind, code), error.message
        assert error.advice


async def test_what_may_be_absent(signed_in: Clients) -> None:
    client = await signed_in("analyst1")
    assert await client.current_request(Did(SCOPE, "never-was"), "PIC-DCACHE") is None
    with pytest.raises(NotFoundError):
        [record async for record in client.files(Did(SCOPE, "never-was"))]


async def test_rules_by_account_and_time(signed_in: Clients) -> None:
    client = await signed_in("analyst1")
    assert all([rule.account == "analyst1" async for rule in client.rules(account="analyst1")])
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert [rule async for rule in client.rules(updated_after=tomorrow)] == []


async def test_requests_of_a_link_are_for_those_with_the_power(signed_in: Clients) -> None:
    analyst, mover = await signed_in("analyst1"), await signed_in("mover")
    link = ("ORM-DL3", "PIC-DCACHE")
    now = [request async for request in mover.requests(*link, ["Q", "S"])]
    assert all(request.dest_rse == "PIC-DCACHE" for request in now)
    past = [request async for request in mover.past_requests(*link, ["D"], limit=3)]
    assert len(past) <= 3
    for listing in (analyst.requests(*link, ["Q"]), analyst.past_requests(*link, ["F"])):
        with pytest.raises(ForbiddenError):
            [request async for request in listing]
