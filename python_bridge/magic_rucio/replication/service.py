"""Preview, start, follow, change and end replications to one RSE."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from magic_rucio.catalogue.models import DatasetSelection, Selection
from magic_rucio.config import RucioInstance
from magic_rucio.errors import ForbiddenError, InvalidInputError, MagicRucioError, NotFoundError
from magic_rucio.replication import own_datasets, problems, proposals, rules, selected
from magic_rucio.replication.following import Followed
from magic_rucio.replication.models import (
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
from magic_rucio.replication.selected import Runs, SelectedRun
from magic_rucio.replication.stuck import StuckFiles
from magic_rucio.rucio import Did, RucioClient
from magic_rucio.rucio.errors import QuotaError
from magic_rucio.rucio.records import RuleRecord
from magic_rucio.rucio.times import as_time
from magic_rucio.session.quota import quota_of

LONGEST_LIST = 50
"""Replications shown, the newest."""

LIST_AT_ONCE = 8

RSE_NAME = re.compile(r"[A-Za-z0-9_.-]{1,255}")
"""One RSE: an expression could mean several, and a quota of each."""

EARLIEST = datetime.min.replace(tzinfo=UTC)


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
        self._followed = Followed(client)
        self._stuck = StuckFiles(client)

    async def preview(self, request: ReplicationRequest) -> ReplicationPreview:
        """Say what a replication would do, and what speaks against it; changes nothing."""
        rse = self._rse(request)
        rows = await selected.fresh_rows(self._runs, request.selection)
        account = await self._account()
        target = self._target(account, request.selection, rows)
        places = selected.places_at_destination(rows)
        quota, found = await self._quota(account, rse)
        if quota is not None and rse != self._instance.destination_rse:
            places = await selected.places_elsewhere(self._client, rows, rse)
        existing = await rules.find(self._client, target, rse, account) if quota is not None else None
        found += problems.of_selection(
            places=places,
            unknown=len(selected.unknown(request.selection, rows)),
            quota=quota,
            existing=existing is not None,
            support=self._instance.support,
        )
        return ReplicationPreview(
            rse=rse,
            total=places.total,
            at_destination=places.there,
            on_the_way=places.on_the_way,
            to_move=places.to_move,
            quota=quota,
            target_did=str(target),
            creates_dataset=not isinstance(request.selection, DatasetSelection),
            problems=found,
        )

    async def start(self, request: ReplicationRequest) -> ReplicationStarted:
        """Make the rule, on the dataset itself or on one made of the selection.

        Safe to repeat: the dataset has the same name for the same runs, and a rule that exists is returned.
        """
        rse = self._rse(request)
        rows = await self._runs.selected_rows(request.selection)
        if not rows:
            raise InvalidInputError(
                "The selection holds no runs that Rucio knows.", code="empty", advice="Pick at least one."
            )
        account = await self._account()
        target = self._target(account, request.selection, rows)
        made = False
        try:
            if not isinstance(request.selection, DatasetSelection):
                dids = [Did.parse(row.did) for row in rows]
                made = await own_datasets.make(
                    self._client, target, dids, account=account, lifetime=request.lifetime
                )
            # The end of a dataset of our own is the dataset's: only that can be moved by every account.
            own = own_datasets.is_own(target, account)
            lifetime = None if own else request.lifetime
            rule_id, existing = await rules.make(
                self._client, target, rse, account=account, lifetime=lifetime, comment=request.comment
            )
        except MagicRucioError as error:
            if made:
                with suppress(MagicRucioError):
                    await own_datasets.set_end(self._client, target, own_datasets.LEFT_OVER_SECONDS)
            raise await self._explained(error, account, rse, selected.count(rows).bytes) from None
        self._followed.forget(rule_id)
        return ReplicationStarted(replication=await self.progress(rule_id), existing=existing)

    async def replications(self) -> ReplicationList:
        """Return the account's rules at the destination, and on datasets made here; the newest first."""
        account = await self._account()
        found = [
            rule
            async for rule in self._client.rules(account=account)
            if rule.rse_expression == self._instance.destination_rse or own_datasets.is_own(rule.did, account)
        ]
        found.sort(key=lambda rule: as_time(rule.created_at) or EARLIEST, reverse=True)
        gate = asyncio.Semaphore(LIST_AT_ONCE)

        async def describe(rule: RuleRecord) -> Replication:
            async with gate:
                return await self._followed.describe(rule, account)

        described = await asyncio.gather(*(describe(rule) for rule in found[:LONGEST_LIST]))
        return ReplicationList(replications=list(described))

    async def progress(self, rule_id: str) -> Replication:
        """Return how far a rule is.

        Raises
        ------
        NotFoundError
            Where it has ended.
        """
        return await self._followed.describe(await self._client.rule(rule_id), await self._account())

    async def files(self, rule_id: str, limit: int) -> ReplicationFiles:
        """Return the files that are not there yet, and why."""
        rule = await self._client.rule(rule_id)
        return await self._stuck.of(rule, self._followed.last_words(rule), limit)

    async def change(self, rule_id: str, change: ReplicationChange) -> Replication:
        """Give the replication another end.

        Raises
        ------
        ForbiddenError
            Where Rucio does not let the account change this rule.
        """
        await self._end_in(await self._client.rule(rule_id), change.lifetime)
        return await self.progress(rule_id)

    async def cancel(self, rule_id: str) -> Replication:
        """End the replication now; transfers stop, and copies that nothing else holds may go later.

        By its lifetime, not by deleting the rule: a deleted rule goes on for an hour.
        """
        rule = await self._client.rule(rule_id)
        before = await self._followed.describe(rule, await self._account())
        await self._end_in(rule, 0)
        ended = {"state": ReplicationState.CANCELLED, "rate": None, "time_left": None}
        return before.model_copy(update=ended)

    async def _end_in(self, rule: RuleRecord, lifetime: int | None) -> None:
        account = await self._account()
        try:
            if own_datasets.is_own(rule.did, account):
                await own_datasets.set_end(self._client, rule.did, lifetime)
            else:
                await self._client.update_rule(rule.id, lifetime=lifetime)
        except ForbiddenError as error:
            whose = "this rule" if rule.account == account else f"a rule of {rule.account}"
            raise ForbiddenError(
                f"Rucio does not let {account} change or end {whose}.",
                advice=f"Ask {self._instance.support or 'the data manager'} to do it.",
                details=error.details,
            ) from None
        self._followed.forget(rule.id)

    async def _quota(self, account: str, rse: str) -> tuple[Quota | None, list[PreviewProblem]]:
        try:
            record = await self._client.rse(rse)
        except NotFoundError as error:
            return None, [problems.from_error(error)]
        found = [] if record.availability_write else [problems.closed(rse)]
        return await quota_of(self._client, account, rse), found

    async def _explained(
        self, error: MagicRucioError, account: str, rse: str, needed: int
    ) -> MagicRucioError:
        """Tell "no quota" from "too little": Rucio has one exception for both."""
        if not isinstance(error, QuotaError):
            return error
        with suppress(MagicRucioError):
            quota = await quota_of(self._client, account, rse)
            if found := problems.of_quota(quota, needed, self._instance.support):
                return QuotaError(found.message, code=found.code, advice=found.advice, details=error.details)
        return error

    def _rse(self, request: ReplicationRequest) -> str:
        rse = request.rse or self._instance.destination_rse
        if not RSE_NAME.fullmatch(rse):
            raise InvalidInputError(
                f"rse: {rse[:80]!a} is not the name of one RSE.", code="unknown-rse", advice="Name one RSE."
            )
        return rse

    @staticmethod
    def _target(account: str, selection: Selection, rows: Sequence[SelectedRun]) -> Did:
        if isinstance(selection, DatasetSelection):
            return Did.parse(selection.did)
        return proposals.dataset_for(
            account, (row.did for row in rows), (row.target for row in rows if row.target)
        )
