"""Settings of Rucio's server: Rucio is loaded once and its workers are forked from that.

Loading takes 2.5 s of processor time, and forked workers share the memory of what was loaded.
"""

# mypy: disable-error-code="import-not-found,import-untyped"
# (Rucio lives in an environment of its own that the type checker does not see.)

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any

from members import members, note_end, note_start

MEMBERS = Path(os.environ["MAGIC_RUCIO_SANDBOX_RUN"]) / "rucio-server.json"

worker_class = "gthread"
workers = 2
threads = 8
preload_app = True
control_socket_disable = True
timeout = 600
graceful_timeout = 2
loglevel = "warning"

# Nothing that is made while loading becomes garbage: collecting in between is work for nothing.
gc.disable()


def on_starting(server: Any) -> None:
    MEMBERS.unlink(missing_ok=True)


def when_ready(server: Any) -> None:
    from database import check_connections
    from rucio.db.sqla.session import get_engine

    check_connections()
    # What the workers share must not hold a connection, and must not be touched by their collectors.
    get_engine().dispose()
    gc.freeze()
    gc.enable()


def post_fork(server: Any, worker: Any) -> None:
    from database import leave_connections_to_parent

    leave_connections_to_parent()
    with members(MEMBERS) as entries:
        names = [f"rucio-server-worker-{number}" for number in range(1, workers + 1)]
        free = [name for name in names if entries.get(name, {}).get("pid") is None]
    note_start(MEMBERS, free[0] if free else names[-1], worker.pid)


def child_exit(server: Any, worker: Any) -> None:
    note_end(MEMBERS, worker.pid, "ended or was killed")
