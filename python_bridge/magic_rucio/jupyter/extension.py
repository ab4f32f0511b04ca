"""Registration with Jupyter server: settings, one handler, and the application behind it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from jupyter_server.extension.application import ExtensionApp
from traitlets import Unicode

from magic_rucio.jupyter.handler import ApiHandler

if TYPE_CHECKING:
    from magic_rucio.jupyter.bridge import ApplicationBridge


STOP_SECONDS = 10.0
"""A server that is told to end must not wait for a hanging Rucio."""


class MagicRucioExtension(ExtensionApp):
    """Serves the API below `magic-rucio/api/`."""

    name = "magic_rucio"
    load_other_extensions = True

    config_path = Unicode(
        "",
        config=True,
        help="Configuration file (TOML); default: MAGIC_RUCIO_CONFIG, else the user's or the site's file.",
    )

    _bridge: ApplicationBridge | None = None

    def initialize_handlers(self) -> None:
        """Add the one handler."""
        self._making = asyncio.Lock()
        self.handlers.append((r"/magic-rucio/api/(.*)", ApiHandler, {"extension": self}))

    async def bridge(self) -> ApplicationBridge:
        """Return the application, made at the first request: a server start must not pay for it.

        It is made in a thread: importing it takes a second, in which kernels' messages must pass.

        Raises
        ------
        magic_rucio.errors.InvalidInputError
            Where the configuration has mistakes; corrected, it is read again at the next request.
        """
        async with self._making:
            if self._bridge is None:
                self._bridge = await asyncio.to_thread(_make, self.config_path or None)
        return self._bridge

    async def stop_extension(self) -> None:
        """End background work with the server."""
        if self._bridge is None:
            return
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._bridge.close()
        except TimeoutError:
            self.log.warning("magic_rucio: background work did not end within %.0f s", STOP_SECONDS)


def _make(config_path: str | None) -> ApplicationBridge:
    from magic_rucio.jupyter.bridge import ApplicationBridge

    return ApplicationBridge(config_path=config_path)
