"""Rucio as a sync sees it: the client's records reduced to facts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, TypeVar

import stamina

from magic_rucio.catalogue.facts import FileFact, Kind, ReplicaFact, RuleFact
from magic_rucio.errors import ForbiddenError, InvalidInputError, NotFoundError, UnreachableError
from magic_rucio.rucio.base import read
from magic_rucio.rucio.client import RucioClient
from magic_rucio.rucio.records import Did, ReplicaRecord, RuleRecord

Answer = TypeVar("Answer")


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
        """Return the JSON metadata of at most 1000 files."""

        async def read_all() -> dict[str, Mapping[str, Any]]:
            pairs = self._client.bulk_metadata([_did(did) for did in dids])
            return {str(did): values async for did, values in pairs}

        return await _again(read_all)

    async def creation_times(self, dids: Sequence[str]) -> dict[str, str]:
        """Return when files were registered, ISO 8601."""

        async def read_all() -> dict[str, str]:
            pairs = self._client.bulk_metadata([_did(did) for did in dids], plugin="DID_COLUMN")
            times = {str(did): iso_time(values.get("created_at")) async for did, values in pairs}
            return {did: time for did, time in times.items() if time is not None}

        return await _again(read_all)

    async def replicas(self, dids: Sequence[str], updated_after: datetime | None = None) -> list[FileFact]:
        """Return files and replicas of at most 1000 DIDs."""

        async def read_all() -> list[FileFact]:
            records = self._client.list_replicas([_did(did) for did in dids], updated_after=updated_after)
            return [_file_fact(record) async for record in records]

        return await _again(read_all)

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


async def _again(read_all: Callable[[], Awaitable[Answer]]) -> Answer:
    """Ask again where the connection broke: the client does so for GET alone, and these are POST.

    A server that closes an idle connection in the moment it is used again is common.
    """
    async for attempt in stamina.retry_context(
        on=_is_broken, attempts=3, wait_initial=0.2, wait_max=2.0, timeout=None
    ):
        with attempt:
            answer = await read_all()
    return answer


def _is_broken(error: Exception) -> bool:
    return isinstance(error, UnreachableError) and error.code == "unreachable"


def iso_time(value: object) -> str | None:
    """Return a time of Rucio's (RFC 1123) as ISO 8601; None where it is none."""
    try:
        return parsedate_to_datetime(str(value)).strftime("%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return None


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
