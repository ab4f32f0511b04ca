"""Requests to Rucio: timeouts, limited retries, bounded answers, errors made ours."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import stamina

from magic_rucio.config import RucioInstance
from magic_rucio.errors import InvalidInputError, NotFoundError, SignInNeededError, UnreachableError
from magic_rucio.rucio.errors import not_rucio, rucio_error
from magic_rucio.rucio.network import explained, tls_context
from magic_rucio.rucio.paths import path_of
from magic_rucio.rucio.streams import lines_of

NDJSON = "application/x-json-stream"

ATTEMPTS = 3

CONNECTIONS = 8
"""To one Rucio at once: a catalogue's sync must not be a burden to the others."""

LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes of an answer that is read whole; longer ones are streams."""

LONGEST_CALL = 3.0
"""Timeouts that a whole answer may take: one that drips for ever ends too."""

Token = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, read whole."""

    status_code: int
    headers: Mapping[str, str]
    text: str


class RucioHttp:
    """One connection pool to one Rucio, with the token of one account.

    Parameters
    ----------
    token : callable or str
        Asked for the token of the moment at each call.
    timeout : float
        Seconds without a byte.
    """

    def __init__(
        self,
        instance: RucioInstance,
        token: Token | str,
        *,
        timeout: float = 20.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._instance = instance
        self._token: Token = (lambda: token) if isinstance(token, str) else token
        self._timeout = timeout
        self._client = httpx.AsyncClient(
            base_url=instance.rucio_url,
            timeout=self._timeouts(timeout),
            limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
            verify=tls_context(instance),
            transport=transport,
            headers={"User-Agent": "jupyterlab-magic-rucio"},
        )

    def __repr__(self) -> str:
        return f"RucioHttp({self._instance.rucio_url!r})"

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def call(
        self,
        method: str,
        path: str,
        *,
        what: str,
        body: Any = None,
        params: Mapping[str, str] | None = None,
        timeout: float | None = None,
        redirects: bool = False,
    ) -> Answer:
        """Make one call and return the whole answer; reads are tried again, writes never.

        Parameters
        ----------
        redirects : bool
            Whether an answer that sends elsewhere is one. It is never followed: the token would go along.

        Raises
        ------
        MagicRucioError
            What Rucio or the network had against it.
        """
        attempts = ATTEMPTS if method == "GET" else 1
        with explained(what, self._instance.rucio_url):
            async for attempt in stamina.retry_context(
                on=_is_passing, attempts=attempts, wait_initial=0.2, wait_max=3.0, timeout=None
            ):
                with attempt:
                    async with asyncio.timeout(LONGEST_CALL * (timeout or self._timeout)):
                        answer = await self._once(method, path, what, body, params, timeout, redirects)
        return answer

    async def call_or_none(self, method: str, path: str, *, what: str) -> Answer | None:
        """Make a call whose subject may be absent: None then."""
        try:
            return await self.call(method, path, what=what)
        except NotFoundError:
            return None
        except InvalidInputError as error:
            if error.details.get("status") == 404:
                return None
            raise

    async def json(self, method: str, path: str, *, what: str, **options: Any) -> Any:
        """Make a call that answers one JSON value."""
        answer = await self.call(method, path, what=what, **options)
        return parse_json(answer.text, what)

    async def lines(
        self,
        method: str,
        path: str,
        *,
        what: str,
        body: Any = None,
        params: Mapping[str, str] | None = None,
    ) -> AsyncIterator[Any]:
        """Make a reading call that answers a stream of JSON values, one a line; memory stays bounded.

        It is tried again as long as nothing was given.
        """
        given = False

        def may_pass(error: Exception) -> bool:
            return not given and _is_passing(error)

        with explained(what, self._instance.rucio_url):
            async for attempt in stamina.retry_context(
                on=may_pass,
                attempts=ATTEMPTS,
                wait_initial=0.2,
                wait_max=3.0,
                timeout=None,
            ):
                with attempt:
                    async with self._sent(method, path, what, body, params, None) as response:
                        async for line in lines_of(response.aiter_bytes(), what):
                            value = parse_json(line, what)
                            given = True
                            yield value

    async def _once(
        self,
        method: str,
        path: str,
        what: str,
        body: Any,
        params: Mapping[str, str] | None,
        timeout: float | None,
        redirects: bool,
    ) -> Answer:
        async with self._sent(method, path, what, body, params, timeout, redirects) as response:
            content = bytearray()
            async for block in response.aiter_bytes():
                content += block
                if len(content) > LARGEST_ANSWER:
                    raise not_rucio(what)
            return Answer(response.status_code, response.headers, content.decode("utf-8", "replace"))

    @asynccontextmanager
    async def _sent(
        self,
        method: str,
        path: str,
        what: str,
        body: Any,
        params: Mapping[str, str] | None,
        timeout: float | None,
        redirects: bool = False,
    ) -> AsyncIterator[httpx.Response]:
        async with self._client.stream(
            method,
            path,
            params=params,
            content=None if body is None else json.dumps(body),
            headers=self._headers(),
            timeout=self._timeouts(timeout) if timeout else httpx.USE_CLIENT_DEFAULT,
        ) as response:
            # Errors are told by their headers: what else they say is not read.
            if response.status_code >= 400:
                raise rucio_error(response.status_code, response.headers, what)
            if response.status_code >= 300 and not redirects:
                raise not_rucio(what)
            yield response

    def _headers(self) -> dict[str, str]:
        token = self._token()
        if not token or not token.isascii() or not token.isprintable():
            # Checked here, since the HTTP library would show it in its complaint.
            raise SignInNeededError(
                "The Rucio token holds characters that no token has.", advice="Sign in again."
            )
        accept = f"{NDJSON}, application/json;q=0.9, */*;q=0.5"
        return {"X-Rucio-Auth-Token": token, "Content-Type": "application/json", "Accept": accept}

    @staticmethod
    def _timeouts(seconds: float) -> httpx.Timeout:
        # Waiting for one of our own connections is no fault of Rucio's: it may take longer.
        return httpx.Timeout(seconds, connect=min(seconds, 5.0), pool=3 * seconds)


def parse_json(text: str | bytes, what: str) -> Any:
    """Parse what should be JSON.

    Raises
    ------
    UnreachableError
        Where it is not: something else answers at Rucio's address.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise not_rucio(what) from None


def _is_passing(error: Exception) -> bool:
    """Whether a failure may pass by itself."""
    if isinstance(error, UnreachableError):
        return error.code in ("unreachable", "rucio-busy")
    return isinstance(error, httpx.ConnectError | httpx.RemoteProtocolError | httpx.ReadError)


__all__ = ["Answer", "RucioHttp", "Token", "parse_json", "path_of"]
