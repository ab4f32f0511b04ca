"""How far rules are: what was last seen of each, so that a poll asks Rucio for little."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from magic_rucio.errors import NotFoundError
from magic_rucio.replication import proposals
from magic_rucio.replication.models import Count, Replication, ReplicationState
from magic_rucio.replication.reasons import words_of
from magic_rucio.replication.states import RateMeter, done_of, iso, locks_of, state_of
from magic_rucio.rucio import RucioClient
from magic_rucio.rucio.records import RuleRecord
from magic_rucio.rucio.times import as_time

SIZE_SECONDS = 60.0
"""The size of a dataset is summed by Rucio over all its files: not at each poll."""

MOST_REMEMBERED = 500

MOVING = (ReplicationState.REPLICATING, ReplicationState.STUCK)


@dataclass
class _Seen:
    """What is remembered of one rule."""

    meter: RateMeter = field(default_factory=RateMeter)
    size: Count | None = None
    ends: str | None = None
    sized_at: float = float("-inf")
    words: str | None = None


class Followed:
    """Describes rules; one for all tabs and windows, so that each shows the same rate."""

    def __init__(self, client: RucioClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._seen: dict[str, _Seen] = {}

    def forget(self, rule_id: str) -> None:
        """Look afresh at a rule that was changed."""
        self._seen.pop(rule_id, None)

    def last_words(self, rule: RuleRecord) -> str | None:
        """Return Rucio's last words on a rule, also while it tries again and has taken them back."""
        seen = self._remembered(rule.id)
        if rule.error:
            seen.words = rule.error
        return seen.words if rule.state != "OK" else None

    async def describe(self, rule: RuleRecord, account: str) -> Replication:
        """Return a rule as the API shows it: three small answers of Rucio's at most, however many files."""
        now = self._clock()
        seen = self._remembered(rule.id)
        total = await self._size(rule, seen, now)
        state = state_of(rule, datetime.now(UTC), as_time(seen.ends))
        moving = state in MOVING
        done = done_of(rule, total, await self._measured(rule) if moving else None)
        seen.meter.add(now, done.bytes)
        words = self.last_words(rule)
        return Replication(
            rule_id=rule.id,
            did=str(rule.did),
            title=proposals.title_of(rule.did),
            rse=rule.rse_expression,
            account=rule.account,
            state=state,
            total=total,
            done=done,
            stuck_files=rule.locks_stuck_cnt,
            rate=seen.meter.rate if moving else None,
            time_left=seen.meter.time_left(total.bytes - done.bytes) if moving else None,
            created_at=iso(rule.created_at) or "",
            updated_at=iso(rule.updated_at) or "",
            expires_at=iso(rule.expires_at) or iso(seen.ends),
            error=words_of(words).whole if words and moving else None,
            mine=rule.account == account,
        )

    def _remembered(self, rule_id: str) -> _Seen:
        seen = self._seen.pop(rule_id, None) or _Seen()
        # The one asked for last is the last to be forgotten.
        self._seen[rule_id] = seen
        while len(self._seen) > MOST_REMEMBERED:
            del self._seen[next(iter(self._seen))]
        return seen

    async def _size(self, rule: RuleRecord, seen: _Seen, now: float) -> Count:
        """Return files and bytes of a rule; looks when its dataset ends as well."""
        files = locks_of(rule)
        fresh = seen.size is not None and now - seen.sized_at < SIZE_SECONDS
        if fresh and seen.size is not None and seen.size.files == files:
            return seen.size
        try:
            record = await self._client.did(rule.did)
        except NotFoundError:
            return Count(files=files, bytes=seen.size.bytes if seen.size else 0)
        seen.size, seen.ends, seen.sized_at = (
            Count(files=files, bytes=record.bytes or 0),
            record.expired_at,
            now,
        )
        return seen.size

    async def _measured(self, rule: RuleRecord) -> Count | None:
        async for replica in self._client.dataset_replicas(rule.did):
            if replica.rse == rule.rse_expression:
                return Count(files=replica.available_length or 0, bytes=replica.available_bytes or 0)
        return None
