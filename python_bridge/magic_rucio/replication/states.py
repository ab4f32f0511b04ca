"""State, counts, rate and time left of a replication, from its rule: pure."""

from __future__ import annotations

from collections import deque
from datetime import datetime

from magic_rucio.replication.models import Count, ReplicationState
from magic_rucio.rucio.records import RuleRecord
from magic_rucio.rucio.times import as_time

_STATES = {
    "OK": ReplicationState.DONE,
    "REPLICATING": ReplicationState.REPLICATING,
    "STUCK": ReplicationState.STUCK,
    "WAITING_APPROVAL": ReplicationState.WAITING_APPROVAL,
    "SUSPENDED": ReplicationState.SUSPENDED,
    "INJECT": ReplicationState.INJECTING,
}

WINDOW_SECONDS = 30.0
"""A rate over less jumps with every file, over more it lags behind a stall."""


def state_of(rule: RuleRecord, now: datetime, dataset_ends: datetime | None = None) -> ReplicationState:
    """Return the state; a rule whose end, or whose dataset's, is past only waits for Rucio's cleaner."""
    for ends in (as_time(rule.expires_at), dataset_ends):
        if ends is not None and ends <= now:
            return ReplicationState.CANCELLED
    return _STATES.get(rule.state, ReplicationState.REPLICATING)


def locks_of(rule: RuleRecord) -> int:
    """Return the number of files the rule is about."""
    return rule.locks_ok_cnt + rule.locks_replicating_cnt + rule.locks_stuck_cnt


def done_of(rule: RuleRecord, total: Count, measured: Count | None) -> Count:
    """Return what has arrived.

    Parameters
    ----------
    measured : Count or None
        What Rucio counted at the destination for the whole dataset. It lags by seconds: files that have
        arrived since count with the mean size of the rest.
    """
    files = rule.locks_ok_cnt
    if total.files == 0 or files == 0:
        return Count(files=files, bytes=0)
    if files >= total.files:
        return Count(files=files, bytes=total.bytes)
    counted = measured if measured is not None and measured.files <= files else Count(files=0, bytes=0)
    rest = max(0, total.bytes - counted.bytes) / max(1, total.files - counted.files)
    return Count(files=files, bytes=min(total.bytes, counted.bytes + round(rest * (files - counted.files))))


def iso(text: str | None) -> str | None:
    """Return a time of Rucio's as ISO 8601."""
    found = as_time(text)
    return found.isoformat() if found else None


class RateMeter:
    """Rate over the last half minute, from the bytes seen."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def add(self, time: float, done: int) -> None:
        """Note bytes done at a monotonic time, seconds."""
        self._seen.append((time, done))
        while len(self._seen) > 2 and time - self._seen[1][0] >= WINDOW_SECONDS:
            self._seen.popleft()

    @property
    def rate(self) -> float | None:
        """Bytes a second; None before there are two looks."""
        if len(self._seen) < 2:
            return None
        (first, before), (last, now) = self._seen[0], self._seen[-1]
        return max(0.0, (now - before) / (last - first)) if last > first else None

    def time_left(self, remaining: int) -> float | None:
        """Seconds until the rest is there at this rate; None where nothing moves."""
        rate = self.rate
        return remaining / rate if rate and remaining > 0 else None
