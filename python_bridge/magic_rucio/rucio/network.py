"""What may go wrong between here and Rucio, in words; whom to trust."""

from __future__ import annotations

import functools
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from magic_rucio.config import RucioInstance
from magic_rucio.errors import InvalidInputError, UnreachableError


def tls_context(instance: RucioInstance) -> ssl.SSLContext:
    """Trust the usual authorities, and the site's own where one is configured.

    Kept from call to call: reading the authorities takes 30 ms, in which nothing else would be served.

    Raises
    ------
    InvalidInputError
        Where its certificate cannot be read.
    """
    if instance.ca_cert is None:
        return _usual_authorities()
    path = instance.ca_cert
    try:
        path = path.expanduser()
        return _authorities(path, path.stat().st_mtime_ns)
    except (OSError, RuntimeError, ssl.SSLError) as error:
        words = error.strerror if isinstance(error, FileNotFoundError | PermissionError) else "no certificate"
        raise InvalidInputError(
            f"The configured ca_cert {path} cannot be used: {words}.",
            code="certificate-unusable",
            advice="Correct ca_cert in the configuration, or RUCIO_CA_CERT.",
        ) from None


@functools.cache
def _usual_authorities() -> ssl.SSLContext:
    return httpx.create_ssl_context()


@functools.lru_cache(maxsize=16)
def _authorities(path: Path, _modified: int) -> ssl.SSLContext:
    """Read the site's authority; a certificate that was replaced is another one."""
    context = ssl.create_default_context()
    context.load_verify_locations(**{"capath" if path.is_dir() else "cafile": str(path)})
    return context


@contextmanager
def explained(what: str, url: str) -> Iterator[None]:
    """Turn what the network throws into a sentence.

    Raises
    ------
    UnreachableError
        What did not work, and where.
    """
    try:
        yield
    except (httpx.TimeoutException, TimeoutError):
        raise UnreachableError(
            f"Rucio at {url} gave no answer in time ({what}).",
            code="timeout",
            status=504,
            advice="Try again; it may be overloaded.",
        ) from None
    except httpx.ConnectError as error:
        raise UnreachableError(
            f"Rucio at {url} cannot be reached: {_cause(str(error))} ({what}).",
            advice="Check the network and the address in the configuration.",
        ) from None
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise UnreachableError(
            f"The connection to Rucio at {url} broke: {type(error).__name__} ({what}).", advice="Try again."
        ) from None
    except httpx.InvalidURL:
        raise InvalidInputError(
            f"Rucio cannot be asked for this: the address would be too long ({what})."
        ) from None


def _cause(text: str) -> str:
    if "CERTIFICATE" in text:
        return "its certificate is not trusted"
    if "SSL" in text:
        return "no TLS is spoken there"
    return "no connection"
