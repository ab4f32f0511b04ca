"""Exchanging a credential for a Rucio token; the credential is kept nowhere.

Rucio has one path a kind of credential (`/auth/userpass`, `/auth/x509`, `/auth/oidc`, …) and one form of
answer: a `Login` says what is special to a kind, `issue` does the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from magic_rucio.config import RucioInstance
from magic_rucio.errors import InvalidInputError, SignInNeededError
from magic_rucio.rucio.errors import not_rucio, rucio_error
from magic_rucio.rucio.network import explained, tls_context
from magic_rucio.rucio.times import as_time

APPLICATION = "jupyterlab-magic-rucio"


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token, and when Rucio stops taking it; the text never shows in a repr."""

    text: str = field(repr=False)
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """One kind of sign-in: its path, and the headers that hold the credential."""

    path: str
    account: str | None
    headers: Mapping[str, str] = field(repr=False)


class SeveralAccountsError(InvalidInputError):
    """The identity belongs to several accounts; `details["accounts"]` names them."""

    code = "several-accounts"


def password_login(*, account: str | None, username: str, password: str) -> Login:
    """Make a sign-in with name and password."""
    headers = {"X-Rucio-Username": username, "X-Rucio-Password": password}
    return Login(path="/auth/userpass", account=account, headers=headers)


async def token_for_password(
    instance: RucioInstance,
    *,
    account: str | None,
    username: str,
    password: str,
    timeout: float = 20.0,
    transport: httpx.AsyncBaseTransport | None = None,
) -> IssuedToken:
    """Sign in with name and password; raises as `issue`."""
    login = password_login(account=account, username=username, password=password)
    return await issue(instance, login, timeout=timeout, transport=transport)


async def issue(
    instance: RucioInstance,
    login: Login,
    *,
    timeout: float = 20.0,
    transport: httpx.AsyncBaseTransport | None = None,
) -> IssuedToken:
    """Exchange a credential for a token.

    Raises
    ------
    SignInNeededError
        Where Rucio does not take it.
    SeveralAccountsError
        Where no account was named and the identity has several.
    InvalidInputError
        Where the credential cannot stand in an HTTP header.
    UnreachableError
        Where Rucio does not answer, or something else does.
    """
    headers = {**login.headers, "X-Rucio-AppID": APPLICATION}
    if login.account:
        headers["X-Rucio-Account"] = login.account
    _check(headers)
    what = f"sign-in of {login.account}" if login.account else "sign-in"
    client = httpx.AsyncClient(
        base_url=instance.authentication_url,
        timeout=httpx.Timeout(timeout, connect=min(timeout, 5.0)),
        verify=tls_context(instance),
        transport=transport,
    )
    with explained(what, instance.authentication_url):
        # The body is not read: all that counts is in the headers.
        async with client, client.stream("GET", login.path, headers=headers) as response:
            return _token_in(response, what)


def _token_in(response: httpx.Response, what: str) -> IssuedToken:
    if response.status_code == 206:
        accounts = [name.strip() for name in response.headers.get("X-Rucio-Auth-Accounts", "").split(",")]
        raise SeveralAccountsError(
            f"This identity has several accounts: {', '.join(accounts)}.",
            advice="Name one of them as the account.",
            details={"accounts": accounts},
        )
    if response.status_code >= 400:
        error = rucio_error(response.status_code, response.headers, what)
        if isinstance(error, SignInNeededError):
            error.advice = "Check account, user name and password."
        raise error
    token = response.headers.get("X-Rucio-Auth-Token", "")
    if not token.isascii() or not token.isprintable() or not token:
        raise not_rucio(what)
    return IssuedToken(token, as_time(response.headers.get("X-Rucio-Auth-Token-Expires")))


def _check(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if not value.isascii() or not value.isprintable():
            field_name = name.removeprefix("X-Rucio-").lower()
            raise InvalidInputError(f"{field_name}: only printable ASCII characters reach Rucio.")
