"""Registering files, datasets, metadata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from magic_rucio.rucio.base import Base
from magic_rucio.rucio.batches import batches
from magic_rucio.rucio.http import path_of
from magic_rucio.rucio.records import Did


class Writing(Base):
    """Calls that register."""

    async def add_scope(self, account: str, scope: str) -> None:
        """Make a scope of an account."""
        await self.http.call("POST", path_of("accounts", account, "scopes", scope), what=f"scope {scope}")

    async def add_dids(self, dids: Sequence[Mapping[str, Any]]) -> None:
        """Register datasets and containers: `{"scope", "name", "type", …}` each."""
        for batch in batches(dids):
            await self.http.call("POST", "/dids", what="new DIDs", body=batch)

    async def add_dataset(self, did: Did, *, lifetime: int | None = None, **meta: Any) -> None:
        """Register a dataset."""
        body: dict[str, Any] = {"type": "DATASET", **({"lifetime": lifetime} if lifetime else {})}
        if meta:
            body["meta"] = meta
        await self.http.call("POST", path_of("dids", did), what=f"dataset {did}", body=body)

    async def set_metadata(self, did: Did, key: str, value: Any) -> None:
        """Set one value; `lifetime` (seconds, None: for ever) and `purge_replicas` are columns of Rucio's."""
        path = path_of("dids", did, "meta", key)
        await self.http.call("POST", path, what=f"{key} of {did}", body={"value": value})

    async def attach(self, parent: Did, children: Sequence[Did], *, ignore_duplicate: bool = True) -> None:
        """Put DIDs into a dataset or container.

        Rucio compares sizes and checksums only where they are given, and refuses (412) what differs.
        """
        for batch in batches(children):
            attachment = {**parent.body, "dids": [did.body for did in batch]}
            body = {"attachments": [attachment], "ignore_duplicate": ignore_duplicate}
            await self.http.call("POST", "/dids/attachments", what=f"content of {parent}", body=body)

    async def add_replicas(
        self, rse: str, files: Sequence[Mapping[str, Any]], *, ignore_availability: bool = True
    ) -> None:
        """Register files and their replicas at an RSE, at most 1000 a call in one transaction.

        Rucio does **not** refuse a known DID with another size or checksum: compare before.
        """
        for batch in batches(files):
            body = {"rse": rse, "files": batch, "ignore_availability": ignore_availability}
            await self.http.call("POST", "/replicas/", what=f"replicas at {rse}", body=body)

    async def set_metadata_bulk(self, metadata: Mapping[Did, Mapping[str, Any]]) -> None:
        """Set metadata of many DIDs; keys that are no columns of Rucio go to its JSON plugin."""
        for batch in batches(metadata.items()):
            body = {"dids": [{**did.body, "meta": dict(values)} for did, values in batch]}
            await self.http.call("POST", "/dids/bulkdidsmeta", what="metadata", body=body)
