"""Who moves next: waiting files by priority, then by time, over links that have room; pure."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """From one storage to another."""

    source: str
    destination: str


@dataclass(frozen=True, slots=True, order=True)
class Turn:
    """A file's place in the queue; the smallest moves first."""

    rank: int
    """Minus the priority."""
    since: float
    file_id: int


class WaitingLine:
    """Files that wait, by link. A full link never holds up another one."""

    def __init__(self) -> None:
        self._heaps: dict[Link, list[Turn]] = {}
        self._current: dict[int, tuple[Link, Turn]] = {}
        self._by_source: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._current)

    def put(self, link: Link, turn: Turn) -> None:
        """Add a file, or move it to another place."""
        self.drop(turn.file_id)
        self._current[turn.file_id] = (link, turn)
        self._by_source[link.source] += 1
        heapq.heappush(self._heaps.setdefault(link, []), turn)

    def drop(self, file_id: int) -> None:
        """Take a file out; its entry in the heap is passed over later."""
        if entry := self._current.pop(file_id, None):
            self._by_source[entry[0].source] -= 1

    def waiting_at(self, storage: str) -> int:
        """How many files wait to leave a storage."""
        return self._by_source[storage]

    def pop(self, has_room: Callable[[Link], bool]) -> tuple[Link, int] | None:
        """Take out the file whose turn it is among the links with room."""
        best: Link | None = None
        for link in list(self._heaps):
            head = self._head(link)
            if head is None or not has_room(link):
                continue
            if best is None or head < self._heaps[best][0]:
                best = link
        if best is None:
            return None
        turn = heapq.heappop(self._heaps[best])
        self.drop(turn.file_id)
        return best, turn.file_id

    def _head(self, link: Link) -> Turn | None:
        heap = self._heaps[link]
        while heap:
            if self._current.get(heap[0].file_id) == (link, heap[0]):
                return heap[0]
            heapq.heappop(heap)
        del self._heaps[link]
        return None


class Slots:
    """How many files move now, in all, by storage and by link."""

    def __init__(self) -> None:
        self.total = 0
        self._outbound: Counter[str] = Counter()
        self._inbound: Counter[str] = Counter()
        self._links: Counter[Link] = Counter()

    def take(self, link: Link, step: int = 1) -> None:
        """Count a file in; with -1 count it out."""
        self.total += step
        self._outbound[link.source] += step
        self._inbound[link.destination] += step
        self._links[link] += step

    def free(self, link: Link) -> None:
        """Count a file out."""
        self.take(link, -1)

    def has_room(self, link: Link, *, outbound: int, inbound: int, active: int) -> bool:
        """Whether one more fits within these limits."""
        return (
            self._outbound[link.source] < outbound
            and self._inbound[link.destination] < inbound
            and self._links[link] < active
        )
