"""Which credential a command takes, and what it says where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from magic_rucio.config import RucioInstance
from magic_rucio.errors import SignInNeededError, UnreachableError
from magic_rucio.publishing.signing_in import sign_in

INSTANCE = RucioInstance(rucio_url="http://127.0.0.1:9")
"""Nobody listens there: a sign-in by password is seen by its failure."""


async def test_a_token_of_the_environment_is_taken_before_its_user_name() -> None:
    environment = {"RUCIO_AUTH_TOKEN": "token", "RUCIO_USERNAME": "me", "RUCIO_PASSWORD": "secret"}
    token = await sign_in(INSTANCE, account=None, username=None, environment=environment)
    assert token() == "token"


async def test_a_user_name_that_is_given_counts_more_than_a_token() -> None:
    environment = {"RUCIO_AUTH_TOKEN": "token", "RUCIO_PASSWORD": "secret"}
    with pytest.raises(UnreachableError, match="sign-in of me"):
        await sign_in(INSTANCE, account=None, username="me", environment=environment)


async def test_an_account_with_a_password_is_enough() -> None:
    environment = {"RUCIO_ACCOUNT": "mover", "RUCIO_PASSWORD": "secret"}
    with pytest.raises(UnreachableError, match="sign-in of mover") as failure:
        await sign_in(INSTANCE, account=None, username=None, environment=environment)
    assert "secret" not in failure.value.message


async def test_a_token_file_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("one\n")
    instance = INSTANCE.model_copy(update={"token_file": file})
    token = await sign_in(instance, account=None, username=None, environment={})
    assert token() == "one"
    file.write_text("two\n")
    assert token() == "two"
    file.unlink()
    with pytest.raises(SignInNeededError, match="gone"):
        token()


async def test_with_nothing_it_says_what_to_give() -> None:
    for environment in ({}, {"RUCIO_ACCOUNT": "me"}):
        with pytest.raises(SignInNeededError) as failure:
            await sign_in(INSTANCE, account=None, username=None, environment=environment)
        assert "RUCIO_AUTH_TOKEN" in failure.value.advice
