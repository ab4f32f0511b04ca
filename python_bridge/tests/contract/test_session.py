"""Signing in to the sandbox's real Rucio: passwords, tokens, quotas, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from magic_rucio.config import RucioInstance, Settings
from magic_rucio.errors import SignInNeededError
from magic_rucio.rucio import RucioClient
from magic_rucio.rucio.authentication import token_for_password
from magic_rucio.sandbox.description import SandboxDescription
from magic_rucio.session import service as module
from magic_rucio.session.models import SignIn
from magic_rucio.session.service import SessionService

pytestmark = pytest.mark.sandbox


def instance_of(sandbox: SandboxDescription, **fields: object) -> RucioInstance:
    return RucioInstance.model_validate({"rucio_url": sandbox.rucio_url, **fields})


def session_of(instance: RucioInstance, environment: dict[str, str] | None = None) -> SessionService:
    return SessionService(
        Settings(instances=(instance,)),
        lambda one, token: RucioClient(one, token, timeout=10.0),
        environment or {},
    )


def credentials(sandbox: SandboxDescription, account: str) -> SignIn:
    word = sandbox.password(account)
    return SignIn.model_validate({"username": account, "password": word, "account": account})


@pytest.fixture(autouse=True)
def ask_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_AGAIN_SECONDS", 0.0)


@pytest.mark.parametrize("account", ["analyst1", "analyst2"])
async def test_a_password_becomes_a_session_with_its_quota(sandbox: SandboxDescription, account: str) -> None:
    session = session_of(instance_of(sandbox))
    signed_in = await session.sign_in(None, credentials(sandbox, account))
    assert (signed_in.state, signed_in.account, signed_in.source) == ("signed-in", account, "password")
    assert signed_in.expires_at is not None
    status = await session.status(None)
    assert status.rucio.state == "ok"
    assert status.quota is not None
    assert (status.quota.account, status.quota.rse) == (account, "PIC-DCACHE")
    assert status.quota.limit == {"analyst1": 10**12, "analyst2": 10**6}[account]
    assert sandbox.password(account) not in status.model_dump_json()
    assert (await session.sign_out(None)).state == "sign-in-needed"


async def test_an_rse_without_a_limit_is_no_quota_and_no_fault(sandbox: SandboxDescription) -> None:
    session = session_of(instance_of(sandbox, destination_rse="ORM"))
    await session.sign_in(None, credentials(sandbox, "analyst1"))
    status = await session.status(None)
    assert status.rucio.state == "ok"
    assert status.quota is not None
    assert (status.quota.left, status.quota.unlimited) == (0, False)


async def test_a_token_of_the_environment_tells_its_account(sandbox: SandboxDescription) -> None:
    instance = instance_of(sandbox)
    word = sandbox.password("analyst1")
    issued = await token_for_password(instance, account="analyst1", username="analyst1", password=word)
    session = session_of(instance, {"RUCIO_AUTH_TOKEN": issued.text})
    status = await session.status(None)
    assert (status.session.account, status.session.source) == ("analyst1", "environment")
    assert await session.account(instance) == "analyst1"
    assert issued.text not in status.model_dump_json()


async def test_a_token_file_that_is_replaced(sandbox: SandboxDescription, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("analyst1-analyst1-unknown-0123456789abcdef0123456789abcdef")
    instance = instance_of(sandbox, token_file=file)
    session = session_of(instance)
    assert (await session.status(None)).session.state == "sign-in-needed"
    with pytest.raises(SignInNeededError):
        await session.account(instance)
    for account in ("analyst1", "analyst2"):
        word = sandbox.password(account)
        issued = await token_for_password(instance, account=account, username=account, password=word)
        file.write_text(issued.text + "\n")
        assert (await session.status(None)).session.account == account
        assert await session.account(instance) == account


@pytest.mark.parametrize(
    ("account", "username", "word"),
    [
        ("analyst1", "analyst1", "wrong-word"),
        ("analyst1", "nobody-of-that-name", "wrong-word"),
        ("no-such-account", "analyst1", None),
        ("root", "analyst1", None),
        ("analyst1", "' OR 1=1 --", "' OR 1=1 --"),
    ],
)
async def test_what_rucio_does_not_take(
    sandbox: SandboxDescription, account: str, username: str, word: str | None
) -> None:
    session = session_of(instance_of(sandbox))
    given = word or sandbox.password("analyst1")
    asked = SignIn.model_validate({"username": username, "password": given, "account": account})
    with pytest.raises(SignInNeededError) as caught:
        await session.sign_in(None, asked)
    assert given not in f"{caught.value.message} {caught.value.advice} {caught.value.details}"
    assert (await session.status(None)).session.state == "sign-in-needed"
