"""A real Jupyter server with the extension, in this process so that tests see into it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from jupyter_server.serverapp import ServerApp
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from traitlets.config import Config

from magic_rucio.jupyter.extension import MagicRucioExtension


@dataclass(frozen=True)
class Jupyter:
    extension: MagicRucioExtension
    api: httpx.AsyncClient
    url: str
    token: str


StartJupyter = Callable[[str], Awaitable[Jupyter]]


@asynccontextmanager
async def jupyter_server(folder: Path, config: str) -> AsyncIterator[Jupyter]:
    (folder / "config.toml").write_text(config)
    token = secrets.token_hex(8)
    settings = Config(
        {
            "ServerApp": {"jpserver_extensions": {"magic_rucio.jupyter": True}},
            "IdentityProvider": {"token": token},
            "MagicRucioExtension": {"config_path": str(folder / "config.toml")},
        }
    )
    ServerApp.clear_instance()
    app = ServerApp.instance(
        config=settings,
        port=0,
        ip="127.0.0.1",
        open_browser=False,
        allow_root=True,
        root_dir=str(folder),
        base_url="/",
    )
    # Signals belong to pytest.
    setattr(app, "init_signal", lambda: None)  # noqa: B010
    app.initialize(argv=[], find_extensions=False, new_httpserver=False)
    # Tests read what is logged.
    app.log.propagate = True
    # Listens at once, where `start_app` waits for an event loop of its own.
    listening = bind_sockets(0, "127.0.0.1")
    server = HTTPServer(app.web_app)
    server.add_sockets(listening)
    port = listening[0].getsockname()[1]
    extension = next(iter(app.extension_manager.extension_apps["magic_rucio.jupyter"]))
    url = f"http://127.0.0.1:{port}"
    headers = {"Authorization": f"token {token}"}
    try:
        async with httpx.AsyncClient(
            base_url=f"{url}/magic-rucio/api/", headers=headers, timeout=30
        ) as client:
            yield Jupyter(extension, client, url, token)
    finally:
        await app._cleanup()
        server.stop()
        await server.close_all_connections()
        app.kernel_manager.context.destroy()
        ServerApp.clear_instance()


@pytest.fixture
async def start_jupyter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[StartJupyter]:
    """A function that starts a server with a configuration; nothing of the user's own is read."""
    for kind in ("CONFIG", "DATA", "RUNTIME"):
        monkeypatch.setenv(f"JUPYTER_{kind}_DIR", str(tmp_path / kind.lower()))
    for name in ("MAGIC_RUCIO_CONFIG", "MAGIC_RUCIO_TOKEN", "RUCIO_AUTH_TOKEN", "RUCIO_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    async with AsyncExitStack() as stack:

        async def start(config: str) -> Jupyter:
            return await stack.enter_async_context(jupyter_server(tmp_path, config))

        yield start
