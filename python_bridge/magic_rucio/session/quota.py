"""What an account may still store at an RSE."""

from __future__ import annotations

import math

from magic_rucio.replication.models import Quota
from magic_rucio.rucio import RucioClient


async def quota_of(client: RucioClient, account: str, rse: str) -> Quota:
    """Read limit and use; an account without a limit at the RSE may store nothing there."""
    limits = await client.account_limits(account)
    usage = await client.account_usage(account, rse)
    return make_quota(account, rse, limits, usage.bytes if usage else 0)


def make_quota(account: str, rse: str, limits: dict[str, float | None], used: int) -> Quota:
    """Make a quota of Rucio's limits: a missing RSE means none, infinity or -1 unlimited."""
    if rse not in limits:
        return Quota(account=account, rse=rse, limit=None, used=used, left=0, unlimited=False)
    limit = limits[rse]
    if limit is None or math.isinf(limit) or limit < 0:
        return Quota(account=account, rse=rse, limit=None, used=used, left=None, unlimited=True)
    return Quota(
        account=account, rse=rse, limit=int(limit), used=used, left=max(0, int(limit) - used), unlimited=False
    )
