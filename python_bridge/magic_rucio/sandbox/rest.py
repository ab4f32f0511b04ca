"""The few calls of Rucio's REST interface that the sandbox itself makes, without a client library."""

from __future__ import annotations

import json
from types import TracebackType
from typing import Any
from urllib.parse import quote_plus

import httpx

from magic_rucio.errors import MagicRucioError, UnreachableError

TIMEOUT_SECONDS = 10.0


class RucioCalls:
    """A signed-in account of the sandbox's Rucio; a context manager."""

    def __init__(self, url: str, account: str, password: str) -> None:
        # trust_env: a proxy of the user's must not get between two local processes.
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS, trust_env=False)
        answer = self.send(
            "GET",
            "/auth/userpass",
            headers={
                "X-Rucio-Account": account,
                "X-Rucio-Username": account,
                "X-Rucio-Password": password,
                "X-Rucio-AppID": "magic-rucio-sandbox",
            },
        )
        self.token: str = answer.headers["X-Rucio-Auth-Token"]
        self._http.headers["X-Rucio-Auth-Token"] = self.token

    def __enter__(self) -> RucioCalls:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Send one request.

        Raises
        ------
        UnreachableError
            No answer.
        RucioRefusal
            An answer with an error; `details["exception_class"]` is Rucio's name for it.
        """
        try:
            answer = self._http.request(
                method, path, content=None if body is None else json.dumps(body), headers=headers
            )
        except httpx.HTTPError as error:
            raise UnreachableError(f"Rucio does not answer: {type(error).__name__}.") from None
        if answer.is_error:
            raise RucioRefusal(answer)
        return answer

    def get(self, path: str) -> Any:
        """Return the JSON document of a path."""
        return self.send("GET", path).json()

    def stream(self, method: str, path: str, body: Any = None) -> list[Any]:
        """Return the documents of an answer that holds one a line."""
        answer = self.send(method, path, body)
        return [json.loads(line) for line in answer.text.splitlines() if line.strip()]


class RucioRefusal(MagicRucioError):  # noqa: N818 - Rucio said no
    """Rucio answered with an error."""

    def __init__(self, answer: httpx.Response) -> None:
        name = answer.headers.get("ExceptionClass", f"HTTP {answer.status_code}")
        words = answer.headers.get("ExceptionMessage", "")[:300]
        super().__init__(
            f"Rucio refused {answer.request.method} {answer.request.url.path}: {name}: {words}",
            code="rucio-refusal",
            status=answer.status_code,
            details={"exception_class": name},
        )


def did_path(scope: str, name: str) -> str:
    """Return scope and name as they stand in Rucio's paths."""
    return f"{quote_plus(scope)}/{quote_plus(name)}"
