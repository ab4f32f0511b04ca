"""Starts a JupyterLab of the demo's own: its settings, workspace and files apart from the user's."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from magic_rucio.errors import ConflictError, UnreachableError

PANEL = "jupyterlab-magic-rucio-panel"
"""Id of the panel's widget, for the layout that JupyterLab restores."""

START_SECONDS = 60
NOTEBOOK = "magic-crab.ipynb"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoJupyter:
    """A started server."""

    process: subprocess.Popen[bytes]
    url: str


def check_port(port: int) -> None:
    """Refuse a port that something listens on.

    Raises
    ------
    ConflictError
        Naming the port and the option to choose another.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise ConflictError(
                f"Port {port} is taken by another program.",
                code="port-taken",
                advice="Choose another: npm run demo -- --port 8889 (0 takes any free one).",
            ) from None


def free_port() -> int:
    """Return a port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def lay_out(folder: Path) -> None:
    """Write the workspace in which the panel is open beside the notebook."""
    workspace = {
        "data": {
            "layout-restorer:data": {
                "left": {
                    "collapsed": False,
                    "visible": True,
                    "current": PANEL,
                    "widgets": ["filebrowser", "running-sessions", "@jupyterlab/toc:plugin", PANEL],
                },
                "relativeSizes": [0.3, 0.7, 0],
            }
        },
        "metadata": {"id": "default"},
    }
    workspaces = folder / "workspaces"
    workspaces.mkdir(parents=True, exist_ok=True)
    # The name carries a checksum of the id "default", as JupyterLab's server makes it.
    (workspaces / "default-37a8.jupyterlab-workspace").write_text(json.dumps(workspace))
    settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True, exist_ok=True)
    # The question whether to fetch Jupyter's news would cover the panel, and would ask the internet.
    (settings / "notification.jupyterlab-settings").write_text(
        json.dumps({"fetchNews": "false", "checkForUpdates": False})
    )


def start(
    *, folder: Path, files: Path, port: int, environment: Mapping[str, str], token: str | None, galata: bool
) -> DemoJupyter:
    """Start the server and wait until it answers.

    Parameters
    ----------
    token : str or None
        None makes a new one; an empty text switches the check off (tests only).

    Raises
    ------
    UnreachableError
        With the place of the log, where it does not answer in time.
    """
    token = secrets.token_hex(24) if token is None else token
    log = folder / "jupyter.log"
    arguments = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={files}",
        f"--LabApp.workspaces_dir={folder / 'workspaces'}",
        f"--LabApp.user_settings_dir={folder / 'settings'}",
        "--LabApp.news_url=",
    ]
    if os.name == "posix" and os.geteuid() == 0:
        arguments.append("--allow-root")
    if galata:
        config = folder / "galata_config.py"
        config.write_text(
            "from jupyterlab.galata import configure_jupyter_server\nconfigure_jupyter_server(c)\n"
        )
        arguments += [f"--config={config}", "--ServerApp.allow_root=True"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # By the environment, not by an argument: other users see the arguments.
            env={**os.environ, **environment, "JUPYTER_TOKEN": token, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )
    base = f"http://127.0.0.1:{port}"
    _wait(process, f"{base}/api?token={token}", log)
    query = f"?token={token}" if token else ""
    return DemoJupyter(process=process, url=f"{base}/lab/tree/{NOTEBOOK}{query}")


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - an http address of our own making
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise UnreachableError(
        "JupyterLab did not start.", code="jupyter-failed", advice=f"Its own words are in {log}."
    )
