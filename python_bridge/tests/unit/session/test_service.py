"""Signing in and out against a real, small Rucio; one that hangs, refuses, or is not there."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path

import pytest

from magic_rucio.config import RucioInstance, Settings
from magic_rucio.errors import InvalidInputError, SignInNeededError, UnreachableError
from magic_rucio.rucio import RucioClient
from magic_rucio.session import service as module
from magic_rucio.session.models import SignIn
from magic_rucio.session.service import SessionService

from .conftest import PASSWORD, SmallRucio, refusal

ANA = SignIn.model_validate({"username": "ana", "password": PASSWORD, "account": "ana"})


def session_of(*instances: RucioInstance, environment: dict[str, str] | None = None) -> SessionService:
    return SessionService(
        Settings(instances=instances),
        lambda instance, token: RucioClient(instance, token, timeout=2.0),
        environment or {},
    )


def at(rucio: SmallRucio, **fields: object) -> RucioInstance:
    return RucioInstance.model_validate({"rucio_url": rucio.url, **fields})


@pytest.fixture(autouse=True)
def ask_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_AGAIN_SECONDS", 0.0)


async def test_a_token_in_the_environment_just_works(rucio: SmallRucio) -> None:
    session = session_of(at(rucio), environment={"RUCIO_AUTH_TOKEN": "token-of-ana"})
    status = await session.status(None)
    assert (status.session.state, status.session.account) == ("signed-in", "ana")
    assert status.session.source == "environment"
    assert status.rucio.state == "ok"
    assert status.quota is not None
    assert (status.quota.limit, status.quota.used, status.quota.left) == (1000, 400, 600)
    assert "token-of-ana" not in status.model_dump_json() + repr(session._known)


async def test_a_token_file_is_replaced_under_the_running_session(rucio: SmallRucio, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("expired")
    session = session_of(at(rucio, token_file=file))
    status = await session.status(None)
    assert status.session.state == "sign-in-needed"
    assert "does not take this sign-in" in str(status.session.reason)
    with pytest.raises(SignInNeededError):
        await session.account(at(rucio, token_file=file))
    file.write_text("token-of-ana")
    status = await session.status(None)
    assert (status.session.state, status.session.source) == ("signed-in", "file")
    assert await session.account(at(rucio, token_file=file)) == "ana"


async def test_name_and_password_become_a_token(rucio: SmallRucio) -> None:
    session = session_of(at(rucio))
    assert (await session.status(None)).session.state == "sign-in-needed"
    signed_in = await session.sign_in(None, ANA)
    assert (signed_in.state, signed_in.account, signed_in.source) == ("signed-in", "ana", "password")
    assert signed_in.expires_at is not None
    assert PASSWORD not in repr(session.__dict__) + signed_in.model_dump_json() + repr(ANA)
    assert "issued-1" not in repr(session.__dict__) + signed_in.model_dump_json()
    signed_out = await session.sign_out(None)
    assert signed_out.state == "sign-in-needed"
    with pytest.raises(SignInNeededError):
        session.token(at(rucio))


async def test_a_wrong_password_leaves_the_session_as_it_was(rucio: SmallRucio) -> None:
    session = session_of(at(rucio), environment={"MAGIC_RUCIO_TOKEN": "token-of-ana"})
    wrong = SignIn.model_validate({"username": "ana", "password": "wrong-word", "account": "ana"})
    with pytest.raises(SignInNeededError) as caught:
        await session.sign_in(None, wrong)
    assert "wrong-word" not in str(caught.value) + str(caught.value.details)
    assert (await session.status(None)).session.state == "signed-in"


async def test_a_sign_in_goes_before_the_environment_and_gives_way_to_it(rucio: SmallRucio) -> None:
    session = session_of(at(rucio), environment={"MAGIC_RUCIO_TOKEN": "token-of-ana"})
    bob = SignIn.model_validate({"username": "bob", "password": PASSWORD, "account": "bob"})
    assert (await session.sign_in(None, bob)).account == "bob"
    assert await session.account(at(rucio)) == "bob"
    assert (await session.sign_out(None)).account == "ana"
    assert await session.account(at(rucio)) == "ana"


async def test_a_sign_in_that_ended_says_so_as_long_as_nobody_signs_in(rucio: SmallRucio) -> None:
    rucio.life = timedelta(seconds=30)
    session = session_of(at(rucio))
    ended = await session.sign_in(None, ANA)
    for told in (ended, (await session.status(None)).session, (await session.status(None)).session):
        assert (told.state, told.reason) == ("sign-in-needed", "The sign-in has ended.")
    rucio.life = timedelta(hours=1)
    assert (await session.sign_in(None, ANA)).state == "signed-in"


async def test_a_hanging_rucio_holds_nobody_up(rucio: SmallRucio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STATUS_TIMEOUT_SECONDS", 0.2)
    session = session_of(at(rucio), environment={"MAGIC_RUCIO_TOKEN": "token-of-ana"})
    rucio.seconds = 30.0
    monkeypatch.setattr(module, "LOOK_AGAIN_SECONDS", 5.0)
    begun = time.monotonic()
    tabs = await asyncio.gather(*(session.status(None) for _ in range(5)))
    assert time.monotonic() - begun < 1.0
    for status in tabs:
        assert status.session.state == "signed-in"
        assert status.rucio.state == "down"
        assert status.rucio.since is not None
    assert rucio.asked == ["/accounts/whoami"]
    with pytest.raises(UnreachableError):
        await session.account(at(rucio))


async def test_rucio_down_and_back(rucio: SmallRucio) -> None:
    instance = at(rucio)
    session = session_of(instance, environment={"MAGIC_RUCIO_TOKEN": "token-of-ana"})
    assert (await session.status(None)).rucio.state == "ok"
    rucio.limits = refusal(503, "")
    first = await session.status(None)
    await asyncio.sleep(1.01)
    second = await session.status(None)
    assert first.rucio.state == second.rucio.state == "down"
    assert first.rucio.since == second.rucio.since
    assert first.session.account == "ana"
    rucio.limits = None
    assert (await session.status(None)).rucio.state == "ok"


async def test_nobody_listens() -> None:
    nowhere = RucioInstance(rucio_url="http://127.0.0.1:9")
    status = await session_of(nowhere, environment={"MAGIC_RUCIO_TOKEN": "secret-token"}).status(None)
    assert status.rucio.state == "down"
    assert "cannot be reached" in str(status.rucio.message)
    assert "secret-token" not in status.model_dump_json()


async def test_a_quota_that_may_not_be_read_is_not_a_rucio_that_is_down(rucio: SmallRucio) -> None:
    session = session_of(at(rucio), environment={"MAGIC_RUCIO_TOKEN": "token-of-ana"})
    rucio.limits = refusal(401, "AccessDenied", "may not")
    status = await session.status(None)
    assert (status.session.state, status.rucio.state, status.quota) == ("signed-in", "ok", None)


async def test_a_token_that_rucio_stops_taking(rucio: SmallRucio) -> None:
    instance = at(rucio)
    session = session_of(instance, environment={"MAGIC_RUCIO_TOKEN": "token-of-ana"})
    assert (await session.status(None)).session.state == "signed-in"
    rucio.tokens.clear()
    status = await session.status(None)
    assert (status.session.state, status.quota) == ("sign-in-needed", None)
    with pytest.raises(SignInNeededError):
        await session.account(instance)
    rucio.tokens["token-of-ana"] = "ana"
    assert await session.account(instance) == "ana"


async def test_signing_out_while_rucio_is_asked(rucio: SmallRucio) -> None:
    session = session_of(at(rucio))
    await session.sign_in(None, ANA)
    rucio.seconds = 0.2
    asked = asyncio.create_task(session.status(None))
    await asyncio.sleep(0.05)
    await session.sign_out(None)
    assert (await asked).session.state in ("signed-in", "sign-in-needed")
    assert (await session.status(None)).session.state == "sign-in-needed"


async def test_each_instance_has_its_own_session_and_no_token_goes_to_another(
    rucio: SmallRucio, other_rucio: SmallRucio
) -> None:
    first, second = at(rucio, id="here"), at(other_rucio, id="there", token_env="TOKEN_THERE")
    third = at(other_rucio, id="third")
    environment = {"MAGIC_RUCIO_TOKEN": "token-of-ana", "TOKEN_THERE": "token-elsewhere"}
    session = session_of(first, second, third, environment=environment)
    assert (await session.status("here")).session.account == "ana"
    assert (await session.status("there")).session.account == "bob"
    assert (await session.status("third")).session.state == "sign-in-needed"
    assert [info.id for info in (await session.status(None)).instances] == ["here", "there", "third"]
    with pytest.raises(InvalidInputError, match="known: here, there, third"):
        await session.status("nowhere")


async def test_nothing_configured_says_what_to_set() -> None:
    status = await session_of().status(None)
    assert status.session.state == "not-configured"
    assert "RUCIO_BASE_URL" in status.help
