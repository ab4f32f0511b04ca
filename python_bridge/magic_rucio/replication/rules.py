"""Making a rule, or finding the one that is there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import stamina

from magic_rucio.errors import ConflictError, UnreachableError
from magic_rucio.rucio import Did, RucioClient
from magic_rucio.rucio.errors import DuplicateRuleError
from magic_rucio.rucio.records import RuleRecord
from magic_rucio.rucio.times import as_time

ENDING_SOON = timedelta(minutes=5)
"""A rule with less time left is given more: the user wants its files now."""

ATTEMPTS = 5
"""Rucio takes a rule back when its cleaner works on the same files that moment, as just after a cancel."""


async def find(client: RucioClient, did: Did, rse: str, account: str) -> RuleRecord | None:
    """Return the account's rule on a DID at an RSE, if any."""
    async for rule in client.rules(did=did, account=account):
        if rule.rse_expression == rse and rule.did == did:
            return rule
    return None


async def make(
    client: RucioClient, did: Did, rse: str, *, account: str, lifetime: int | None, comment: str | None
) -> tuple[str, bool]:
    """Make a rule; return its id, and whether it was there before.

    Raises
    ------
    ConflictError
        Where the one that was there is being ended by Rucio this moment.
    """
    try:
        async for attempt in stamina.retry_context(
            on=_is_busy, attempts=ATTEMPTS, wait_initial=0.5, wait_max=5.0, timeout=None
        ):
            with attempt:
                [rule_id] = await client.add_rule(
                    [did], rse, account=account, lifetime=lifetime, comment=comment
                )
        return rule_id, False
    except DuplicateRuleError:
        rule = await find(client, did, rse, account)
    if rule is None:
        raise ConflictError(
            "The earlier replication of these runs is just being ended by Rucio.",
            code="ending",
            advice="Try again in a minute.",
        )
    ends = as_time(rule.expires_at)
    if ends is not None and ends < datetime.now(UTC) + ENDING_SOON:
        await client.update_rule(rule.id, lifetime=lifetime)
    return rule.id, True


def _is_busy(error: Exception) -> bool:
    """Whether Rucio said that it has made nothing and may be asked again."""
    return isinstance(error, UnreachableError) and error.code == "rucio-busy"
