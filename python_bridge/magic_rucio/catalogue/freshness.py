"""How far the index can be trusted, from what it remembers about itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from magic_rucio.catalogue.models import Freshness

INTERVALS = 3
"""Missed intervals after which the index is stale."""


def freshness(
    state: Mapping[str, str],
    *,
    runs: int,
    warnings: int,
    syncing: bool,
    interval: float,
    at: datetime | None = None,
) -> Freshness:
    """Judge the index.

    Parameters
    ----------
    state : mapping
        As of `read_state`.
    interval : float
        Seconds between syncs.
    """
    at = at or datetime.now(UTC)
    synced_at, error = state.get("synced_at"), state.get("error")
    progress = float(state["progress"]) if "progress" in state else None
    common = {"synced_at": synced_at, "syncing": syncing, "error": error, "runs": runs, "warnings": warnings}
    if synced_at is None:
        crawling = syncing or progress is not None
        return Freshness(
            state="first-sync" if crawling else "never",
            progress=progress or 0.0 if crawling else None,
            **common,
        )
    age = at - datetime.fromisoformat(synced_at)
    late = age > timedelta(seconds=INTERVALS * interval + 10)
    return Freshness(state="stale" if error or late else "fresh", progress=None, **common)
