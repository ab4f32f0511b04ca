"""A token for a command: the environment's, or by name and password."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from getpass import getpass

from magic_rucio.config import RucioInstance
from magic_rucio.errors import SignInNeededError
from magic_rucio.rucio.authentication import token_for_password
from magic_rucio.session.tokens import given_token


async def sign_in(
    instance: RucioInstance,
    *,
    account: str | None,
    username: str | None,
    environment: Mapping[str, str] | None = None,
) -> Callable[[], str]:
    """Return where requests get their token; a token file is read again at each call.

    A user name that is given counts more than a token, a token more than the user name of the
    environment (`RUCIO_USERNAME`, or the account where there is a password).
    The password comes from `RUCIO_PASSWORD` or is asked for on a terminal: arguments are seen by all
    users of the machine.

    Raises
    ------
    SignInNeededError
        Where there is neither a token nor a way to get one.
    """
    environment = os.environ if environment is None else environment
    account = account or instance.account or environment.get("RUCIO_ACCOUNT")
    password = environment.get("RUCIO_PASSWORD")
    if username is None:
        if given_token(instance, environment) is not None:
            return lambda: _still_given(instance, environment)
        username = environment.get("RUCIO_USERNAME") or (account if password else None)
    if username is None:
        raise SignInNeededError(
            f"There is no token for {instance.name} ({instance.rucio_url}).",
            advice="Put one into RUCIO_AUTH_TOKEN or the configured token file,"
            " or give --username (and RUCIO_PASSWORD where nobody can be asked).",
        )
    if password is None:
        if not sys.stdin.isatty():
            raise SignInNeededError(
                f"There is no password for {username}.", advice="Put it into RUCIO_PASSWORD."
            )
        password = getpass(f"Password of {username} at {instance.name}: ")
    token = await token_for_password(
        instance, account=account or username, username=username, password=password
    )
    return lambda: token.text


def _still_given(instance: RucioInstance, environment: Mapping[str, str]) -> str:
    token = given_token(instance, environment)
    if token is None:
        raise SignInNeededError("The token is gone from its file.", advice="Sign in again.")
    return token.text
