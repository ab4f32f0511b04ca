"""`python -m magic_rucio.sandbox.transfer --config FILE`: one process, one database.

When it is ready it prints one line of JSON on standard output: `{"host": …, "port": …, "pid": …}`.
SIGTERM and SIGINT end it; what moved is taken up at the next start.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import logging
import os
import socket
import sys
from pathlib import Path
from typing import IO

import uvicorn

from magic_rucio.errors import ConflictError, MagicRucioError
from magic_rucio.sandbox.transfer.app import build_app
from magic_rucio.sandbox.transfer.config import TransferConfig, read_config

GRACE_SECONDS = 3
"""For answers under way at the end; a hanging one must not hold up a restart."""


class _AnnouncingServer(uvicorn.Server):
    """Says on standard output when it is ready."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            print(json.dumps({"host": host, "port": port, "pid": os.getpid()}), flush=True)


def lock_database(database: Path) -> IO[str]:
    """Hold the database for this process; the lock ends with the returned file.

    Raises
    ------
    ConflictError
        Another process has it.
    """
    database.parent.mkdir(parents=True, exist_ok=True)
    lock = open(f"{database}.lock", "w")  # noqa: SIM115 - held as long as the process lives
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise ConflictError(
            f"Another transfer service works on {database}.", advice="Stop it, or give another database."
        ) from None
    return lock


def bind(config: TransferConfig) -> socket.socket:
    """Listen on the configured address.

    Raises
    ------
    ConflictError
        The port is taken or the address is not ours.
    """
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((config.host, config.port))
    except OSError as error:
        listener.close()
        raise ConflictError(
            f"Cannot listen on {config.host}:{config.port}: {error.strerror}.",
            advice="Give another port, or stop what uses this one.",
        ) from error
    return listener


def main(arguments: list[str] | None = None) -> int:
    """Run until told to end; the exit status."""
    parser = argparse.ArgumentParser(prog="magic_rucio.sandbox.transfer", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, metavar="FILE")
    options = parser.parse_args(arguments)
    try:
        config = read_config(options.config)
        logging.basicConfig(
            level=config.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
        )
        with lock_database(config.database), bind(config) as listener:
            server = _AnnouncingServer(
                uvicorn.Config(
                    build_app(config),
                    log_level=config.log_level,
                    access_log=config.log_level == "debug",
                    timeout_graceful_shutdown=GRACE_SECONDS,
                    server_header=False,
                )
            )
            server.run(sockets=[listener])
    except MagicRucioError as error:
        print(" ".join(filter(None, [error.message, error.advice])), file=sys.stderr)
        return 1
    return 0 if server.started else 1


if __name__ == "__main__":
    sys.exit(main())
