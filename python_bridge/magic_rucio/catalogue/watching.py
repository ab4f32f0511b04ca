"""Things looked at again for a while, less and less often."""

from __future__ import annotations

import time
from collections.abc import Iterable

DELAYS = (5.0, 15.0, 30.0, 60.0, 120.0, 240.0)
"""Seconds between looks. A dataset is filled, and a run attached, some time after it was made, mostly
within seconds, and Rucio may not say so."""


class Watched:
    """DIDs under watch; new ones are due at once."""

    def __init__(self) -> None:
        self._due: dict[str, tuple[float, int]] = {}

    def add(self, dids: Iterable[str]) -> None:
        """Begin to watch; what is watched already begins again."""
        self._due |= dict.fromkeys(dids, (0.0, 0))

    def drop(self, dids: Iterable[str]) -> None:
        """Watch these no longer."""
        for did in dids:
            self._due.pop(did, None)

    def dids(self) -> list[str]:
        """Return all that is watched."""
        return list(self._due)

    def due(self, most: int) -> list[str]:
        """Return what is to be looked at now, at most so many, the longest due first."""
        at = time.monotonic()
        waiting = sorted((when, did) for did, (when, _) in self._due.items() if when <= at)
        chosen = [did for _, did in waiting[:most]]
        for did in chosen:
            looks = self._due[did][1]
            if looks < len(DELAYS):
                self._due[did] = (at + DELAYS[looks], looks + 1)
            else:
                del self._due[did]
        return chosen
