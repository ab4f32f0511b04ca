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

    def get(self, state: Mapping[str, str], asked: str, work_out: Callable[[], Answer]) -> Answer:
        """Return what was worked out for this state of the index, else work it out.

        `state` is to be read in the transaction in which `work_out` reads, so that the two agree.
        """
        key = (state.get("epoch", ""), state.get("generation", "0"), asked)
        with self._guard:
            if key in self._kept:
                self._kept.move_to_end(key)
                return cast(Answer, self._kept[key])
        answer = work_out()
        with self._guard:
            self._kept[key] = answer
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return answer
