"""Only one process syncs an index; the others read it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from sqlalchemy import Connection

from magic_rucio.catalogue.store import CatalogueStore

ADVISORY_KEY = 7241001


class SyncLock:
    """Held while this process syncs; freed by the system if the process dies.

    Parameters
    ----------
    store : CatalogueStore
        The index to be synced.
    """

    def __init__(self, store: CatalogueStore) -> None:
        self._store = store
        self._file: int | None = None
        self._connection: Connection | None = None

    def acquire(self) -> bool:
        """Take the lock; false where another process has it."""
        return self._acquire_advisory() if self._store.is_postgresql else self._acquire_file()

    def _acquire_file(self) -> bool:
        path = Path(f"{self._store.engine.url.database}.sync")
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return False
        self._file = handle
        return True

    def _acquire_advisory(self) -> bool:
        connection = self._store.engine.connect()
        query = f"SELECT pg_try_advisory_lock({ADVISORY_KEY}, hashtext(current_schema()))"
        taken = bool(connection.exec_driver_sql(query).scalar())
        connection.commit()
        if taken:
            self._connection = connection
        else:
            connection.close()
        return taken

    def release(self) -> None:
        """Let others sync."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if self._connection is not None:
            # Ends the session too: a pooled connection would keep the lock.
            self._connection.invalidate()
            self._connection.close()
            self._connection = None
