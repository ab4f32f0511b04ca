"""The one handler: authenticated and authorised by Jupyter, then passed on."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web

from magic_rucio.errors import MagicRucioError

if TYPE_CHECKING:
    from magic_rucio.jupyter.extension import MagicRucioExtension

PASSED_ON = ("Content-Type", "Magic-Rucio-Instance", "X-Request-ID")
"""Request headers the application sees; in particular no cookie and no token of Jupyter's."""


class ApiHandler(APIHandler):
    """Passes `magic-rucio/api/<path>` on to the application."""

    auth_resource = "magic-rucio"

    def initialize(self, extension: MagicRucioExtension) -> None:
        """Remember where the application comes from."""
        self._extension = extension

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
        headers.setdefault("X-Request-ID", uuid.uuid4().hex)
        try:
            response = await self._extension.bridge().request(
                self.request.method or "GET",
                path,
                query=without_jupyter_parts(self.request.query),
                body=self.request.body,
                headers=headers,
            )
        except MagicRucioError as error:
            self._refuse(error, headers["X-Request-ID"])
            return
        self.set_status(response.status_code)
        self.set_header("Content-Type", "application/json")
        self.set_header("X-Request-ID", headers["X-Request-ID"])
        self.set_header("Cache-Control", "no-store")
        await self.finish(response.content)

    def _refuse(self, error: MagicRucioError, request_id: str) -> None:
        """Answer for the application where a broken configuration keeps it from starting."""
        self.set_status(error.status)
        problem = {
            "code": error.code,
            "message": error.message,
            "advice": error.advice,
            "details": error.details,
            "request_id": request_id,
        }
        self.finish(json.dumps(problem))


def without_jupyter_parts(query: str) -> str:
    """Drop what is Jupyter's own in a query: the API would refuse it as unknown.

    That is `token`, and the time that JupyterLab's browser side adds, a name without a value, so that no
    cache answers.
    """
    return "&".join(
        part for part in query.split("&") if part and not part.isdecimal() and not part.startswith("token=")
    )
