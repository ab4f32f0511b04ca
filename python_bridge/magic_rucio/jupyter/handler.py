"""The one handler: authenticated and authorised by Jupyter, then passed on."""

from __future__ import annotations

import json
import re
import uuid
from http.client import responses
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web

from magic_rucio.errors import MagicRucioError

if TYPE_CHECKING:
    from magic_rucio.jupyter.extension import MagicRucioExtension

PASSED_ON = ("Content-Type", "Magic-Rucio-Instance")
"""Request headers the application sees; in particular no cookie and no token of Jupyter's."""

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""What a caller's id may be: it comes back in a header and goes to the log."""


class ApiHandler(APIHandler):
    """Passes `magic-rucio/api/<path>` on to the application."""

    auth_resource = "magic-rucio"

    def initialize(self, extension: MagicRucioExtension) -> None:
        """Remember where the application comes from, and give the request an id: a refusal bears it too."""
        self._extension = extension
        given = self.request.headers.get("X-Request-ID", "")
        self._request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex

    @web.authenticated
    @authorized
    async def get(self, path: str) -> None:
        """Pass a read on."""
        await self._pass_on(path)

    @web.authenticated
    @authorized
    async def post(self, path: str) -> None:
        """Pass a creation on."""
        await self._pass_on(path)

    @web.authenticated
    @authorized
    async def patch(self, path: str) -> None:
        """Pass a change on."""
        await self._pass_on(path)

    @web.authenticated
    @authorized
    async def delete(self, path: str) -> None:
        """Pass a removal on."""
        await self._pass_on(path)

    async def _pass_on(self, path: str) -> None:
        headers = {name: self.request.headers[name] for name in PASSED_ON if name in self.request.headers}
        headers["X-Request-ID"] = self._request_id
        try:
            bridge = await self._extension.bridge()
            response = await bridge.request(
                self.request.method or "GET",
                path,
                query=without_jupyter_parts(self.request.query),
                body=self.request.body,
                headers=headers,
            )
        except MagicRucioError as error:
            self._answer(error.status, _problem(error, self._request_id))
            return
        self._answer(response.status_code, response.content)

    def _answer(self, status: int, content: bytes | dict[str, Any]) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.set_header("X-Request-ID", self._request_id)
        self.set_header("Cache-Control", "no-store")
        # Not awaited: a browser that has gone meanwhile is no error.
        self.finish(content if isinstance(content, bytes) else json.dumps(content))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say Jupyter's own refusals, and what nobody foresaw, in the API's form; never a traceback.

        Jupyter has logged the traceback by then; the id leads to it.
        """
        message, advice = _WORDS.get(status_code, (responses.get(status_code, "Unknown error") + ".", ""))
        error = MagicRucioError(message, code=f"jupyter-{status_code}", status=status_code, advice=advice)
        self.log.warning("magic-rucio request %s: %d", self._request_id, status_code)
        self._answer(status_code, _problem(error, self._request_id))


_WORDS = {
    403: ("The Jupyter server does not take this request: it asks for a sign-in.", "Reload the page."),
    405: ("The Jupyter server does not take this kind of request here.", ""),
    500: (
        "Something went wrong on the Jupyter server that nobody foresaw.",
        "Try again; if it stays, report the request id: the server's log has the details near it.",
    ),
}


def _problem(error: MagicRucioError, request_id: str) -> dict[str, Any]:
    """Return what the API's own problems look like; its model is not imported before it is needed."""
    return {
        "code": error.code,
        "message": error.message,
        "advice": error.advice,
        "details": error.details,
        "request_id": request_id,
    }


def without_jupyter_parts(query: str) -> str:
    """Drop what is Jupyter's own in a query: the API would refuse it as unknown.

    That is `token`, `_xsrf`, and the time that JupyterLab's browser side adds, a name without a value, so
    that no cache answers.
    """
    return "&".join(
        part
        for part in query.split("&")
        if part and not part.isdecimal() and not part.startswith(("token=", "_xsrf="))
    )
