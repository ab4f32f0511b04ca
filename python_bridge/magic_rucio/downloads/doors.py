"""The reading doors of this machine, made when first needed."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping

from magic_rucio.config import RucioInstance
from magic_rucio.downloads.sources import Door
from magic_rucio.storage.credentials import bearer_token, tls_for_storage
from magic_rucio.storage.fetch import ReadDoor
from magic_rucio.storage.fetch_gfal import GfalReading, gfal2_or_none
from magic_rucio.storage.fetch_http import HttpReading
from magic_rucio.storage.fetch_local import LocalReading


class Doors(Mapping[Door, ReadDoor]):
    """Kind of door -> door."""

    def __init__(self, instance: RucioInstance) -> None:
        self._instance = instance
        self._local = LocalReading()
        self._http: HttpReading | None = None
        self._lock = threading.Lock()

    @property
    def kinds(self) -> tuple[Door, ...]:
        """Kinds that work on this machine."""
        return ("local", "http", "gfal2") if gfal2_or_none() is not None else ("local", "http")

    def __getitem__(self, kind: Door) -> ReadDoor:
        if kind == "local":
            return self._local
        if kind == "gfal2":
            return GfalReading(gfal2_or_none())
        with self._lock:
            if self._http is None:
                self._http = HttpReading(tls=tls_for_storage(self._instance.ca_cert), token=bearer_token)
            return self._http

    def __iter__(self) -> Iterator[Door]:
        return iter(self.kinds)

    def __len__(self) -> int:
        return len(self.kinds)

    def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            self._http.close()
