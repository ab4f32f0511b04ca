"""Keeps a token file fresh while the demo runs, as a site's token agent would."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import httpx

REFRESH_SECONDS = 1500.0
"""A Rucio token lives an hour and does not slide."""

RETRY_SECONDS = 20.0


def fetch_token(rucio_url: str, account: str, username: str, password: str) -> str:
    """Exchange a password for a token of the sandbox's Rucio.

    Raises
    ------
    httpx.HTTPError
        Where Rucio does not answer or refuses.
    """
    headers = {"X-Rucio-Account": account, "X-Rucio-Username": username, "X-Rucio-Password": password}
    answer = httpx.get(f"{rucio_url}/auth/userpass", headers=headers, timeout=20)
    answer.raise_for_status()
    return answer.headers["X-Rucio-Auth-Token"]


def write_secret(path: Path, text: str) -> None:
    """Replace a file at once, readable by its owner alone."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    Path(temporary).replace(path)


class TokenFile:
    """A file with a token that is renewed in place by a thread of its own."""

    def __init__(self, path: Path, fetch: Callable[[], str]) -> None:
        self._path = path
        self._fetch = fetch
        self._stop = threading.Event()
        write_secret(path, fetch())
        self._thread = threading.Thread(target=self._renew, name="token-file", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread; the file stays, its token ends by itself."""
        self._stop.set()
        self._thread.join(timeout=5)

    def _renew(self) -> None:
        wait = REFRESH_SECONDS
        while not self._stop.wait(wait):
            try:
                write_secret(self._path, self._fetch())
                wait = REFRESH_SECONDS
            except (httpx.HTTPError, OSError):
                wait = RETRY_SECONDS
