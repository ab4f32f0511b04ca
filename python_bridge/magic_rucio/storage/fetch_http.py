"""The reading door of https, davs and their plain forms: ranges, redirects to pools, limits."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import httpx

from magic_rucio.storage.fetch import FetchError, Sink

SCHEMES = {"https": "https", "davs": "https", "http": "http", "dav": "http"}

MOST_REDIRECTS = 5
"""A dCache or EOS door sends the reader on to a pool, at most by way of a second door."""

_RANGE = re.compile(r"bytes (\d+)-\d*/(\d+|\*)")


class HttpReading:
    """Reads by GET; a bearer token goes to the door alone, and never without TLS.

    Parameters
    ----------
    tls : ssl.SSLContext
    token : callable
        Returns the storage's bearer token of the moment, if any.
    timeout : float
        Seconds without a byte.
    """

    def __init__(
        self, *, tls: ssl.SSLContext, token: Callable[[], str | None] = lambda: None, timeout: float = 60.0
    ) -> None:
        self._token = token
        self._client = httpx.Client(
            verify=tls,
            timeout=httpx.Timeout(timeout, connect=min(timeout, 10.0)),
            follow_redirects=True,
            max_redirects=MOST_REDIRECTS,
            headers={"User-Agent": "jupyterlab-magic-rucio"},
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def fetch(self, pfn: str, sink: Sink) -> None:
        url = _url(pfn)
        # Bytes are counted and hashed as they are stored: nothing may pack them on the way.
        headers = {"Accept-Encoding": "identity"}
        if sink.offset:
            headers["Range"] = f"bytes={sink.offset}-"
        token = self._token()
        if token and url.startswith("https://"):
            headers["Authorization"] = f"Bearer {token}"
        with _explained(pfn), self._client.stream("GET", url, headers=headers) as response:
            if response.status_code == 416:
                sink.restart()
                raise FetchError(
                    f"{_door(pfn)} does not resume this file.", advice="It is begun anew.", passing=True
                )
            if response.status_code not in (200, 206):
                raise _refused(response.status_code, pfn)
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise FetchError(
                    f"{_door(pfn)} sends the file compressed.", advice="Tell the people who run the storage."
                )
            if not _continues(response, sink):
                sink.restart()
            # As they come: what a chunk size would hold back is lost when the connection breaks.
            for block in response.iter_raw():
                sink.write(block)


def _url(pfn: str) -> str:
    parts = urlsplit(pfn)
    scheme = SCHEMES.get(parts.scheme)
    if scheme is None or not parts.hostname:
        raise FetchError(f"{pfn[:200]!a} is not an address to read from.", advice="Tell the data manager.")
    # Neither a user name nor a password of the PFN's making is sent anywhere.
    return urlunsplit((scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))


def _continues(response: httpx.Response, sink: Sink) -> bool:
    """Whether the answer begins where the sink ends; some doors ignore a range and send all."""
    if response.status_code == 200:
        return sink.offset == 0
    found = _RANGE.match(response.headers.get("Content-Range", ""))
    begins = found is not None and int(found[1]) == sink.offset
    if not begins:
        raise FetchError(
            f"The storage sent another part of the file than was asked for ({response.url.host}).",
            advice="Tell the people who run the storage.",
        )
    return True


def _refused(status: int, pfn: str) -> FetchError:
    door = _door(pfn)
    if status in (401, 403):
        return FetchError(
            f"{door} does not let you read this file ({status}).",
            code="storage-credential",
            advice="Make a grid proxy (X509_USER_PROXY) or get a token (BEARER_TOKEN_FILE) for this storage.",
        )
    if status in (404, 410):
        return FetchError(
            f"{door} does not have this file ({status}), although Rucio has it on record.",
            code="storage-lost",
            advice="Tell the data manager.",
        )
    passing = status >= 500 or status in (408, 423, 425, 429)
    return FetchError(
        f"{door} answered {status}.",
        advice="Try again later." if passing else "Tell the people who run the storage.",
        passing=passing,
    )


@contextmanager
def _explained(pfn: str) -> Iterator[None]:
    door = _door(pfn)
    try:
        yield
    except httpx.TimeoutException:
        raise FetchError(f"{door} stopped answering.", advice="Try again later.", passing=True) from None
    except httpx.ConnectError as error:
        if "CERTIFICATE" in str(error):
            raise FetchError(
                f"The certificate of {door} is not trusted.",
                code="storage-certificate",
                advice="Name the authorities' certificates in X509_CERT_DIR or in the configuration.",
            ) from None
        raise FetchError(
            f"{door} cannot be reached.", advice="Check the network; it may be down.", passing=True
        ) from None
    except httpx.TooManyRedirects:
        raise FetchError(
            f"{door} sends the reader in a circle.", advice="Tell the people who run the storage."
        ) from None
    except (httpx.UnsupportedProtocol, httpx.InvalidURL):
        raise FetchError(
            f"{door} sends the reader to an address that is none.",
            advice="Tell the people who run the storage.",
        ) from None
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise FetchError(
            f"The connection to {door} broke: {type(error).__name__}.",
            advice="Try again later.",
            passing=True,
        ) from None


def _door(pfn: str) -> str:
    """Host and port alone: a signed address would be a secret."""
    return urlsplit(pfn).netloc.rpartition("@")[2] or "the storage"
