"""Why files of a rule are not there: Rucio's and FTS's own words."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from magic_rucio.errors import ForbiddenError, MagicRucioError
from magic_rucio.replication.models import ReplicationFiles, StuckFile
from magic_rucio.replication.reasons import NO_SOURCE, Words, advice_for, waiting_advice, words_of
from magic_rucio.rucio import Did, RucioClient
from magic_rucio.rucio.records import AnalysedTransfer, LockRecord, ReplicaRecord, RequestRecord, RuleRecord

MOST_LOOKED_UP = 50
"""FTS's words cost a call or two a file; beyond it Rucio's last word on the rule must do."""

MOST_HEARD = 2000
"""Failures remembered, one a file."""

AT_ONCE = 6

ANALYSIS_SECONDS = 10.0
"""Rucio's analysis looks at each stuck file: for thousands it takes long, and the rest is worth more."""

_ORDER = {"STUCK": 0, "REPLICATING": 1}


@dataclass(frozen=True, slots=True)
class _Request:
    now: RequestRecord | None
    past: RequestRecord | None


class StuckFiles:
    """Finds reasons; remembers whether this Rucio lets the account read past requests (many do not)."""

    def __init__(self, client: RucioClient) -> None:
        self._client = client
        self._may_read_history = True
        self._heard: dict[tuple[str, Did], str] = {}

    async def of(self, rule: RuleRecord, last_words: str | None, limit: int) -> ReplicationFiles:
        """Return the files of a rule that are not OK, the stuck first.

        Parameters
        ----------
        last_words : str or None
            Rucio's last word on the rule: the failure of one of its files.
        """
        waiting = [lock async for lock in self._client.rule_locks(rule.id) if lock.state != "OK"]
        waiting.sort(key=lambda lock: (_ORDER.get(lock.state, 2), lock.name))
        stuck = sum(lock.state == "STUCK" for lock in waiting)
        analysed = await self._analysis(rule) if stuck else {}
        replicas = await self._replicas([lock.did for lock in waiting[:limit]])
        gate = asyncio.Semaphore(AT_ONCE)

        async def describe(index: int, lock: LockRecord) -> StuckFile:
            request = _Request(None, None)
            if index < MOST_LOOKED_UP:
                async with gate:
                    request = await self._request(lock)
            if lock.state == "STUCK":
                own = analysed.get(lock.did)
                heard = self._heard.get((rule.id, lock.did))
                past = request.past.err_msg if request.past else heard
                found = describe_stuck(lock, past, own, last_words, alone=stuck == 1)
            else:
                self._hear(rule.id, request.now)
                past = request.past.err_msg if request.past else self._heard.get((rule.id, lock.did))
                found = describe_waiting(lock, request.now, past)
            return with_replica(found, replicas.get(lock.did))

        files = await asyncio.gather(*(describe(i, lock) for i, lock in enumerate(waiting[:limit])))
        return ReplicationFiles(files=list(files), total=len(waiting))

    def _hear(self, rule_id: str, now: RequestRecord | None) -> None:
        """Remember a failure while Rucio shows it: with the next try it goes to where few may read it."""
        if now is not None and now.err_msg:
            self._heard[rule_id, Did(now.scope, now.name)] = now.err_msg
            while len(self._heard) > MOST_HEARD:
                del self._heard[next(iter(self._heard))]

    async def _analysis(self, rule: RuleRecord) -> Mapping[Did, AnalysedTransfer]:
        try:
            async with asyncio.timeout(ANALYSIS_SECONDS):
                return {one.did: one for one in await self._client.rule_analysis(rule.id)}
        except (MagicRucioError, TimeoutError):
            # It only adds the source and the number of tries.
            return {}

    async def _replicas(self, dids: Sequence[Did]) -> Mapping[Did, ReplicaRecord]:
        try:
            return {one.did: one async for one in self._client.list_replicas(dids)} if dids else {}
        except MagicRucioError:
            # It only adds the sizes and whether there is a source at all.
            return {}

    async def _request(self, lock: LockRecord) -> _Request:
        now = past = None
        try:
            if lock.state != "STUCK":
                now = await self._client.current_request(lock.did, lock.rse)
            if self._may_read_history and (lock.state == "STUCK" or (now and now.retry_count)):
                past = await self._client.request_history(lock.did, lock.rse)
        except ForbiddenError:
            self._may_read_history = False
        except MagicRucioError:
            # The list of files is worth more than the words on one of them.
            pass
        return _Request(now, past)


def describe_stuck(
    lock: LockRecord,
    past: str | None,
    analysed: AnalysedTransfer | None,
    last_words: str | None,
    *,
    alone: bool,
) -> StuckFile:
    """Describe a file of which Rucio has given up for now.

    Parameters
    ----------
    past : str or None
        What Rucio noted on its last try, where that is known.

    Notes
    -----
    Where past requests may not be read, Rucio's last word on the rule is all there is; with several files
    stuck it may be about another one, so it is shown as Rucio's, not as the transfer's.
    """
    own = words_of(past) if past else None
    of_rule = words_of(last_words) if last_words else Words(None, None)
    words = own or of_rule
    return StuckFile(
        did=str(lock.did),
        state="stuck",
        bytes=0,
        source_rse=analysed.last_source if analysed else None,
        attempts=analysed.attempts if analysed else None,
        rucio_words=words.rucio if own or alone else of_rule.whole or None,
        transfer_words=words.transfer if own or alone else None,
        advice=advice_for(words.whole or "stuck"),
    )


def describe_waiting(lock: LockRecord, now: RequestRecord | None, past: str | None) -> StuckFile:
    """Describe a file that is on the way: where its request is, and how often it has failed."""
    failed = now.retry_count or 0 if now else 0
    text = (now.err_msg if now else None) or (past if failed else None)
    words = words_of(text) if text else Words(None, None)
    advice = waiting_advice(now.state if now else None, failed)
    return StuckFile(
        did=str(lock.did),
        state="replicating",
        bytes=0,
        source_rse=now.source_rse if now else None,
        attempts=failed + 1 if now else None,
        rucio_words=words.rucio or (now.state if now else None),
        transfer_words=words.transfer,
        advice=f"{advice} {advice_for(words.whole)}" if words.whole else advice,
    )


def with_replica(file: StuckFile, replica: ReplicaRecord | None) -> StuckFile:
    """Add what its replicas tell: the size, and whether there is any to copy from.

    Rucio makes a rule on a file without a good replica without a word, and tries for ever.
    """
    if replica is None:
        return file
    update: dict[str, object] = {"bytes": replica.bytes or 0}
    if "AVAILABLE" not in replica.states.values():
        update["advice"] = NO_SOURCE
    return file.model_copy(update=update)
