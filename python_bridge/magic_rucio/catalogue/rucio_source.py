"""Rucio as a sync sees it: the client's records reduced to facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from magic_rucio.catalogue.facts import FileFact, Kind, ReplicaFact, RuleFact
from magic_rucio.errors import ForbiddenError, InvalidInputError, NotFoundError
from magic_rucio.rucio.base import read
from magic_rucio.rucio.client import RucioClient
from magic_rucio.rucio.records import Did, ReplicaRecord, RuleRecord


class RucioSource:
    """The facts of one Rucio, read with the user's own credential.

    Parameters
    ----------
    client : RucioClient
        Of the account that looks.
    scopes : sequence of str
        Where runs are sought; empty: every scope the account sees.
    destination : str
        The RSE whose rules count.
    """

    def __init__(self, client: RucioClient, scopes: Sequence[str], destination: str) -> None:
        self._client = client
        self._scopes = tuple(scopes)
        self._destination = destination
        self._expressions: dict[str, bool] = {destination: True}

    async def server_time(self) -> datetime:
        """Return the server's clock, UTC."""
        return await self._client.server_time()

    async def scopes(self) -> list[str]:
        """Return the scopes in which runs are sought."""
        return list(self._scopes) or await self._client.list_scopes()

    async def names(self, scope: str, kind: Kind, filters: Mapping[str, str]) -> list[str]:
        """Return the names in a scope that satisfy all of the filters; none where there is no scope."""
        try:
            found = self._client.search_dids(scope, filters, did_type=kind, long=False)
            return [record.name async for record in found]
        except NotFoundError:
            return []

    async def metadata(self, dids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """Return JSON metadata, and the columns of Rucio's own, of at most 1000 files."""
        pairs = self._client.bulk_metadata([_did(did) for did in dids], plugin="ALL")
        return {str(did): values async for did, values in pairs}

    async def replicas(self, dids: Sequence[str], updated_after: datetime | None = None) -> list[FileFact]:
        """Return files and replicas of at most 1000 DIDs."""
        records = self._client.list_replicas([_did(did) for did in dids], updated_after=updated_after)
        return [_file_fact(record) async for record in records]

    async def rules(self, updated_after: datetime | None = None) -> list[RuleFact]:
        """Return the rules at the destination, of all accounts."""
        params = {}
        if updated_after is not None:
            # RFC 1123, but with UTC for its zone: Rucio fails on GMT.
            params["updated_after"] = format_datetime(updated_after, usegmt=True).replace("GMT", "UTC")
        lines = self._client.http.lines("GET", "/rules/", what="list of rules", params=params)
        records = [read(RuleRecord, value, "list of rules") async for value in lines]
        return [
            RuleFact(rule.id, str(rule.did), _kind(rule.did_type), rule.state, rule.expires_at)
            for rule in records
            if await self._at_destination(rule.rse_expression)
        ]

    async def locks(self, rule_id: str) -> dict[str, str]:
        """Return the state of a rule's locks at the destination; none where the rule has ended."""
        try:
            return {
                str(lock.did): lock.state
                async for lock in self._client.rule_locks(rule_id)
                if lock.rse == self._destination
            }
        except NotFoundError:
            return {}

    async def files(self, dids: Sequence[str]) -> dict[str, list[str]]:
        """Return the files of many datasets, in one call."""
        found: dict[str, list[str]] = {}
        body = {"dids": [_did(did).body for did in dids]}
        lines = self._client.http.lines("POST", "/dids/bulkfiles", what="files of datasets", body=body)
        async for value in lines:
            if not isinstance(value, dict) or "parent_name" not in value:
                continue
            parent = f"{value['parent_scope']}:{value['parent_name']}"
            found.setdefault(parent, []).append(f"{value['scope']}:{value['name']}")
        return found

    async def children(self, did: str) -> dict[str, Kind]:
        """Return what a container holds; nothing where it is gone."""
        try:
            return {str(record.did): _kind(record.kind) async for record in self._client.content(_did(did))}
        except NotFoundError:
            return {}

    async def parents(self, did: str) -> list[str]:
        """Return the collections that hold a DID; nothing where it is gone."""
        try:
            return [str(record.did) async for record in self._client.parents(_did(did))]
        except NotFoundError:
            return []

    async def _at_destination(self, expression: str) -> bool:
        """Whether an RSE expression includes the destination; each is asked for once."""
        known = self._expressions.get(expression)
        if known is None:
            try:
                known = self._destination in {rse async for rse in self._client.rses(expression)}
            except (InvalidInputError, NotFoundError, ForbiddenError):
                # An old rule whose RSEs are gone: it brings nothing anywhere.
                known = False
            self._expressions[expression] = known
        return known


def _did(text: str) -> Did:
    scope, _, name = text.partition(":")
    return Did(scope, name)


def _kind(text: str | None) -> Kind:
    kinds: dict[str | None, Kind] = {"DATASET": "dataset", "CONTAINER": "container"}
    return kinds.get(text, "file")


def _file_fact(record: ReplicaRecord) -> FileFact:
    replicas = {}
    for rse in {*record.states, *record.rses}:
        pfn = next(iter(record.rses.get(rse, ())), None)
        replicas[rse] = ReplicaFact(record.states.get(rse, "AVAILABLE"), pfn)
    return FileFact(f"{record.scope}:{record.name}", record.bytes or 0, record.adler32, replicas)
