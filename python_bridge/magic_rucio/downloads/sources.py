"""Where a replica can be read from, the best first: pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from magic_rucio.attachments.paths import local_path
from magic_rucio.config import RucioInstance
from magic_rucio.rucio.records import ReplicaRecord
from magic_rucio.storage import fetch_gfal, fetch_http

Door = Literal["local", "http", "gfal2"]

_ORDER = {
    "https": 0,
    "davs": 0,
    "root": 2,
    "roots": 2,
    "xroot": 2,
    "gsiftp": 3,
    "srm": 4,
    "dav": 5,
    "http": 5,
}
"""https passes firewalls and resumes; a plain form is the last."""


@dataclass(frozen=True, slots=True)
class Source:
    """One way to the bytes: through which door, a path or a PFN."""

    door: Door
    address: str
    rse: str


def sources_of(replica: ReplicaRecord, instance: RucioInstance, doors: Collection[Door]) -> list[Source]:
    """Return the ways to the good replicas of a file.

    A path of this machine counts only where the configuration maps an RSE to it or trusts `file://`.
    """
    found: list[tuple[tuple[int, bool, str], Source]] = []
    for rse, pfns in replica.rses.items():
        if replica.states.get(rse) != "AVAILABLE":
            continue
        away = rse != instance.destination_rse
        path = local_path(pfns, rse, instance)
        if path is not None:
            found.append(((-1, away, rse), Source("local", path, rse)))
        for pfn in pfns:
            door = _door_of(pfn)
            if door is not None and door in doors:
                found.append(((_ORDER[urlsplit(pfn).scheme], away, rse), Source(door, pfn, rse)))
    return [source for _, source in sorted(found, key=lambda pair: pair[0])]


def no_source_words(replica: ReplicaRecord | None, doors: Collection[Door]) -> tuple[str, str]:
    """Say why a file cannot be read from here, and what to do."""
    good = [rse for rse, state in (replica.states if replica else {}).items() if state == "AVAILABLE"]
    if replica is None or not good:
        return "It has no good replica anywhere.", "Leave it out, or tell the data manager."
    schemes = sorted({urlsplit(pfn).scheme for rse in good for pfn in replica.rses.get(rse, [])})
    if not schemes:
        return f"Rucio gives no address of it at {', '.join(sorted(good))}.", "Tell the data manager."
    words = f"It is offered by {', '.join(schemes)} only, which this machine cannot read."
    if "gfal2" not in doors and any(scheme in fetch_gfal.SCHEMES for scheme in schemes):
        return words, "Install gfal2 for Python, or ask the site for an https door."
    return words, "Configure a mount, or ask the site for an https door."


def _door_of(pfn: str) -> Door | None:
    scheme = urlsplit(pfn).scheme
    if scheme in fetch_http.SCHEMES:
        return "http"
    return "gfal2" if scheme in fetch_gfal.SCHEMES else None
