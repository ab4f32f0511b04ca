"""A progress line on a terminal, a few plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TextIO, TypeVar

Item = TypeVar("Item")

TERMINAL_PERIOD, LOG_PERIOD = 0.1, 5.0
"""Seconds between two reports: smooth for an eye, few for a log."""


def progress(items: Iterable[Item], total: int, what: str, stream: TextIO) -> Iterator[Item]:
    """Pass items on and say how many of `total` have come."""
    terminal = stream.isatty()
    period = TERMINAL_PERIOD if terminal else LOG_PERIOD
    start = last = time.monotonic()
    count = 0
    try:
        for count, item in enumerate(items, start=1):
            now = time.monotonic()
            if now - last >= period:
                last = now
                left = (now - start) / count * (total - count)
                report = f"{count} of {total} {what}, {left:.0f} s left"
                stream.write(f"\r{report}\x1b[K" if terminal else f"{report}\n")
                stream.flush()
            yield item
    finally:
        if terminal:
            stream.write("\r\x1b[K")
            stream.flush()
