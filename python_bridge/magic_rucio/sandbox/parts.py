"""The processes of the grid: commands, environment, how each shows that it works."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from magic_rucio.sandbox import postgresql
from magic_rucio.sandbox.environment import environment_python
from magic_rucio.sandbox.grid import RSES
from magic_rucio.sandbox.layout import StateDirectory, write_private
from magic_rucio.sandbox.processes import MARK
from magic_rucio.sandbox.settings import LOOPBACK, SandboxSettings

DAEMON_PROCESSES = 3
ANSWER_SECONDS = 2.0

_KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "USER", "LOGNAME", "LD_LIBRARY_PATH")
"""All else stays outside: proxies, RUCIO_… of the user, PYTHONPATH, an active virtual environment."""


SCHEMA_MODULES = {"pic": "pic_rucio_policy_package.schema", "generic": "rucio.common.schema.generic"}


def always() -> bool:
    return True


@dataclass(frozen=True)
class Part:
    """One process to run and keep running."""

    name: str
    command: list[str]
    environment: dict[str, str]
    is_ready: Callable[[], bool] = always
    before_start: Callable[[], None] = field(default=lambda: None)
    end_signal: str = "TERM"
    grace_seconds: float = 10.0
    port: int | None = None


def rucio_environment(directory: StateDirectory, settings: SandboxSettings) -> dict[str, str]:
    """Return the environment of all the sandbox's processes."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return {
        **kept,
        MARK: settings.id,
        "TZ": "UTC",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(rucio_side()),
        "MAGIC_RUCIO_SANDBOX_RUN": str(directory.run),
        "RUCIO_HOME": str(directory.configuration),
        "RUCIO_CONFIG": str(directory.configuration / "rucio.cfg"),
        "PROMETHEUS_MULTIPROC_DIR": str(directory.configuration / "metrics"),
        "MAGIC_RUCIO_SANDBOX_TRANSFER": f"{LOOPBACK}:{settings.ports.transfer}",
        "MAGIC_RUCIO_SANDBOX_SCHEMA": SCHEMA_MODULES[settings.schema_name],
        "NO_PROXY": "*",
    }


def database_part(directory: StateDirectory, settings: SandboxSettings) -> Part:
    """PostgreSQL."""
    binaries = postgresql.find_binaries(directory.environment)
    command = postgresql.server_command(binaries, directory.postgresql, settings.ports.postgresql)
    return Part(
        "postgresql",
        # Inside the user namespace: entering one takes the parent's death signal away.
        postgresql.as_unprivileged(ending_with_parent(command, "INT")),
        {**rucio_environment(directory, settings), "LC_ALL": "C"},
        is_ready=lambda: answers_tcp(settings.ports.postgresql),
        before_start=lambda: postgresql.remove_stale_lock(directory.postgresql),
        end_signal="INT",
        port=settings.ports.postgresql,
    )


def grid_parts(directory: StateDirectory, settings: SandboxSettings) -> list[Part]:
    """Everything that needs the filled database."""
    environment = rucio_environment(directory, settings)
    python = str(environment_python(directory.environment))
    return [
        Part(
            "rucio-server",
            ending_with_parent(_gunicorn(directory, settings), "TERM"),
            environment,
            is_ready=lambda: answers_http(f"{settings.rucio_url}/ping"),
            port=settings.ports.rucio,
        ),
        Part(
            "transfer-service",
            ending_with_parent(_transfer(directory, settings), "TERM"),
            environment,
            is_ready=lambda: answers_http(settings.transfer_url),
            port=settings.ports.transfer,
        ),
        Part(
            "rucio-daemons",
            ending_with_parent([python, str(rucio_side() / "daemons.py")], "TERM"),
            environment,
            is_ready=lambda: len(read_members(directory, "rucio-daemons")) == DAEMON_PROCESSES,
            grace_seconds=30,
        ),
    ]


def rucio_side() -> Path:
    """The folder of what runs in Rucio's environment."""
    return Path(str(resources.files("magic_rucio.sandbox") / "rucio_side"))


def _gunicorn(directory: StateDirectory, settings: SandboxSettings) -> list[str]:
    command = [str(environment_python(directory.environment)), "-m", "gunicorn"]
    command += ["--config", str(rucio_side() / "gunicorn_conf.py")]
    command += ["--bind", f"{LOOPBACK}:{settings.ports.rucio}"]
    return [*command, "rucio.web.rest.flaskapi.v1.main:application"]


def read_members(directory: StateDirectory, name: str) -> dict[str, dict[str, Any]]:
    """Return what a part says of the processes that it has forked, by name."""
    try:
        entries: dict[str, dict[str, Any]] = json.loads((directory.run / f"{name}.json").read_text())
    except (OSError, ValueError):
        return {}
    return entries


def _transfer(directory: StateDirectory, settings: SandboxSettings) -> list[str]:
    config = {
        "host": LOOPBACK,
        "port": settings.ports.transfer,
        "database": str(directory.transfer / "transfers.sqlite"),
        "allowed_roots": [str(rse.root(directory.storage)) for rse in RSES],
        "control": True,
        "control_token_file": str(directory.transfer / "control-token"),
    }
    path = directory.configuration / "transfer.json"
    write_private(path, json.dumps(config, indent=1))
    return [sys.executable, "-m", "magic_rucio.sandbox.transfer", "--config", str(path)]


def ending_with_parent(command: list[str], end_signal: str) -> list[str]:
    """Have the kernel end the process when the supervisor dies, even by `kill -9`."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", end_signal, *command] if setpriv else command


def answers_tcp(port: int) -> bool:
    """Whether somebody listens there."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=ANSWER_SECONDS):
            return True
    except OSError:
        return False


def answers_http(url: str) -> bool:
    """Whether the server there answers without an error."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=ANSWER_SECONDS) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False
