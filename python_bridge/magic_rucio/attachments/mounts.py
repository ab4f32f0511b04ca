"""Looking at mounts from threads of their own: a mount that hangs keeps whoever looks for ever."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from magic_rucio.errors import UnreachableError

Seen = TypeVar("Seen")

MOST_LOOKS = 4
"""At once; more than these never hang, whatever is asked meanwhile."""


class MountLooks:
    """Runs what looks at files.

    Not in asyncio's own threads: there are few, the whole Jupyter server needs them, and its end waits for
    them. Ours may hang until the process ends, and do not keep it from ending.
    """

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(MOST_LOOKS)

    async def run(self, look: Callable[[], Seen], *, seconds: float, what: str) -> Seen:
        """Look, and return what was seen.

        Parameters
        ----------
        seconds : float
            How long to wait, for a free thread too.
        what : str
            What is looked at, in words, for the message.

        Raises
        ------
        UnreachableError
            Where the time is over: the mount hangs.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._free.acquire()
                return await self._started(look)
        except TimeoutError:
            raise UnreachableError(
                f"Looking at {what} took more than {seconds:.0f} s: the mount hangs.",
                code="mount-hangs",
                status=504,
                advice="Try `ls` on the mount in a terminal; if it hangs too, tell the site.",
            ) from None

    def _started(self, look: Callable[[], Seen]) -> asyncio.Future[Seen]:
        loop = asyncio.get_running_loop()
        seen: asyncio.Future[Seen] = loop.create_future()

        def finish(result: Seen | None, error: BaseException | None) -> None:
            self._free.release()
            if seen.done():
                return
            if error is not None:
                seen.set_exception(error)
            else:
                seen.set_result(result)  # type: ignore[arg-type]  # no error: there is a result

        def body() -> None:
            result, error = None, None
            try:
                result = look()
            # Whatever it is, it belongs to whoever waits.
            except BaseException as caught:  # noqa: BLE001
                error = caught
            # The loop may be gone by the time a mount answers.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(finish, result, error)

        threading.Thread(target=body, name="magic-rucio-mount", daemon=True).start()
        return seen
