"""Why files of a rule are not there: Rucio's and FTS's own words, one request a file that is stuck."""

from __future__ import annotations

import asyncio

from magic_rucio.errors import ForbiddenError, MagicRucioError
from magic_rucio.replication.models import ReplicationFiles, StuckFile
from magic_rucio.replication.problems import rule_words
from magic_rucio.replication.reasons import advice_for
from magic_rucio.rucio import RucioClient
from magic_rucio.rucio.errors import clean_words
from magic_rucio.rucio.records import LockRecord, RequestRecord, RuleRecord

MOST_LOOKED_UP = 50
"""FTS's words cost one call a file; beyond it the rule's last error must do."""

AT_ONCE = 6

_ORDER = {"STUCK": 0, "REPLICATING": 1}


async def stuck_files(client: RucioClient, rule: RuleRecord, limit: int) -> ReplicationFiles:
    """Return the files of a rule that are not OK, the stuck first."""
    waiting = [lock async for lock in client.rule_locks(rule.id) if lock.state != "OK"]
    waiting.sort(key=lambda lock: (_ORDER.get(lock.state, 2), lock.name))
    gate = asyncio.Semaphore(AT_ONCE)

    async def describe(index: int, lock: LockRecord) -> StuckFile:
        if index >= MOST_LOOKED_UP:
            return _describe(lock, rule, None)
        async with gate:
            return _describe(lock, rule, await _last_request(client, lock))

    files = await asyncio.gather(*(describe(i, lock) for i, lock in enumerate(waiting[:limit])))
    return ReplicationFiles(files=list(files), total=len(waiting))


async def _last_request(client: RucioClient, lock: LockRecord) -> RequestRecord | None:
    try:
        return await client.request_history(lock.did, lock.rse)
    except ForbiddenError:
        # Rucio lets only some accounts read requests; the rule's own last error is for everybody.
        return None
    except MagicRucioError:
        return None


def _describe(lock: LockRecord, rule: RuleRecord, request: RequestRecord | None) -> StuckFile:
    stuck = lock.state == "STUCK"
    transfer_words = clean_words(request.err_msg or "") or None if request else None
    words_of_rule = rule_words(rule.error)
    return StuckFile(
        did=str(lock.did),
        state="stuck" if stuck else "replicating",
        bytes=lock.bytes or 0,
        source_rse=request.source_rse if request else None,
        attempts=(request.retry_count or 0) + 1 if request else None,
        rucio_words=words_of_rule,
        transfer_words=transfer_words,
        advice=advice_for(transfer_words or (words_of_rule if stuck else None)),
    )
