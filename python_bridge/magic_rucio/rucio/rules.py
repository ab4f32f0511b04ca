"""Rules and their locks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from magic_rucio.rucio.base import TEXTS, Base, read, read_value
from magic_rucio.rucio.http import path_of
from magic_rucio.rucio.records import AnalysedTransfer, AnalysisRecord, Did, LockRecord, RuleRecord


class Rules(Base):
    """Calls about replication rules."""

    async def add_rule(
        self,
        dids: Sequence[Did],
        rse_expression: str,
        *,
        account: str,
        copies: int = 1,
        lifetime: int | None = None,
        comment: str | None = None,
        **options: Any,
    ) -> list[str]:
        """Make a rule a DID; return their ids.

        Parameters
        ----------
        lifetime : int, optional
            Seconds until the rule ends; none: never.
        """
        body: dict[str, Any] = {
            "dids": [did.body for did in dids],
            "copies": copies,
            "rse_expression": rse_expression,
            "account": account,
            "lifetime": lifetime,
            "grouping": "DATASET",
            "comment": comment,
            **options,
        }
        value = await self.http.json("POST", "/rules/", what=f"rule at {rse_expression}", body=body)
        return read_value(TEXTS, value, "new rule")

    async def rule(self, rule_id: str) -> RuleRecord:
        """Return a rule with its lock counts: one small answer whatever its size."""
        value = await self.http.json("GET", path_of("rules", rule_id), what=f"rule {rule_id}")
        return read(RuleRecord, value, f"rule {rule_id}")

    async def rules(
        self,
        *,
        account: str | None = None,
        did: Did | None = None,
        state: str | None = None,
        updated_after: datetime | None = None,
    ) -> AsyncIterator[RuleRecord]:
        """Give rules; Rucio neither pages nor sorts them.

        Parameters
        ----------
        state : str, optional
            Its letter: O, R, S, U, W, I.
        updated_after : datetime, optional
            In UTC.
        """
        params: dict[str, str] = {}
        if account:
            params["account"] = account
        if did:
            params |= did.body
        if state:
            params["state"] = state
        if updated_after:
            # Rucio reads this one spelling: RFC 1123 with "UTC" for its zone.
            text = format_datetime(updated_after.astimezone(UTC), usegmt=True)
            params["updated_after"] = text.replace("GMT", "UTC")
        async for value in self.http.lines("GET", "/rules/", what="list of rules", params=params):
            yield read(RuleRecord, value, "list of rules")

    async def update_rule(self, rule_id: str, **options: Any) -> None:
        """Change a rule: `lifetime` (seconds from now; 0 ends it at once), `priority`, …"""
        await self.http.call(
            "PUT", path_of("rules", rule_id), what=f"rule {rule_id}", body={"options": options}
        )

    async def delete_rule(self, rule_id: str, *, purge_replicas: bool = False) -> None:
        """Delete a rule softly: it ends in an hour, until then its lifetime can be given back."""
        body = {"purge_replicas": purge_replicas}
        await self.http.call("DELETE", path_of("rules", rule_id), what=f"rule {rule_id}", body=body)

    async def rule_locks(self, rule_id: str) -> AsyncIterator[LockRecord]:
        """Give the locks of a rule, one a file and RSE."""
        what = f"locks of rule {rule_id}"
        async for value in self.http.lines("GET", path_of("rules", rule_id, "locks"), what=what):
            yield read(LockRecord, value, what)

    async def rule_analysis(self, rule_id: str) -> list[AnalysedTransfer]:
        """Return what Rucio found out on the stuck files of a rule: how often each was tried, from where."""
        what = f"analysis of rule {rule_id}"
        value = await self.http.json("GET", path_of("rules", rule_id, "analysis"), what=what)
        return read(AnalysisRecord, value, what).transfers
