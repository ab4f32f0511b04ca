"""A Rucio small enough to keep in memory, which answers a sync as the real one does.

The real one is asked in `tests/contract/test_catalogue.py`; this one can be made to fail in the middle.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from magic_rucio.catalogue.facts import FileFact, Kind, ReplicaFact, RuleFact
from magic_rucio.errors import UnreachableError

SCOPE = "magic"
DESTINATION = "PIC-DCACHE"
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


class SmallRucio:
    """Satisfies `facts.Source`; its clock moves only when told."""

    def __init__(self) -> None:
        self.clock = BEGINNING
        self.kinds: dict[str, Kind] = {}
        self.created: dict[str, datetime] = {}
        self.updated: dict[str, datetime] = {}
        """Of the JSON metadata."""
        self.meta: dict[str, dict[str, Any]] = {}
        self.bytes: dict[str, int] = {}
        self.held_replicas: dict[str, dict[str, str]] = {}
        self.replicas_updated: dict[str, datetime] = {}
        self.held: dict[str, list[str]] = {}
        self.rule_facts: dict[str, tuple[RuleFact, datetime]] = {}
        self.lock_states: dict[str, dict[str, str]] = {}
        self.calls: list[tuple[str, int]] = []
        self.fail_at: int | None = None

    def add_run(self, name: str, metadata: dict[str, Any] | None = None, **replicas: str) -> str:
        """Register a file; replicas by RSE, `_` for `-`."""
        did = f"{SCOPE}:{name}"
        self.kinds[did] = "file"
        self.created[did] = self.updated[did] = self.clock
        self.meta[did] = metadata or {}
        self.bytes[did] = 1000 + len(name)
        self.set_replicas(did, **(replicas or {"ORM": "AVAILABLE"}))
        return did

    def set_replicas(self, did: str, **replicas: str) -> None:
        self.held_replicas[did] = {rse.replace("_", "-"): state for rse, state in replicas.items()}
        self.replicas_updated[did] = self.clock

    def add_collection(self, name: str, kind: Kind, children: Sequence[str]) -> str:
        did = name if ":" in name else f"{SCOPE}:{name}"
        self.kinds[did] = kind
        self.created[did] = self.clock
        self.held[did] = list(children)
        return did

    def set_rule(self, rule_id: str, did: str, state: str, **locks: str) -> None:
        self.rule_facts[rule_id] = (RuleFact(rule_id, did, self.kinds[did], state), self.clock)
        self.lock_states[rule_id] = locks

    def remove(self, did: str) -> None:
        for table in (self.kinds, self.updated, self.meta, self.bytes, self.held_replicas, self.held):
            table.pop(did, None)
        for children in self.held.values():
            if did in children:
                children.remove(did)

    def pass_time(self, **span: float) -> None:
        self.clock += timedelta(**span)

    def _called(self, what: str, size: int = 1) -> None:
        self.calls.append((what, size))
        if self.fail_at is not None and len(self.calls) >= self.fail_at:
            raise UnreachableError("Rucio cannot be reached.")

    async def server_time(self) -> datetime:
        self._called("server_time")
        return self.clock

    async def scopes(self) -> list[str]:
        self._called("scopes")
        return [SCOPE]

    async def names(self, scope: str, kind: Kind, filters: Mapping[str, str]) -> list[str]:
        self._called("names")
        # As Rucio's JSON plugin, to which these keys belong: it has no eye for the type.
        any_type = "updated_at.gte" in filters or "level" in filters
        return [
            did.partition(":")[2]
            for did, its_kind in self.kinds.items()
            if (any_type or its_kind == kind) and did.startswith(f"{scope}:") and self._matches(did, filters)
        ]

    def _matches(self, did: str, filters: Mapping[str, str]) -> bool:
        for key, wanted in filters.items():
            if key == "name":
                if not fnmatch.fnmatchcase(did.partition(":")[2], wanted):
                    return False
            elif key == "created_at.gte":
                if self.created[did] < datetime.fromisoformat(wanted):
                    return False
            elif key == "updated_at.gte":
                if not self.meta.get(did) or self.updated[did] < datetime.fromisoformat(wanted):
                    return False
            elif self.meta.get(did, {}).get(key) != wanted:
                return False
        return True

    async def metadata(self, dids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        self._called("metadata", len(dids))
        return {did: dict(self.meta[did]) for did in dids if did in self.meta}

    async def creation_times(self, dids: Sequence[str]) -> dict[str, str]:
        self._called("creation_times", len(dids))
        return {did: f"{self.clock:%Y-%m-%dT%H:%M:%SZ}" for did in dids if did in self.kinds}

    async def replicas(self, dids: Sequence[str], updated_after: datetime | None = None) -> list[FileFact]:
        assert len(dids) <= 1000
        self._called("replicas", len(dids))
        files = {file for did in dids for file in self._files(did)}
        return [
            FileFact(did, self.bytes[did], "0badcafe", self._replica_facts(did))
            for did in sorted(files)
            if updated_after is None or self.replicas_updated[did] >= updated_after
        ]

    def _replica_facts(self, did: str) -> dict[str, ReplicaFact]:
        return {rse: ReplicaFact(s, f"file://{rse}/{did}") for rse, s in self.held_replicas[did].items()}

    def _files(self, did: str) -> list[str]:
        if self.kinds.get(did) == "file":
            return [did]
        return [file for child in self.held.get(did, ()) for file in self._files(child)]

    async def rules(self, updated_after: datetime | None = None) -> list[RuleFact]:
        self._called("rules")
        return [f for f, at in self.rule_facts.values() if updated_after is None or at >= updated_after]

    async def locks(self, rule_id: str) -> dict[str, str]:
        self._called("locks")
        return {f"{SCOPE}:{name}": state for name, state in self.lock_states.get(rule_id, {}).items()}

    async def files(self, dids: Sequence[str]) -> dict[str, list[str]]:
        self._called("files", len(dids))
        assert all(self.kinds.get(did, "dataset") == "dataset" for did in dids), (
            "containers are read by level"
        )
        return {did: self._files(did) for did in dids if did in self.held}

    async def children(self, did: str) -> dict[str, Kind]:
        self._called("children")
        return {child: self.kinds[child] for child in self.held.get(did, ())}

    async def parents(self, did: str) -> list[str]:
        self._called("parents")
        return [parent for parent, children in self.held.items() if did in children]


def observation(run: int, **changes: Any) -> dict[str, Any]:
    """Metadata of a MAGIC run, as they stand in Rucio."""
    return {
        "level": "DL3",
        "hdus": "events/events/EVENTS;gti/gti/GTI;rad_max/rad_max_2d/RAD_MAX",
        "obs_id": run,
        "target": "CrabNebula",
        "night": "2020-01-02",
        "ra_pnt": 83.98,
        "dec_pnt": 22.24,
        "livetime": 1178.07,
        "zen_pnt": 20.3,
        "event_count": 11000,
        "telescope": "MAGIC",
        "creator": "MAGIC_DL3",
        "irf_type": "point-like",
        "rad_max": "table",
        "file_bytes": 1000,
        **changes,
    }


def name_of(run: int, target: str = "CrabNebula", night: str = "2020-01-02") -> str:
    """The DID name of a run in the namespace."""
    file = f"{night.replace('-', '')}_{run:08d}_DL3_{target}-W0.40+035.fits"
    return f"DL3/{target}/{night.replace('-', '_')}/{run:08d}/{file}"
