"""Requests to Rucio: timeouts, limited retries, NDJSON read line by line, errors made ours."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote_plus

import httpx
import stamina

from magic_rucio.config import RucioInstance
from magic_rucio.errors import InvalidInputError, NotFoundError, UnreachableError
from magic_rucio.rucio.errors import rucio_error
from magic_rucio.rucio.records import Did

NDJSON = "application/x-json-stream"

ATTEMPTS = 3

LONGEST_LINE = 16 * 1024 * 1024
"""Bytes of one record; a longer line is not Rucio's."""

Token = Callable[[], str]


def path_of(*parts: str | Did) -> str:
    """Join a path; every part is quoted as Rucio's own client does."""
    texts: list[str] = []
    for part in parts:
        texts.extend((part.scope, part.name) if isinstance(part, Did) else (part,))
    return "/" + "/".join(quote_plus(text) for text in texts)


class RucioHttp:
    """One connection pool to one Rucio, with the token of one account."""

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
        self._client = httpx.AsyncClient(
            base_url=instance.rucio_url,
            timeout=httpx.Timeout(timeout, connect=min(timeout, 5.0)),
            limits=httpx.Limits(max_connections=8, max_keepalive_connections=8),
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
    ) -> httpx.Response:
        """Make one call and return the whole answer; reads are tried again, writes never.

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
                    response = await self._client.request(
                        method,
                        path,
                        params=params,
                        content=None if body is None else json.dumps(body),
                        headers=self._headers(),
                        timeout=timeout or httpx.USE_CLIENT_DEFAULT,
                    )
                    if response.status_code >= 400:
                        raise rucio_error(response.status_code, response.headers, what)
        return response

    async def call_or_none(self, method: str, path: str, *, what: str) -> httpx.Response | None:
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
        response = await self.call(method, path, what=what, **options)
        return parse_json(response.text, what)

    async def lines(
        self,
        method: str,
        path: str,
        *,
        what: str,
        body: Any = None,
        params: Mapping[str, str] | None = None,
    ) -> AsyncIterator[Any]:
        """Make a call that answers a stream of JSON values, one a line; memory stays bounded."""
        with explained(what, self._instance.rucio_url):
            async with self._client.stream(
                method,
                path,
                params=params,
                content=None if body is None else json.dumps(body),
                headers={**self._headers(), "Accept": NDJSON},
            ) as response:
                if response.status_code >= 400:
                    await response.aread()
                    raise rucio_error(response.status_code, response.headers, what)
                async for line in response.aiter_lines():
                    if len(line) > LONGEST_LINE:
                        raise _not_rucio(what)
                    if line.strip():
                        yield parse_json(line, what)

    def _headers(self) -> dict[str, str]:
        return {"X-Rucio-Auth-Token": self._token(), "Content-Type": "application/json"}


def tls_context(instance: RucioInstance) -> ssl.SSLContext | bool:
    """Trust the site's certificate authority where one is configured."""
    if instance.ca_cert is None:
        return True
    context = ssl.create_default_context()
    path = instance.ca_cert.expanduser()
    context.load_verify_locations(**{"capath" if path.is_dir() else "cafile": str(path)})
    return context


def parse_json(text: str, what: str) -> Any:
    """Parse what should be JSON."""
    try:
        return json.loads(text)
    except ValueError:
        raise _not_rucio(what) from None


@contextmanager
def explained(what: str, url: str) -> Iterator[None]:
    """Turn what the network throws into a sentence."""
    try:
        yield
    except httpx.TimeoutException:
        raise UnreachableError(
            f"Rucio at {url} gave no answer in time ({what}).",
            code="timeout",
            status=504,
            advice="Try again; it may be overloaded.",
        ) from None
    except httpx.ConnectError as error:
        words = "its certificate is not trusted" if "CERTIFICATE" in str(error) else "no connection"
        raise UnreachableError(
            f"Rucio at {url} cannot be reached: {words} ({what}).",
            advice="Check the network and the address in the configuration.",
        ) from None
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise UnreachableError(
            f"The connection to Rucio at {url} broke: {type(error).__name__} ({what}).", advice="Try again."
        ) from None


def _is_passing(error: Exception) -> bool:
    """Whether a failure may pass by itself."""
    if isinstance(error, UnreachableError):
        return error.code == "unreachable"
    return isinstance(error, httpx.ConnectError | httpx.RemoteProtocolError | httpx.ReadError)


def _not_rucio(what: str) -> UnreachableError:
    return UnreachableError(
        f"The answer is not Rucio's ({what}).",
        code="not-rucio",
        advice="Check the address in the configuration: a proxy or another service may answer there.",
    )
