"""Registration with Jupyter server: settings, one handler, and the application behind it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from jupyter_server.extension.application import ExtensionApp
from traitlets import Unicode

from magic_rucio.jupyter.handler import ApiHandler

if TYPE_CHECKING:
    from magic_rucio.jupyter.bridge import ApplicationBridge


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
        self.handlers.append((r"/magic-rucio/api/(.*)", ApiHandler, {"extension": self}))

    def bridge(self) -> ApplicationBridge:
        """Return the application, made at the first request: a server start must not pay for it.

        Raises
        ------
        magic_rucio.errors.InvalidInputError
            Where the configuration has mistakes.
        """
        if self._bridge is None:
            from magic_rucio.jupyter.bridge import ApplicationBridge

            self._bridge = ApplicationBridge(config_path=self.config_path or None)
        return self._bridge

    async def stop_extension(self) -> None:
        """End background work with the server."""
        if self._bridge is not None:
            async with asyncio.timeout(10):
                await self._bridge.close()
