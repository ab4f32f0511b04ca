"""Reading DIDs, metadata and replicas."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import unquote_plus

from magic_rucio.rucio.base import MAPPING, TEXTS, Base, read, read_value
from magic_rucio.rucio.batches import in_batches
from magic_rucio.rucio.errors import not_rucio
from magic_rucio.rucio.http import parse_json, path_of
from magic_rucio.rucio.literals import Filter, filters_text
from magic_rucio.rucio.records import DatasetReplicaRecord, Did, DidRecord, ReplicaRecord
from magic_rucio.rucio.times import as_time

Metadata = dict[str, Any]


class Reading(Base):
    """Calls that change nothing."""

    async def ping(self, timeout: float = 5.0) -> str:
        """Return Rucio's version."""
        value = await self.http.json("GET", "/ping", what="ping", timeout=timeout)
        return str(value.get("version", "")) if isinstance(value, dict) else ""

    async def server_time(self) -> datetime:
        """Return the server's clock, UTC, to the second: cursors of a sync are in its time."""
        response = await self.http.call("GET", "/ping", what="the server's time")
        # A proxy that strips it leaves our own clock; the cursors' overlap covers small differences.
        return as_time(response.headers.get("Date")) or datetime.now(UTC)

    async def whoami(self) -> str:
        """Return the account behind the token."""
        response = await self.http.call("GET", "/accounts/whoami", what="who am I", redirects=True)
        # Rucio redirects to the account's own page. It is not followed: the token would go along, whatever
        # the host it names.
        location = response.headers.get("Location", "")
        if location:
            return unquote_plus(location.rstrip("/").rsplit("/", 1)[-1])
        value = parse_json(response.text, "who am I")
        if not isinstance(value, dict) or not value.get("account"):
            raise not_rucio("who am I")
        return str(value["account"])

    async def list_scopes(self) -> list[str]:
        """Return all scopes."""
        value = await self.http.json("GET", "/scopes/", what="list of scopes")
        return read_value(TEXTS, value, "list of scopes")

    async def search_dids(
        self,
        scope: str,
        filters: Filter | Sequence[Filter],
        *,
        did_type: Literal["file", "dataset", "container", "collection", "all"] = "file",
        limit: int | None = None,
        long: bool = True,
    ) -> AsyncIterator[DidRecord]:
        """Search one scope; without order and without pages, as Rucio gives them."""
        params = {"type": did_type, "filters": filters_text(filters)}
        if long:
            params["long"] = "1"
        if limit is not None:
            params["limit"] = str(limit)
        what = f"search in {scope}"
        async for value in self.http.lines(
            "GET", path_of("dids", scope, "dids", "search"), what=what, params=params
        ):
            # Without `long` a line is the name alone.
            record = value if isinstance(value, dict) else {"scope": scope, "name": value}
            yield read(DidRecord, record, what)

    async def did(self, did: Did) -> DidRecord:
        """Return type, size (of a collection: summed over its files now) and end of a DID."""
        params = {"dynamic_depth": "FILE"}
        value = await self.http.json("GET", path_of("dids", did), what=str(did), params=params)
        return read(DidRecord, value, str(did))

    async def content(self, did: Did) -> AsyncIterator[DidRecord]:
        """Give what a dataset or container holds, one level down."""
        async for value in self.http.lines("GET", path_of("dids", did, "dids"), what=f"content of {did}"):
            yield read(DidRecord, value, f"content of {did}")

    async def files(self, did: Did) -> AsyncIterator[DidRecord]:
        """Give all files below a DID."""
        async for value in self.http.lines("GET", path_of("dids", did, "files"), what=f"files of {did}"):
            yield read(DidRecord, value, f"files of {did}")

    async def parents(self, did: Did) -> AsyncIterator[DidRecord]:
        """Give the datasets and containers that hold a DID."""
        async for value in self.http.lines("GET", path_of("dids", did, "parents"), what=f"parents of {did}"):
            yield read(DidRecord, value, f"parents of {did}")

    async def bulk_metadata(
        self, dids: Sequence[Did], plugin: str = "JSON"
    ) -> AsyncIterator[tuple[Did, Metadata]]:
        """Give the metadata of many DIDs; Rucio leaves out those it does not know."""

        async def call(batch: list[Did]) -> list[tuple[Did, Metadata]]:
            body = {"dids": [did.body for did in batch], "plugin": plugin}
            return [
                (Did(str(value.pop("scope")), str(value.pop("name"))), value)
                async for value in self.http.lines("POST", "/dids/bulkmeta", what="metadata", body=body)
                if isinstance(value, dict) and "scope" in value and "name" in value
            ]

        async for pair in in_batches(dids, call):
            yield pair

    async def column_metadata(self, did: Did) -> Metadata:
        """Return Rucio's own columns of a DID."""
        value = await self.http.json("GET", path_of("dids", did) + "/meta", what=f"metadata of {did}")
        return read_value(MAPPING, value, f"metadata of {did}")

    async def list_replicas(
        self,
        dids: Sequence[Did],
        *,
        rse_expression: str | None = None,
        updated_after: datetime | None = None,
        schemes: Sequence[str] | None = None,
        all_states: bool = True,
    ) -> AsyncIterator[ReplicaRecord]:
        """Give files and their replicas; Rucio leaves out DIDs it does not know."""
        # The default order is by geography, which asks an address database over the network.
        options: dict[str, Any] = {"all_states": all_states, "sort": "random", "resolve_archives": False}
        if rse_expression:
            options["rse_expression"] = rse_expression
        if updated_after is not None:
            options["updated_after"] = updated_after.strftime("%Y-%m-%dT%H:%M:%S")
        if schemes:
            options["schemes"] = list(schemes)

        async def call(batch: list[Did]) -> list[ReplicaRecord]:
            body = {"dids": [did.body for did in batch], **options}
            return [
                read(ReplicaRecord, value, "replicas")
                async for value in self.http.lines("POST", "/replicas/list", what="replicas", body=body)
            ]

        async for record in in_batches(dids, call):
            yield record

    async def dataset_replicas(self, did: Did) -> AsyncIterator[DatasetReplicaRecord]:
        """Give what each RSE holds of a dataset; counted by a daemon, so seconds old."""
        path, what = path_of("replicas", did, "datasets"), f"replicas of {did}"
        async for value in self.http.lines("GET", path, what=what):
            yield read(DatasetReplicaRecord, value, what)
