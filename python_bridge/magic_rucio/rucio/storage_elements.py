"""RSEs, and what an account uses and may use of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from magic_rucio.rucio.base import LIMITS, MAPPING, Base, read, read_value
from magic_rucio.rucio.http import path_of
from magic_rucio.rucio.records import NameRecord, RseRecord, UsageRecord


class StorageElements(Base):
    """Calls about RSEs and quotas."""

    async def rses(self, expression: str | None = None) -> AsyncIterator[str]:
        """Give the names of the RSEs that match an expression, of all without one."""
        params = {"expression": expression} if expression else None
        async for value in self.http.lines("GET", "/rses/", what="list of RSEs", params=params):
            yield read(NameRecord, value, "list of RSEs").rse

    async def rse(self, name: str) -> RseRecord:
        """Return an RSE with its protocols."""
        value = await self.http.json("GET", path_of("rses", name), what=f"RSE {name}")
        return read(RseRecord, value, f"RSE {name}")

    async def rse_attributes(self, name: str) -> dict[str, Any]:
        """Return the attributes of an RSE."""
        value = await self.http.json("GET", path_of("rses", name) + "/attr/", what=f"RSE {name}")
        return read_value(MAPPING, value, f"RSE {name}")

    async def account_usage(self, account: str, rse: str) -> UsageRecord | None:
        """Return use and limit of an account at an RSE; None where it has neither.

        Rucio answers for accounts without a limit as for such with nothing stored.
        """
        what = f"quota of {account} at {rse}"
        async for value in self.http.lines("GET", path_of("accounts", account, "usage", "local"), what=what):
            usage = read(UsageRecord, value, what)
            if usage.rse == rse:
                return usage
        return None

    async def account_limits(self, account: str) -> dict[str, float | None]:
        """Return the limits of an account by RSE, bytes; None or infinity: unlimited."""
        path = path_of("accounts", account, "limits", "local")
        value = await self.http.json("GET", path, what=f"quota of {account}")
        return read_value(LIMITS, value, f"quota of {account}")
