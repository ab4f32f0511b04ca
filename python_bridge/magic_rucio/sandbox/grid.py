"""What the sandbox's Rucio holds at first: accounts, scopes and RSEs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

DL3_SCOPE = "magic-dl3"
RAW_SCOPE = "dac21-magic-lpm2pic-v2"
PROBE_SCOPE = "sandbox-probe"

UNLIMITED = -1
"""Rucio's figure for a quota without a limit."""


@dataclass(frozen=True, slots=True)
class Account:
    """One account with user name and password; its user name is its name."""

    name: str
    type: Literal["USER", "SERVICE"]
    purpose: str
    attributes: dict[str, bool] = field(default_factory=dict)
    quota_bytes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rse:
    """One storage element: a directory of its name below the storage directory."""

    name: str
    purpose: str
    site: Literal["ORM", "PIC"]
    deterministic: bool = True
    tape: bool = False

    def root(self, storage: Path) -> Path:
        """Its directory, which the transfer service knows it by."""
        return storage / self.name

    def prefix(self, storage: Path) -> Path:
        """What stands before `<scope>/<name>` (deterministic) or before any path (not)."""
        return self.root(storage)


RSES = (
    Rse("ORM", "the observatory's disk: raw data in place", "ORM", deterministic=False),
    Rse("ORM-DL3", "DL3 files before they are at PIC", "ORM"),
    Rse("PIC-DCACHE", "disk at PIC, layout of DAC21", "PIC"),
    Rse("PIC-TAPE", "tape at PIC", "PIC", tape=True),
    Rse("PIC-NONDET", "disk at PIC with paths of its own", "PIC", deterministic=False),
)

_EVERYWHERE = {rse.name: UNLIMITED for rse in RSES}

ACCOUNTS = (
    Account("root", "SERVICE", "Rucio's own; all powers"),
    Account(
        "mover", "SERVICE", "registers, publishes, makes rules", {"admin": True}, quota_bytes=_EVERYWHERE
    ),
    Account("deleter", "SERVICE", "releases the origin", {"admin": True}, quota_bytes=_EVERYWHERE),
    Account(
        "datamanager",
        "USER",
        "data manager: ingestion, owner of the DL3 scope",
        {"magic_ingest": True},
        {"PIC-DCACHE": 10**13, "PIC-TAPE": 10**13, "PIC-NONDET": 10**13},
    ),
    Account("analyst1", "USER", "analyst with ample quota", quota_bytes={"PIC-DCACHE": 10**12}),
    Account("analyst2", "USER", "analyst with a tiny quota", quota_bytes={"PIC-DCACHE": 10**6}),
)

SCOPES = {
    DL3_SCOPE: "datamanager",
    RAW_SCOPE: "mover",
    PROBE_SCOPE: "mover",
    "user.datamanager": "datamanager",
    "user.analyst1": "analyst1",
    "user.analyst2": "analyst2",
}
"""Scope -> owner."""

_PLACES = {
    "ORM": {"city": "Roque de los Muchachos", "country": "ES", "longitude": -17.89, "latitude": 28.762},
    "PIC": {"city": "Barcelona", "country": "ES", "longitude": 2.106, "latitude": 41.5},
}


def bootstrap_plan(storage: Path, transfer_url: str, passwords: dict[str, str]) -> dict[str, Any]:
    """What `rucio_side/bootstrap.py` reads."""
    return {
        "accounts": [
            {
                "name": account.name,
                "type": account.type,
                "password": passwords[account.name],
                "attributes": account.attributes,
                "quota_bytes": account.quota_bytes,
            }
            for account in ACCOUNTS
        ],
        "scopes": SCOPES,
        "rses": [_rse_plan(rse, storage, transfer_url) for rse in RSES],
    }


def _rse_plan(rse: Rse, storage: Path, transfer_url: str) -> dict[str, Any]:
    allowed = {"read": 1, "write": 1, "delete": 1}
    return {
        "name": rse.name,
        "deterministic": rse.deterministic,
        "type": "TAPE" if rse.tape else "DISK",
        **_PLACES[rse.site],
        "attributes": {"fts": transfer_url, "site": rse.site, "lfn2pfn_algorithm": "identity"},
        "protocol": {
            "scheme": "file",
            "hostname": "localhost",
            "port": 0,
            "prefix": str(rse.prefix(storage)),
            "impl": "rucio.rse.protocols.posix.Default",
            "domains": {
                "lan": allowed,
                "wan": {**allowed, "third_party_copy_read": 1, "third_party_copy_write": 1},
            },
        },
    }
