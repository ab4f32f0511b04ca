"""What a poll costs: few small answers of Rucio's, whatever the number of files."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from magic_rucio.config import RucioInstance
from magic_rucio.replication.following import SIZE_SECONDS, Followed
from magic_rucio.replication.models import ReplicationState
from magic_rucio.rucio import RucioClient
from tests.unit.rucio.server import Reply, Server, refusal, served

FILES = 100_000


def rule(ok: int, *, state: str = "REPLICATING", stuck: int = 0, **more: object) -> Reply:
    body = {
        "id": "a" * 32,
        "account": "me",
        "scope": "user.me",
        "name": "magic-dl3/Crab-0123456789ab",
        "rse_expression": "PIC",
        "state": state,
        "locks_ok_cnt": ok,
        "locks_replicating_cnt": FILES - ok - stuck,
        "locks_stuck_cnt": stuck,
        **more,
    }
    return Reply(body=json.dumps(body).encode())


DATASET = Reply(body=json.dumps({"scope": "user.me", "name": "n", "bytes": FILES * 1000}).encode())


def there(files: int) -> Reply:
    line = {"rse": "PIC", "available_length": files, "available_bytes": files * 1500}
    return Reply(body=json.dumps(line).encode())


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with served() as server:
        yield server


@pytest.fixture
async def client(server: Server) -> AsyncIterator[RucioClient]:
    async with RucioClient(RucioInstance(rucio_url=server.url), "t", timeout=2) as client:
        yield client


async def test_a_poll_costs_two_small_answers(server: Server, client: RucioClient) -> None:
    clock = Clock()
    followed = Followed(client, clock)
    server.replies = [rule(0), DATASET, there(0), rule(1000), there(1000), Reply(500)]
    first = await followed.describe(await client.rule("a" * 32), "me")
    assert (first.total.files, first.total.bytes, first.done.bytes) == (FILES, FILES * 1000, 0)
    assert first.rate is None
    clock.now += 10
    asked = len(server.asked)
    second = await followed.describe(await client.rule("a" * 32), "me")
    assert len(server.asked) - asked == 2
    assert second.done.bytes == 1_500_000
    assert second.rate == 150_000
    assert second.time_left == (FILES * 1000 - 1_500_000) / 150_000


async def test_two_tabs_see_one_rate(server: Server, client: RucioClient) -> None:
    clock = Clock()
    followed = Followed(client, clock)
    server.replies = [rule(0), DATASET, there(0), *[rule(100), there(100)] * 2, Reply(500)]
    await followed.describe(await client.rule("a" * 32), "me")
    clock.now += 10
    one = await followed.describe(await client.rule("a" * 32), "me")
    two = await followed.describe(await client.rule("a" * 32), "me")
    assert one.rate == two.rate == 15_000


async def test_a_done_one_costs_one_answer(server: Server, client: RucioClient) -> None:
    followed = Followed(client, Clock())
    server.replies = [rule(FILES, state="OK"), DATASET, rule(FILES, state="OK"), Reply(500)]
    await followed.describe(await client.rule("a" * 32), "me")
    done = await followed.describe(await client.rule("a" * 32), "me")
    assert done.state is ReplicationState.DONE
    assert done.done == done.total
    assert (done.rate, done.time_left) == (None, None)
    assert len(server.asked) == 3


async def test_the_size_is_looked_at_again_now_and_then(server: Server, client: RucioClient) -> None:
    clock = Clock()
    followed = Followed(client, clock)
    server.replies = [rule(FILES, state="OK"), DATASET, rule(FILES, state="OK"), DATASET, Reply(500)]
    await followed.describe(await client.rule("a" * 32), "me")
    clock.now += SIZE_SECONDS + 1
    await followed.describe(await client.rule("a" * 32), "me")
    assert len(server.asked) == 4


async def test_words_stay_while_rucio_tries_again(server: Server, client: RucioClient) -> None:
    followed = Followed(client, Clock())
    error = "RequestErrMsg.TRANSFER_FAILED:SOURCE [2] No such file"
    server.replies = [
        rule(0, state="STUCK", stuck=1, error=error),
        DATASET,
        there(0),
        rule(0, error=None),
        there(0),
        rule(FILES, state="OK"),
        Reply(500),
    ]
    for state in (ReplicationState.STUCK, ReplicationState.REPLICATING):
        found = await followed.describe(await client.rule("a" * 32), "me")
        assert found.state is state
        assert found.error == "TRANSFER_FAILED: SOURCE [2] No such file"
    assert (await followed.describe(await client.rule("a" * 32), "me")).error is None


async def test_a_dataset_that_is_gone_does_not_hide_the_rule(server: Server, client: RucioClient) -> None:
    followed = Followed(client, Clock())
    server.replies = [rule(FILES, state="OK"), refusal(404, "DataIdentifierNotFound"), Reply(500)]
    found = await followed.describe(await client.rule("a" * 32), "you")
    assert found.total.files == FILES
    assert not found.mine
