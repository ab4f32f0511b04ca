"""What a sync reads from Rucio, reduced to what the index keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

Kind = Literal["file", "dataset", "container"]


@dataclass(frozen=True, slots=True)
class ReplicaFact:
    """A replica at one RSE."""

    state: str
    pfn: str | None = None


@dataclass(frozen=True, slots=True)
class FileFact:
    """A file, its size and its replicas by RSE."""

    did: str
    bytes: int
    adler32: str | None = None
    replicas: Mapping[str, ReplicaFact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleFact:
    """A rule whose RSE expression includes the destination."""

    id: str
    did: str
    kind: Kind
    state: str
    expires_at: str | None = None


class Source(Protocol):
    """Rucio, as far as a sync asks of it; DIDs are `scope:name`."""

    async def server_time(self) -> datetime:
        """Return the server's clock, UTC."""
        ...

    async def scopes(self) -> list[str]:
        """Return the scopes in which runs are sought."""
        ...

    async def names(self, scope: str, kind: Kind, filters: Mapping[str, str]) -> list[str]:
        """Return the names in a scope that satisfy all of the filters."""
        ...

    async def metadata(self, dids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """Return the JSON metadata of at most 1000 files; those unknown to Rucio are left out."""
        ...

    async def creation_times(self, dids: Sequence[str]) -> dict[str, str]:
        """Return when files were registered, ISO 8601."""
        ...

    async def replicas(self, dids: Sequence[str], updated_after: datetime | None = None) -> list[FileFact]:
        """Return files and replicas of at most 1000 DIDs; those unknown to Rucio are left out.

        With `updated_after` the replicas are those that changed since, and DIDs may be collections.
        """
        ...

    async def rules(self, updated_after: datetime | None = None) -> list[RuleFact]:
        """Return the rules at the destination, of all accounts."""
        ...

    async def locks(self, rule_id: str) -> dict[str, str]:
        """Return the state of a rule's locks by DID."""
        ...

    async def files(self, dids: Sequence[str]) -> dict[str, list[str]]:
        """Return the files of many datasets; those unknown to Rucio are left out."""
        ...

    async def children(self, did: str) -> dict[str, Kind]:
        """Return what a container holds, one level down; nothing where it is gone."""
        ...

    async def parents(self, did: str) -> list[str]:
        """Return the collections that hold a DID."""
        ...
