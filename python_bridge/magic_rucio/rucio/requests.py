"""Transfer requests: of one file, for every account; of whole links, for those with the power."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from magic_rucio.rucio.base import Base, read
from magic_rucio.rucio.http import parse_json, path_of
from magic_rucio.rucio.records import Did, RequestRecord


class Requests(Base):
    """Calls about transfer requests."""

    async def current_request(self, did: Did, rse: str) -> RequestRecord | None:
        """Return the request that is under way for a file at an RSE."""
        return await self._request(path_of("requests", did.scope, did.name, rse), f"transfer of {did}")

    async def request_history(self, did: Did, rse: str) -> RequestRecord | None:
        """Return a past request for a file at an RSE, with FTS's own words.

        Raises
        ------
        ForbiddenError
            Rucio's generic policy lets only administrators read it.
        """
        path = path_of("requests", "history", did.scope, did.name, rse)
        return await self._request(path, f"past transfer of {did}")

    async def requests(
        self, source_rse: str, destination_rse: str, states: Sequence[str]
    ) -> AsyncIterator[RequestRecord]:
        """Give the requests of a link that are under way.

        Parameters
        ----------
        states : sequence of str
            Their letters: Q queued, S submitted, F failed, W waiting, N no sources, …
        """
        params = {"src_rse": source_rse, "dst_rse": destination_rse, "request_states": ",".join(states)}
        what = f"requests from {source_rse} to {destination_rse}"
        async for value in self.http.lines("GET", "/requests/list", what=what, params=params):
            yield read(RequestRecord, value, what)

    async def past_requests(
        self,
        source_rse: str,
        destination_rse: str,
        states: Sequence[str],
        *,
        offset: int = 0,
        limit: int = 100,
    ) -> AsyncIterator[RequestRecord]:
        """Give the past requests of a link, a page at a time."""
        params = {
            "src_rse": source_rse,
            "dst_rse": destination_rse,
            "request_states": ",".join(states),
            "offset": str(offset),
            "limit": str(limit),
        }
        what = f"past requests from {source_rse} to {destination_rse}"
        async for value in self.http.lines("GET", "/requests/history/list", what=what, params=params):
            yield read(RequestRecord, value, what)

    async def _request(self, path: str, what: str) -> RequestRecord | None:
        answer = await self.http.call_or_none("GET", path, what=what)
        if answer is None:
            return None
        for line in answer.text.splitlines():
            if line.strip():
                return read(RequestRecord, parse_json(line, what), what)
        return None
