from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest

from magic_rucio.config import RucioInstance
from magic_rucio.errors import InvalidInputError, SignInNeededError, UnreachableError
from magic_rucio.rucio.authentication import (
    IssuedToken,
    SeveralAccountsError,
    password_login,
    token_for_password,
)

from .server import Reply, Server, refusal

GIVEN = {"X-Rucio-Auth-Token": "a-b-c", "X-Rucio-Auth-Token-Expires": "Mon, 23 Nov 2026 09:48:24 UTC"}


async def sign_in(server: Server, password: str = "hunter2", account: str | None = "me") -> IssuedToken:
    instance = RucioInstance(rucio_url="http://127.0.0.1:9", auth_url=server.url)
    return await token_for_password(instance, account=account, username="u", password=password, timeout=1.0)


async def test_a_token_and_its_end_come_from_the_host_of_the_tokens(server: Server) -> None:
    server.replies = [Reply(headers=GIVEN)]
    issued = await sign_in(server)
    assert issued == IssuedToken("a-b-c", datetime(2026, 11, 23, 9, 48, 24, tzinfo=UTC))
    assert "a-b-c" not in repr(issued)
    headers = server.asked[0].headers
    assert (headers["x-rucio-account"], headers["x-rucio-username"]) == ("me", "u")


async def test_several_accounts_are_named(server: Server) -> None:
    server.replies = [Reply(206, headers={"X-Rucio-Auth-Accounts": "one, two"})]
    with pytest.raises(SeveralAccountsError) as caught:
        await sign_in(server, account=None)
    assert caught.value.details["accounts"] == ["one", "two"]
    assert "x-rucio-account" not in server.asked[0].headers


async def test_a_wrong_password_is_said_and_not_shown(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.replies = [refusal(401, "CannotAuthenticate", "Cannot authenticate to account me")]
    with pytest.raises(SignInNeededError) as caught:
        await sign_in(server)
    assert "password" in caught.value.advice
    shown = repr(caught.value) + str(caught.value.details) + caplog.text
    assert "hunter2" not in shown + repr(password_login(account="a", username="u", password="hunter2"))


async def test_a_password_that_cannot_travel_is_said_and_not_shown(server: Server) -> None:
    with pytest.raises(InvalidInputError, match="password") as caught:
        await sign_in(server, password="pass\r\nX-Evil: wörd")
    assert "Evil" not in caught.value.message
    assert server.asked == []


@pytest.mark.parametrize("reply", [Reply(), Reply(302, headers={"Location": "/"}), Reply(404), Reply(503)])
async def test_something_else_answers(server: Server, reply: Reply) -> None:
    server.replies = [reply]
    with pytest.raises(UnreachableError):
        await sign_in(server)


async def test_a_hanging_rucio(server: Server) -> None:
    server.replies = [Reply(raw=b"")]
    with pytest.raises(UnreachableError):
        await sign_in(server)
