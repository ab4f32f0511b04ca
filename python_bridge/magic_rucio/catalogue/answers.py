"""Answers kept until the index changes: sums and facets over everything cost more than a page."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import TypeVar, cast

Answer = TypeVar("Answer")

MOST = 256
"""Answers kept; a facet answer has some 50 kB."""


class Answers:
    """A small memory, by the index's generation and what was asked."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, str], object] = OrderedDict()
        self._guard = threading.Lock()

    def find(self, state: Mapping[str, str], asked: str) -> object | None:
        """Return what was kept for this state of the index, None where nothing was."""
        key = _key(state, asked)
        with self._guard:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def keep(self, state: Mapping[str, str], asked: str, answer: object) -> None:
        """Keep an answer; the longest unused goes."""
        with self._guard:
            self._kept[_key(state, asked)] = answer
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)

    def get(self, state: Mapping[str, str], asked: str, work_out: Callable[[], Answer]) -> Answer:
        """Return what was kept, else work it out.

        `state` is to be read in the transaction in which `work_out` reads, so that the two agree.
        """
        kept = self.find(state, asked)
        if kept is not None:
            return cast(Answer, kept)
        answer = work_out()
        self.keep(state, asked, answer)
        return answer


def _key(state: Mapping[str, str], asked: str) -> tuple[str, str, str]:
    return (state.get("epoch", ""), state.get("generation", "0"), asked)
