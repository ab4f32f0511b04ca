"""What each of Rucio's daemons waits for, and how it is made to do one pass.

Imports are inside the functions: each process loads the daemons that it runs, and no more.
"""

# mypy: disable-error-code="import-not-found,import-untyped"
# (Rucio lives in an environment of its own that the type checker does not see.)
# ruff: noqa: S608 - queries are put together of constants only

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rucio.db.sqla.session import get_engine
from sqlalchemy import text

BULK = 1000

STUCK_SECONDS = 20
"""How long a rule stays STUCK before it is tried again: long enough to be looked at (Rucio: 2 h)."""

REST_SECONDS = 5.0
"""For the transfer service to say that it listens."""


@dataclass(frozen=True)
class Task:
    """One daemon.

    `work` is a query that has rows when there is work; times in the database are UTC.
    """

    name: str
    work: str
    make_pass: Callable[[Any], object]
    pause_seconds: float = 0.2
    own_heartbeat: bool = False
    """The pass sets one in a thread of its own; a second one would take half of its work."""


NOW = "(now() at time zone 'utc')"


def submitter() -> list[Task]:
    from rucio.daemons.conveyor.submitter import submitter as submit

    def make_pass(heartbeat: Any) -> None:
        if not transfer_service_listens():
            # Rucio's three tries would be over before it is back, and the rule STUCK.
            return
        # What is being submitted now was left so by a killed submitter or a lost database: nobody
        # else submits, and Rucio would look at it again only after two hours.
        with get_engine().begin() as connection:
            connection.execute(text("update requests set state = 'Q' where state = 'G'"))
        submit(once=True, bulk=BULK, group_bulk=100, group_policy="rule", partition_wait_time=0)

    work = "select 1 from requests where state in ('Q', 'G')"
    return [Task("conveyor-submitter", work, make_pass, own_heartbeat=True)]


def transfer_service_listens() -> bool:
    """Whether the sandbox's transfer service takes connections."""
    host, port = os.environ["MAGIC_RUCIO_SANDBOX_TRANSFER"].rsplit(":", 1)
    try:
        with socket.create_connection((host, int(port)), timeout=REST_SECONDS):
            return True
    except OSError:
        return False


def poller() -> list[Task]:
    from rucio.daemons.conveyor.poller import poller as poll

    def make_pass(heartbeat: Any) -> None:
        poll(once=True, fts_bulk=100, db_bulk=BULK, older_than=0, partition_wait_time=0)

    work = "select 1 from requests where state = 'S'"
    return [Task("conveyor-poller", work, make_pass, pause_seconds=0.4, own_heartbeat=True)]


def finisher() -> list[Task]:
    return [_finisher(), *_judge(), *_deletion(), *_accounting(), *_bad_replicas()]


def _finisher() -> Task:
    from rucio.daemons.conveyor.finisher import finisher as finish

    def make_pass(heartbeat: Any) -> None:
        finish(once=True, bulk=BULK, db_bulk=BULK, partition_wait_time=0)

    work = "select 1 from requests where state in ('D', 'F', 'L', 'A', 'N', 'O', 'M')"
    return Task("conveyor-finisher", work, make_pass, own_heartbeat=True)


def _judge() -> list[Task]:
    from rucio.daemons.judge import cleaner, evaluator, injector, repairer

    def repair(heartbeat: Any) -> None:
        # Rucio leaves a stuck lock alone for two hours, whatever the repairer is told; as in its
        # "boost" of a rule, the lock is made to look older.
        with get_engine().begin() as connection:
            connection.execute(
                text(
                    "update locks set updated_at = updated_at - interval '1 day' where state = 'S' and"
                    f" updated_at between {NOW} - interval '2 h' and {NOW} - interval '{STUCK_SECONDS} s'"
                )
            )
        repairer.run_once({}, delta=STUCK_SECONDS, heartbeat_handler=heartbeat)

    # Rucio pauses what it finds locked for minutes; a fresh dictionary forgets that.
    return [
        Task(
            "judge-evaluator",
            "select 1 from updated_dids",
            lambda heartbeat: evaluator.run_once({}, did_limit=BULK, heartbeat_handler=heartbeat),
        ),
        Task(
            "judge-injector",
            "select 1 from rules where state = 'I'",
            lambda heartbeat: injector.run_once({}, heartbeat_handler=heartbeat),
        ),
        Task(
            "judge-cleaner",
            f"select 1 from rules where expires_at < {NOW} and not locked and child_rule_id is null",
            lambda heartbeat: cleaner.run_once({}, heartbeat_handler=heartbeat),
        ),
        Task(
            "judge-repairer",
            f"select 1 from rules where state = 'S' and updated_at < {NOW} - interval '{STUCK_SECONDS} s'",
            repair,
            pause_seconds=STUCK_SECONDS / 4,
        ),
    ]


def _deletion() -> list[Task]:
    from rucio.daemons.reaper import reaper
    from rucio.daemons.undertaker import undertaker

    def reap(heartbeat: Any) -> None:
        reaper.run_once(
            rses=[],
            include_rses=None,
            exclude_rses=None,
            vos=None,
            chunk_size=BULK,
            greedy=False,
            scheme=None,
            delay_seconds=0,
            auto_exclude_threshold=100,
            auto_exclude_timeout=600,
            heartbeat_handler=heartbeat,
        )

    return [
        Task(
            "undertaker",
            f"select 1 from dids where expired_at < {NOW}",
            lambda heartbeat: undertaker.run_once({}, chunk_size=100, heartbeat_handler=heartbeat),
            pause_seconds=1,
        ),
        Task(
            "reaper",
            "select 1 from replicas where tombstone = timestamp '1970-01-01' and lock_cnt = 0",
            reap,
            pause_seconds=0.5,
        ),
    ]


def _accounting() -> list[Task]:
    from rucio.daemons.abacus import account, collection_replica, rse

    return [
        Task(
            "abacus-rse",
            "select 1 from updated_rse_counters",
            lambda heartbeat: rse.run_once(heartbeat_handler=heartbeat),
            pause_seconds=1,
        ),
        Task(
            "abacus-account",
            "select 1 from updated_account_counters",
            lambda heartbeat: account.run_once(heartbeat_handler=heartbeat),
            pause_seconds=0.5,
        ),
        Task(
            "abacus-collection-replica",
            "select 1 from updated_col_rep",
            lambda heartbeat: collection_replica.run_once(heartbeat, limit=BULK),
            pause_seconds=0.5,
        ),
    ]


def _bad_replicas() -> list[Task]:
    from rucio.daemons.badreplicas import minos, minos_temporary_expiration, necromancer

    return [
        Task(
            "minos",
            "select 1 from bad_pfns",
            lambda heartbeat: minos.run_once(heartbeat, bulk=BULK),
            pause_seconds=1,
        ),
        Task(
            "minos-temporary-expiration",
            f"select 1 from bad_replicas where state = 'T' and expires_at < {NOW}",
            lambda heartbeat: minos_temporary_expiration.run_once(heartbeat, bulk=BULK),
            pause_seconds=1,
        ),
        Task(
            "necromancer",
            "select 1 from replicas where state = 'D'",
            lambda heartbeat: necromancer.run_once(heartbeat, bulk=BULK),
            pause_seconds=1,
        ),
    ]


ROLES: dict[str, Callable[[], list[Task]]] = {
    "submitter": submitter,
    "poller": poller,
    "finisher": finisher,
}
"""Process -> its daemons; hermes finds its place in `finisher` when a monitor is there to feed."""
