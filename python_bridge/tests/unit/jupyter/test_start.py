"""What a Jupyter server pays for the extension before anybody opens the panel."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from magic_rucio.jupyter.handler import without_jupyter_parts

HEAVY = ("fastapi", "starlette", "sqlalchemy", "pydantic", "httpx", "stamina", "gammapy", "astropy", "numpy")

PROBE = """
import sys, json
import jupyter_server.extension.application, jupyter_server.base.handlers
before = set(sys.modules)
from magic_rucio.jupyter import _jupyter_server_extension_points
_jupyter_server_extension_points()
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def test_a_server_start_imports_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    loaded = json.loads(done.stdout)
    assert "magic_rucio.jupyter.extension" in loaded
    assert not [name for name in loaded if name.split(".")[0] in HEAVY]


async def test_a_server_ends_while_rucio_hangs(tmp_path: Path) -> None:
    hung = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        while await reader.read(1024):
            hung.set()

    rucio = await asyncio.start_server(hang, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{rucio.sockets[0].getsockname()[1]}"
    (tmp_path / "c.toml").write_text(f'data_dir = "{tmp_path}"\n[[instances]]\nrucio_url = "{address}"\n')
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", f"--port={port}"),
        "--ServerApp.jpserver_extensions={'magic_rucio.jupyter': True}",
        *("--IdentityProvider.token=word", f"--ServerApp.root_dir={tmp_path}", "--ServerApp.port_retries=0"),
        env={
            **os.environ,
            "MAGIC_RUCIO_CONFIG": str(tmp_path / "c.toml"),
            "MAGIC_RUCIO_TOKEN": "a-token",
            "JUPYTER_CONFIG_DIR": str(tmp_path),
            "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"),
        },
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        headers = {"Authorization": "token word"}
        async with httpx.AsyncClient(headers=headers, timeout=60) as client:
            api = f"http://127.0.0.1:{port}/magic-rucio/api"
            for _ in range(300):
                try:
                    if (await client.get(f"{api}/runs")).status_code == 200:
                        break
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
            asking = [asyncio.create_task(client.get(f"{api}/replications")) for _ in range(4)]
            asking += [asyncio.create_task(client.get(f"{api}/run?did=a:b")) for _ in range(4)]
            await asyncio.wait_for(hung.wait(), 20)
            await asyncio.sleep(0.5)
            server.terminate()
            # Jupyter's own end takes a second or two; a thread that was forgotten would take for ever.
            await asyncio.wait_for(server.wait(), 20)
            await asyncio.gather(*asking, return_exceptions=True)
    finally:
        if server.returncode is None:
            server.kill()
            await server.wait()
        rucio.close()


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", ""),
        ("1700000000000", ""),
        ("token=abc&limit=5", "limit=5"),
        ("limit=5&_xsrf=2|ab&1700000000000", "limit=5"),
        ("text=a%26token%3Db&sort=did", "text=a%26token%3Db&sort=did"),
        ("tokens=5&runs=5", "tokens=5&runs=5"),
    ],
)
def test_jupyters_own_parts_of_a_query_are_dropped(query: str, kept: str) -> None:
    assert without_jupyter_parts(query) == kept
