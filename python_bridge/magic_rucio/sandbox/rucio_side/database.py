"""Rucio's pool of database connections, made fit for a grid whose processes are killed and forked."""

# mypy: disable-error-code="import-not-found,import-untyped"
# (Rucio lives in an environment of its own that the type checker does not see.)

from __future__ import annotations

from typing import Any

from rucio.db.sqla.session import get_engine
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, DisconnectionError


def check_connections() -> None:
    """Try each connection before it is used: else, after a restart of PostgreSQL, requests fail.

    Rucio has an option for its pool's size, but none for SQLAlchemy's `pool_pre_ping`.
    """
    engine = get_engine()

    @event.listens_for(engine, "checkout")
    def try_connection(connection: Any, record: Any, proxy: Any) -> None:
        try:
            alive = engine.dialect.do_ping(connection)
        except (DBAPIError, engine.dialect.loaded_dbapi.Error):
            alive = False
        if not alive:
            # SQLAlchemy makes a new connection then.
            raise DisconnectionError


def leave_connections_to_parent() -> None:
    """Begin a forked process without connections: the parent's must not be used, nor closed."""
    get_engine().dispose(close=False)
