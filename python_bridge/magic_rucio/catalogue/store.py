"""The index's database: an SQLite file of the user's own, or PostgreSQL for a site's service."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, delete, event, inspect, make_url, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.schema import CreateSchema

from magic_rucio.catalogue import tables
from magic_rucio.catalogue.journal import journal_mode
from magic_rucio.errors import MagicRucioError

BUSY_SECONDS = 10.0
"""How long a reader or writer waits for another process's transaction."""


class IndexUnusableError(MagicRucioError):
    """The index's file or database cannot be used."""

    code = "index-unusable"
    status = 503


class CatalogueStore:
    """Opens the index and gives transactions.

    Parameters
    ----------
    engine : Engine
        As made by `open_store`.
    identity : str
        What the index was made for (schema version, Rucio, destination): another means a new index.
    """

    def __init__(self, engine: Engine, identity: str) -> None:
        self.engine = engine
        self._writer = engine.execution_options(writing=True)
        self.identity = identity
        self._prepare()

    @property
    def is_postgresql(self) -> bool:
        """Whether the database is PostgreSQL."""
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection for reading, on one snapshot."""
        with _explained(self.engine), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a transaction that commits as a whole or not at all."""
        with _explained(self.engine), self._writer.begin() as connection:
            yield connection

    def _prepare(self) -> None:
        with self.write() as connection:
            if self.is_postgresql:
                # Two processes that start at once would both create the tables.
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7241002)")
                schema = connection.exec_driver_sql("SHOW search_path").scalar_one()
                connection.execute(CreateSchema(str(schema).strip('"'), if_not_exists=True))
            known = set(inspect(connection).get_table_names())
            if "state" in known:
                query = select(tables.state.c.value).where(tables.state.c.key == "identity")
                if connection.execute(query).scalar() == self.identity:
                    return
            tables.metadata.drop_all(connection)
            tables.metadata.create_all(connection)
            write_state(connection, {"identity": self.identity, "epoch": uuid.uuid4().hex[:12]})

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def open_store(location: Path | str, identity: str, *, instance: str = "default") -> CatalogueStore:
    """Open or make the index.

    Parameters
    ----------
    location : Path or str
        A file for SQLite, or a `postgresql://` URL; there each instance has a schema of its own.
    identity : str
        See `CatalogueStore`.

    Raises
    ------
    IndexUnusableError
        Where the file or the database cannot be opened.
    """
    identity = f"v{tables.SCHEMA_VERSION} {identity}"
    if isinstance(location, str):
        return CatalogueStore(_postgresql(location, instance), identity)
    try:
        return CatalogueStore(_sqlite(location), identity)
    except IndexUnusableError as error:
        if error.code != "index-damaged":
            raise
    # The index is a cache: what cannot be read is made again.
    for suffix in ("", "-wal", "-shm", "-journal"):
        Path(f"{location}{suffix}").unlink(missing_ok=True)
    return CatalogueStore(_sqlite(location), identity)


def _sqlite(path: Path) -> Engine:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Made here so that it never exists with another mode; SQLite gives its journals the same.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise IndexUnusableError(
            f"The catalogue's index {path} cannot be written: {error.strerror}.",
            advice="Free the place, or name another folder with MAGIC_RUCIO_DATA_DIR.",
        ) from None
    mode = journal_mode(path)
    engine = create_engine(
        f"sqlite:///{path}", connect_args={"timeout": BUSY_SECONDS}, pool_size=8, max_overflow=8
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _: object) -> None:
        # The driver's own BEGIN comes too late for DDL; ours is emitted below.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"journal_mode={mode}",
            "synchronous=NORMAL" if mode == "WAL" else "synchronous=FULL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-65536",
            "mmap_size=268435456" if mode == "WAL" else "mmap_size=0",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # Taken at once: a transaction that turns from reading to writing fails where another wrote.
        writing = connection.get_execution_options().get("writing")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _postgresql(url: str, instance: str) -> Engine:
    schema = "magic_rucio_" + re.sub(r"[^a-z0-9]", "_", instance.lower())
    parsed = make_url(url).set(drivername="postgresql+psycopg")
    return create_engine(
        parsed,
        connect_args={"options": f"-csearch_path={schema} -cstatement_timeout=60000", "connect_timeout": 10},
        pool_size=8,
        max_overflow=8,
        pool_pre_ping=True,
    )


@contextmanager
def _explained(engine: Engine) -> Iterator[None]:
    where = engine.url.render_as_string(hide_password=True)
    try:
        yield
    except OperationalError as error:
        words = str(error.orig).splitlines()[0][:200] if error.orig else "no connection"
        raise IndexUnusableError(
            f"The catalogue's index {where} cannot be used: {words}.",
            advice="Check the disk or the database.",
        ) from None
    except DatabaseError as error:
        words = str(error.orig)
        if "malformed" in words or "not a database" in words:
            raise IndexUnusableError(
                f"The catalogue's index {where} is damaged.",
                code="index-damaged",
                advice="Remove the file and restart: it is made again from Rucio.",
            ) from None
        raise


def read_state(connection: Connection) -> dict[str, str]:
    """Return what the index remembers about itself."""
    return {row.key: row.value for row in connection.execute(select(tables.state))}


def write_state(connection: Connection, values: Mapping[str, str | None]) -> None:
    """Remember or forget (None) values."""
    for key, value in values.items():
        if value is None:
            connection.execute(delete(tables.state).where(tables.state.c.key == key))
        else:
            statement = insert_into(connection, tables.state).values(key=key, value=value)
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["key"], set_={"value": statement.excluded.value}
                )
            )


def insert_into(connection: Connection, table: Any) -> Any:
    """Return an INSERT that knows ON CONFLICT, which both databases spell alike."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def bump(connection: Connection) -> None:
    """Note that what queries see has changed: answers kept from before are no longer good."""
    generation = int(read_state(connection).get("generation", "0")) + 1
    write_state(connection, {"generation": str(generation)})
