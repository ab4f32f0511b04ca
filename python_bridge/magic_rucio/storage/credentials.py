"""What storage asks of its reader: a bearer token or an X.509 proxy, found where grid tools put them.

Never Rucio's token: it is for Rucio alone.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from magic_rucio.errors import InvalidInputError

LARGEST_TOKEN_FILE = 64 * 1024
"""Bytes; anything larger is not a token."""

GRID_AUTHORITIES = Path("/etc/grid-security/certificates")
"""Where grid machines keep the certificates of the authorities that storage is signed by."""


def bearer_token(environment: Mapping[str, str] | None = None) -> str | None:
    """Return the token that WLCG's bearer token discovery finds, None where it finds none."""
    environment = os.environ if environment is None else environment
    if given := _clean(environment.get("BEARER_TOKEN", "")):
        return given
    named = environment.get("BEARER_TOKEN_FILE")
    if named:
        return _read(Path(named))
    folders = [environment.get("XDG_RUNTIME_DIR"), "/tmp"]  # noqa: S108 - where WLCG says it is
    for folder in folders:
        if folder and (found := _read(Path(folder) / f"bt_u{os.getuid()}")):
            return found
    return None


def tls_for_storage(
    ca_cert: Path | None = None, environment: Mapping[str, str] | None = None
) -> ssl.SSLContext:
    """Return whom to trust, and the user's proxy certificate where there is one.

    Raises
    ------
    InvalidInputError
        Where a named certificate cannot be used.
    """
    environment = os.environ if environment is None else environment
    context = ssl.create_default_context()
    authorities = [ca_cert, Path(named) if (named := environment.get("X509_CERT_DIR")) else GRID_AUTHORITIES]
    for place in authorities:
        if place is not None and (place != GRID_AUTHORITIES or place.is_dir()):
            with _usable(place):
                _trust(context, place)
    named = environment.get("X509_USER_PROXY")
    proxy = Path(named) if named else Path(f"/tmp/x509up_u{os.getuid()}")  # noqa: S108 - voms-proxy-init's
    if named or _is_mine(proxy):
        with _usable(proxy):
            context.load_cert_chain(proxy)
    return context


def _trust(context: ssl.SSLContext, place: Path) -> None:
    place = place.expanduser()
    context.load_verify_locations(**{"capath" if place.is_dir() else "cafile": str(place)})


@contextmanager
def _usable(place: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ssl.SSLError) as error:
        words = error.strerror or type(error).__name__
        raise InvalidInputError(
            f"The certificate {place} cannot be used: {words}.",
            code="certificate-unusable",
            advice="Make a new proxy, or correct the variable or the configuration that names it.",
        ) from None


def _read(path: Path) -> str | None:
    try:
        if not _is_mine(path):
            return None
        with path.open("rb") as file:
            return _clean(file.read(LARGEST_TOKEN_FILE).decode("ascii"))
    except (OSError, UnicodeDecodeError):
        return None


def _is_mine(path: Path) -> bool:
    """Whether a file in a folder that everybody may write to is the user's own."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return path.is_file() and found.st_uid == os.getuid()


def _clean(text: str) -> str | None:
    text = text.strip()
    return text if text and text.isascii() and text.isprintable() and " " not in text else None
