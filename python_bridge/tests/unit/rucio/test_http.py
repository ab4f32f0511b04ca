"""What a client of Rucio has to bear: outages, proxies, other services, answers without an end."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from pathlib import Path

import pytest

from magic_rucio.config import RucioInstance
from magic_rucio.errors import InvalidInputError, MagicRucioError, SignInNeededError, UnreachableError
from magic_rucio.rucio import Did, RucioClient, streams
from magic_rucio.rucio import http as http_module

from .server import Reply, Server, refusal

RULE = {"id": "a" * 32, "account": "u", "scope": "s", "name": "n", "rse_expression": "P", "state": "OK"}


def ndjson(*values: object) -> bytes:
    return "".join(json.dumps(value) + "\n" for value in values).encode()


async def refused(work: object) -> MagicRucioError:
    with pytest.raises(MagicRucioError) as caught:
        await work  # type: ignore[misc]  # any awaitable
    return caught.value


async def test_a_read_is_tried_again_while_rucio_restarts(client: RucioClient, server: Server) -> None:
    server.replies = [Reply(503), Reply(502), Reply(body=json.dumps(RULE).encode())]
    assert (await client.rule("a" * 32)).state == "OK"
    assert len(server.asked) == 3


async def test_tries_are_limited(client: RucioClient, server: Server) -> None:
    server.replies = [Reply(503)]
    error = await refused(client.rule("a" * 32))
    assert isinstance(error, UnreachableError)
    assert len(server.asked) == 3


async def test_a_write_is_never_tried_again(client: RucioClient, server: Server) -> None:
    server.replies = [Reply(503)]
    await refused(client.add_rule([Did("s", "n")], "P", account="u"))
    server.replies = [Reply(raw=b"")]
    await refused(client.update_rule("a" * 32, lifetime=0))
    assert len(server.asked) == 2


async def test_a_refusal_is_not_tried_again(client: RucioClient, server: Server) -> None:
    server.replies = [refusal(404, "RuleNotFound")]
    await refused(client.rule("a" * 32))
    assert len(server.asked) == 1


async def test_nobody_listens() -> None:
    async with RucioClient(RucioInstance(rucio_url="http://127.0.0.1:9"), "t") as client:
        error = await refused(client.ping())
    assert isinstance(error, UnreachableError)
    assert "127.0.0.1:9" in error.message
    assert error.advice


async def test_a_hanging_rucio_ends_in_time(client: RucioClient, server: Server) -> None:
    server.replies = [Reply(seconds=30)]
    began = time.monotonic()
    error = await refused(client.rule("a" * 32))
    assert error.code == "timeout"
    assert time.monotonic() - began < 3


async def test_a_rucio_that_drips_ends_in_time(client: RucioClient, server: Server) -> None:
    server.replies = [Reply(body=b"x" * 100, pieces=100, seconds=0.3)]
    began = time.monotonic()
    assert (await refused(client.rule("a" * 32))).code == "timeout"
    assert time.monotonic() - began < 5


async def test_a_stream_that_breaks_before_the_first_line_is_begun_again(
    client: RucioClient, server: Server
) -> None:
    server.replies = [Reply(raw=b""), Reply(503), Reply(body=ndjson(RULE, RULE))]
    assert len([rule async for rule in client.rules()]) == 2


async def test_a_stream_that_breaks_later_is_an_error_not_an_end(client: RucioClient, server: Server) -> None:
    server.replies = [Reply(body=ndjson(RULE, RULE), cut=True)]
    seen = []
    with pytest.raises(UnreachableError):  # noqa: PT012 - what came before the break counts
        async for rule in client.rules():
            seen.append(rule)
    assert len(seen) == 2
    assert len(server.asked) == 1


async def test_lines_arrive_cut_anywhere(client: RucioClient, server: Server) -> None:
    odd = {**RULE, "name": "a\u2028b\u0085c"}
    body = json.dumps(odd, ensure_ascii=False).encode() + b"\n\n" + ndjson(RULE).rstrip()
    server.replies = [Reply(body=body, pieces=40)]
    assert [rule.name async for rule in client.rules()] == ["a\u2028b\u0085c", "n"]


async def test_a_line_without_an_end_is_given_up(
    client: RucioClient, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "LONGEST_LINE", 100_000)
    server.replies = [Reply(body=b" " * 10_000_000)]
    with pytest.raises(UnreachableError) as caught:
        [rule async for rule in client.rules()]
    assert caught.value.code == "not-rucio"


async def test_an_answer_without_an_end_is_given_up(
    client: RucioClient, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_module, "LARGEST_ANSWER", 100_000)
    server.replies = [Reply(body=b" " * 10_000_000)]
    assert (await refused(client.rule("a" * 32))).code == "not-rucio"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=b"<html>Please sign in</html>", headers={"Content-Type": "text/html"}),
        Reply(404, b"<html>nginx</html>", {"Content-Type": "text/html"}),
        Reply(302, b"", {"Location": "https://sso.example.org/login"}),
        Reply(body=b"[" * 100_000),
        Reply(body=b'"text"'),
        Reply(body=b'{"id": {"$ne": 1}}'),
        Reply(body=b"\xff\xfe\x00"),
    ],
    ids=["sign-in page", "404 page", "redirect", "nested", "text", "object", "binary"],
)
async def test_something_else_answers(client: RucioClient, server: Server, reply: Reply) -> None:
    server.replies = [reply]
    error = await refused(client.rule("a" * 32))
    assert error.code == "not-rucio"
    assert error.advice
    with pytest.raises(UnreachableError):
        [rule async for rule in client.rules()]


async def test_redirects_are_never_followed(client: RucioClient, server: Server) -> None:
    server.replies = [Reply(303, b"", {"Location": f"{server.url}/accounts/me%2B1"})]
    assert await client.whoami() == "me+1"
    assert len(server.asked) == 1


async def test_not_http_at_all(client: RucioClient, server: Server) -> None:
    server.replies = [Reply(raw=b"SSH-2.0-OpenSSH\r\n")]
    assert isinstance(await refused(client.rule("a" * 32)), UnreachableError)


async def test_tls_where_none_is_spoken(server: Server) -> None:
    instance = RucioInstance(rucio_url=server.url.replace("http:", "https:"))
    async with RucioClient(instance, "t", timeout=1) as client:
        error = await refused(client.rule("a" * 32))
    assert isinstance(error, UnreachableError)


def test_an_authority_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.pem", tmp_path / "bad.pem"):
        if path.name == "bad.pem":
            path.write_text("not a certificate")
        with pytest.raises(InvalidInputError, match=path.name):
            RucioClient(RucioInstance(rucio_url="https://r", ca_cert=path), "t")


@pytest.mark.parametrize("token", ["sécret-1", "secret-1\r\nX-Evil: 1", "secret-1\0", ""])
async def test_a_token_that_is_none_is_neither_sent_nor_shown(
    server: Server, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with RucioClient(RucioInstance(rucio_url=server.url), token) as client:
        error = await refused(client.whoami())
    assert isinstance(error, SignInNeededError)
    shown = repr(error) + str(error.details) + error.advice + caplog.text
    assert "secret-1" not in shown
    assert "cret" not in shown.lower().replace("secret-", "")
    assert server.asked == []


async def test_no_token_in_errors_reprs_or_logs(
    client: RucioClient, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for reply in (Reply(503), refusal(500, "AccessDenied"), Reply(raw=b""), Reply(seconds=3)):
        server.replies = [reply]
        error = await refused(client.rule("a" * 32))
        assert "the-token" not in repr(error) + str(error.details) + error.message
        assert error.__cause__ is None
    assert server.asked[0].headers["x-rucio-auth-token"] == "the-token"
    assert "the-token" not in caplog.text + repr(client) + repr(client.http)


async def test_the_token_of_the_moment_is_sent(server: Server) -> None:
    tokens = iter(["one", "two"])
    async with RucioClient(RucioInstance(rucio_url=server.url), lambda: next(tokens)) as client:
        await client.ping()
        await client.ping()
    assert [request.headers["x-rucio-auth-token"] for request in server.asked] == ["one", "two"]


async def test_connections_are_bounded(client: RucioClient, server: Server) -> None:
    server.replies = [Reply(body=json.dumps(RULE).encode(), seconds=0.05)]
    await asyncio.gather(*(client.rule("a" * 32) for _ in range(30)))
    assert server.most_at_once <= http_module.CONNECTIONS


async def test_a_stream_left_early_gives_its_connection_back(client: RucioClient, server: Server) -> None:
    server.replies = [Reply(body=ndjson(*[RULE] * 5000), pieces=50, seconds=0.01)]
    for _ in range(3 * http_module.CONNECTIONS):
        async for rule in client.rules():
            assert rule.state == "OK"
            break
    await asyncio.sleep(0.1)
    server.replies = [Reply(body=json.dumps(RULE).encode())]
    assert (await client.rule("a" * 32)).state == "OK"


async def test_a_cancelled_call_ends_at_once(client: RucioClient, server: Server) -> None:
    server.replies = [Reply(seconds=30)]

    async def listed() -> list[object]:
        return [rule async for rule in client.rules()]

    for work in (client.rule("a" * 32), listed()):
        task = asyncio.ensure_future(work)
        await asyncio.sleep(0.1)
        began = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - began < 0.5
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await client.rule("a" * 32)
