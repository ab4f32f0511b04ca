"""Rucio takes at most 1000 DIDs a call: batches, a few at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

BATCH = 1000
AT_ONCE = 4


def batches(items: Iterable[Item], size: int = BATCH) -> Iterator[list[Item]]:
    """Cut into lists of at most `size`."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


async def in_batches(
    items: Sequence[Item], call: Callable[[list[Item]], Awaitable[list[Result]]], *, size: int = BATCH
) -> AsyncIterator[Result]:
    """Call for each batch, a few at once, and give the results in order; memory holds a few batches."""
    waiting: list[asyncio.Task[list[Result]]] = []
    pending = batches(items, size)
    try:
        for batch in islice(pending, AT_ONCE):
            waiting.append(asyncio.ensure_future(call(batch)))
        while waiting:
            results = await waiting.pop(0)
            for batch in islice(pending, 1):
                waiting.append(asyncio.ensure_future(call(batch)))
            for result in results:
                yield result
    finally:
        for task in waiting:
            task.cancel()
        # Their errors are ours to drop: the first one has been raised already.
        await asyncio.gather(*waiting, return_exceptions=True)
