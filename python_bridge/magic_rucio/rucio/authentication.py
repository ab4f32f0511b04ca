"""Exchanging a credential for a Rucio token; the credential is kept nowhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from magic_rucio.config import RucioInstance
from magic_rucio.errors import InvalidInputError
from magic_rucio.rucio.errors import rucio_error
from magic_rucio.rucio.http import explained, tls_context

APPLICATION = "jupyterlab-magic-rucio"


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token, and when Rucio stops taking it; the text never shows in a repr."""

    text: str = field(repr=False)
    expires_at: datetime | None


async def token_for_password(
    instance: RucioInstance,
    *,
    account: str,
    username: str,
    password: str,
    timeout: float = 20.0,
    transport: httpx.AsyncBaseTransport | None = None,
) -> IssuedToken:
    """Sign in with name and password.

    Raises
    ------
    SignInNeededError
        Where Rucio does not take them.
    InvalidInputError
        Where they cannot stand in an HTTP header.
    """
    headers = {
        "X-Rucio-Account": account,
        "X-Rucio-Username": username,
        "X-Rucio-Password": password,
        "X-Rucio-AppID": APPLICATION,
    }
    for name, value in headers.items():
        if not value.isascii() or not value.isprintable():
            field_name = name.removeprefix("X-Rucio-").lower()
            raise InvalidInputError(f"{field_name}: only printable ASCII characters reach Rucio.")
    what = f"sign-in of {account}"
    with explained(what, instance.authentication_url):
        async with httpx.AsyncClient(
            base_url=instance.authentication_url,
            timeout=timeout,
            verify=tls_context(instance),
            transport=transport,
        ) as client:
            response = await client.get("/auth/userpass", headers=headers)
    if response.status_code == 206:
        accounts = response.headers.get("X-Rucio-Auth-Accounts", "")
        raise InvalidInputError(
            f"This identity has several accounts ({accounts}).", advice="Name one of them as the account."
        )
    token = response.headers.get("X-Rucio-Auth-Token")
    if response.status_code >= 400 or not token:
        raise rucio_error(max(response.status_code, 400), response.headers, what)
    return IssuedToken(token, expiry(response.headers.get("X-Rucio-Auth-Token-Expires")))


def expiry(text: str | None) -> datetime | None:
    """Read the time of an `X-Rucio-Auth-Token-Expires` header (RFC 1123)."""
    if not text:
        return None
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except ValueError:
        return None
