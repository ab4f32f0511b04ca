"""Preview, start, follow, change and end replications to one RSE."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from magic_rucio.catalogue.models import Availability, DatasetSelection, Selection
from magic_rucio.config import RucioInstance
from magic_rucio.errors import InvalidInputError, NotFoundError
from magic_rucio.replication import own_datasets, problems, proposals
from magic_rucio.replication.models import (
    Count,
    PreviewProblem,
    Quota,
    Replication,
    ReplicationChange,
    ReplicationFiles,
    ReplicationList,
    ReplicationPreview,
    ReplicationRequest,
    ReplicationStarted,
    ReplicationState,
)
from magic_rucio.replication.states import RateMeter, as_time, done_of, iso, locks_of, state_of
from magic_rucio.replication.stuck import stuck_files
from magic_rucio.rucio import Did, RucioClient
from magic_rucio.rucio.errors import DuplicateRuleError
from magic_rucio.rucio.records import RuleRecord
from magic_rucio.session.quota import quota_of

LONGEST_LIST = 50
"""Replications shown, the newest."""

LIST_AT_ONCE = 8

ON_THE_WAY = frozenset({Availability.REPLICATING, Availability.STUCK, Availability.WAITING})


class SelectedRun(Protocol):
    """What replication needs to know of a run."""

    @property
    def did(self) -> str: ...
    @property
    def bytes(self) -> int: ...
    @property
    def target(self) -> str | None: ...
    @property
    def availability(self) -> Availability: ...


class Runs(Protocol):
    """Resolves a selection; the catalogue does."""

    async def selected_rows(self, selection: Selection) -> Sequence[SelectedRun]: ...


class ReplicationService:
    """Replications of one account.

    Parameters
    ----------
    account : callable
        Returns the name of the account, asked of Rucio when first needed.
    """

    def __init__(
        self, instance: RucioInstance, client: RucioClient, runs: Runs, account: Callable[[], Awaitable[str]]
    ) -> None:
        self._instance = instance
        self._client = client
        self._runs = runs
        self._account = account
        self._meters: dict[str, RateMeter] = {}
        self._sizes: dict[str, Count] = {}

    async def preview(self, request: ReplicationRequest) -> ReplicationPreview:
        """Say what a replication would do, and what speaks against it; changes nothing."""
        rse = request.rse or self._instance.destination_rse
        rows = await self._runs.selected_rows(request.selection)
        account = await self._account()
        there = [row for row in rows if row.availability is Availability.AT_DESTINATION]
        coming = [row for row in rows if row.availability in ON_THE_WAY]
        quota, found = await self._quota(account, rse)
        total = _count(rows)
        to_move = Count(
            files=len(rows) - len(there) - len(coming),
            bytes=total.bytes - _count(there).bytes - _count(coming).bytes,
        )
        found += problems.of_selection(
            total=total,
            to_move=to_move,
            without_source=sum(row.availability is Availability.UNAVAILABLE for row in rows),
            quota=quota,
            support=self._instance.support,
        )
        return ReplicationPreview(
            rse=rse,
            total=total,
            at_destination=_count(there),
            on_the_way=_count(coming),
            to_move=to_move,
            quota=quota,
            target_did=str(self._target(account, request.selection, rows)),
            creates_dataset=not isinstance(request.selection, DatasetSelection),
            problems=found,
        )

    async def start(self, request: ReplicationRequest) -> ReplicationStarted:
        """Make the rule, on the dataset itself or on one made of the selection.

        Safe to repeat: the dataset has the same name for the same runs, and a rule that exists is returned.
        """
        rse = request.rse or self._instance.destination_rse
        rows = await self._runs.selected_rows(request.selection)
        if not rows:
            raise InvalidInputError("The selection holds no runs.", advice="Pick at least one.")
        account = await self._account()
        target = self._target(account, request.selection, rows)
        if not isinstance(request.selection, DatasetSelection):
            dids = [Did.parse(row.did) for row in rows]
            await own_datasets.make(self._client, target, dids, lifetime=request.lifetime)
        own = own_datasets.is_own(target, account)
        try:
            [rule_id] = await self._client.add_rule(
                [target],
                rse,
                account=account,
                lifetime=None if own else request.lifetime,
                comment=request.comment,
            )
            existing = False
        except DuplicateRuleError:
            rule_id, existing = await self._existing(target, rse, account), True
        self._sizes[rule_id] = _count(rows)
        return ReplicationStarted(replication=await self.progress(rule_id), existing=existing)

    async def replications(self) -> ReplicationList:
        """Return the account's rules at the destination, the newest first."""
        account = await self._account()
        rules = [
            rule
            async for rule in self._client.rules(account=account)
            if rule.rse_expression == self._instance.destination_rse
        ]
        rules.sort(
            key=lambda rule: as_time(rule.created_at) or datetime.min.replace(tzinfo=UTC), reverse=True
        )
        limit = asyncio.Semaphore(LIST_AT_ONCE)

        async def describe(rule: RuleRecord) -> Replication:
            async with limit:
                return await self._describe(rule, account)

        return ReplicationList(
            replications=list(await asyncio.gather(*(describe(rule) for rule in rules[:LONGEST_LIST])))
        )

    async def progress(self, rule_id: str) -> Replication:
        """Return how far a rule is: one small answer of Rucio's, however many files."""
        return await self._describe(await self._client.rule(rule_id), await self._account())

    async def files(self, rule_id: str, limit: int) -> ReplicationFiles:
        """Return the files that are not there yet, and why."""
        return await stuck_files(self._client, await self._client.rule(rule_id), limit)

    async def change(self, rule_id: str, change: ReplicationChange) -> Replication:
        """Give the replication another end.

        Raises
        ------
        ForbiddenError
            Where Rucio does not let the account change this rule.
        """
        rule = await self._client.rule(rule_id)
        if own_datasets.is_own(rule.did, await self._account()):
            await own_datasets.set_end(self._client, rule.did, change.lifetime)
        else:
            await self._client.update_rule(rule_id, lifetime=change.lifetime)
        return await self.progress(rule_id)

    async def cancel(self, rule_id: str) -> Replication:
        """End the replication now; transfers stop, and copies that nothing else holds may go later.

        By its lifetime, not by deleting the rule: a deleted rule goes on for an hour.
        """
        before = await self.progress(rule_id)
        did = Did.parse(before.did)
        if own_datasets.is_own(did, await self._account()):
            await own_datasets.set_end(self._client, did, 0)
        else:
            await self._client.update_rule(rule_id, lifetime=0)
        self._meters.pop(rule_id, None)
        return before.model_copy(
            update={"state": ReplicationState.CANCELLED, "rate": None, "time_left": None}
        )

    async def _describe(self, rule: RuleRecord, account: str) -> Replication:
        now = datetime.now(UTC)
        total, ends = await self._size_and_end(rule)
        state = state_of(rule, now)
        done = done_of(rule, total, None if state is ReplicationState.DONE else await self._measured(rule))
        meter = self._meters.setdefault(rule.id, RateMeter())
        meter.add(time.monotonic(), done.bytes)
        moving = state in (ReplicationState.REPLICATING, ReplicationState.STUCK)
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
            rate=meter.rate if moving else None,
            time_left=meter.time_left(total.bytes - done.bytes) if moving else None,
            created_at=iso(rule.created_at) or "",
            updated_at=iso(rule.updated_at) or "",
            expires_at=iso(rule.expires_at) or iso(ends),
            error=problems.rule_words(rule.error),
            mine=rule.account == account,
        )

    async def _size_and_end(self, rule: RuleRecord) -> tuple[Count, str | None]:
        """Return files and bytes of a rule, and when its dataset ends by itself."""
        files = locks_of(rule)
        try:
            record = await self._client.did(rule.did)
        except NotFoundError:
            known = self._sizes.get(rule.id)
            return Count(files=files, bytes=known.bytes if known else 0), None
        count = Count(files=files, bytes=record.bytes or 0)
        self._sizes[rule.id] = count
        return count, record.expired_at

    async def _measured(self, rule: RuleRecord) -> Count | None:
        async for replica in self._client.dataset_replicas(rule.did):
            if replica.rse == rule.rse_expression:
                return Count(files=replica.available_length or 0, bytes=replica.available_bytes or 0)
        return None

    async def _quota(self, account: str, rse: str) -> tuple[Quota | None, list[PreviewProblem]]:
        try:
            await self._client.rse(rse)
        except NotFoundError as error:
            return None, [problems.from_error(error)]
        return await quota_of(self._client, account, rse), []

    async def _existing(self, target: Did, rse: str, account: str) -> str:
        async for rule in self._client.rules(did=target, account=account):
            if rule.rse_expression == rse and rule.did == target:
                ends = as_time(rule.expires_at)
                if ends is not None and ends < datetime.now(UTC) + timedelta(minutes=5):
                    # The one that exists is about to end: the user wants it now.
                    await self._client.update_rule(rule.id, lifetime=None)
                return rule.id
        raise NotFoundError("Rucio says that the rule exists, but does not list it.", advice="Try again.")

    @staticmethod
    def _target(account: str, selection: Selection, rows: Sequence[SelectedRun]) -> Did:
        if isinstance(selection, DatasetSelection):
            return Did.parse(selection.did)
        return proposals.dataset_for(
            account, (row.did for row in rows), (row.target for row in rows if row.target)
        )


def _count(rows: Sequence[SelectedRun]) -> Count:
    return Count(files=len(rows), bytes=sum(row.bytes for row in rows))
