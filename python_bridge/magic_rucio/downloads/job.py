"""How far a download is: counters that threads advance, rate over the last seconds."""

from __future__ import annotations

import threading
import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from magic_rucio.downloads.models import Download, DownloadFailure
from magic_rucio.errors import MagicRucioError

State = Literal["running", "done", "failed", "cancelled"]

MOST_FAILURES = 100

WINDOW_SECONDS = 10.0
"""A rate over less jumps with every file, over more it lags behind a stall."""


@dataclass
class Job:
    """One download; safe to be told of progress by threads."""

    selection: str
    """Digest of the DIDs: the same selection asked for twice is one download."""
    files_total: int
    bytes_total: int
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    state: State = "running"
    stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._files = self._bytes = self._failed = 0
        self._failures: list[DownloadFailure] = []
        self._seen: deque[tuple[float, int]] = deque([(time.monotonic(), 0)])

    def advance(self, count: int) -> None:
        """Count bytes that have arrived; negative where they were thrown away."""
        with self._lock:
            self._bytes += count

    def file_done(self) -> None:
        """Count a whole file."""
        with self._lock:
            self._files += 1

    def file_failed(self, did: str, error: MagicRucioError, arrived: int) -> None:
        """Note why a file could not be had; the bytes that did arrive count no longer."""
        with self._lock:
            self._failed += 1
            self._bytes -= arrived
            if len(self._failures) < MOST_FAILURES:
                failure = DownloadFailure(did=did, message=error.message, advice=error.advice)
                self._failures.append(failure)

    def finish(self) -> None:
        """Settle the state at the end of the work."""
        if self.stop.is_set():
            self.state = "cancelled"
        else:
            self.state = "failed" if self._failed else "done"

    def describe(self) -> Download:
        """Return it as the API shows it."""
        with self._lock:
            now = time.monotonic()
            self._seen.append((now, self._bytes))
            while len(self._seen) > 2 and now - self._seen[1][0] >= WINDOW_SECONDS:
                self._seen.popleft()
            (first, before), (last, after) = self._seen[0], self._seen[-1]
            running = self.state == "running"
            rate = max(0.0, (after - before) / (last - first)) if running and last > first else None
            left = self.bytes_total - self._bytes
            return Download(
                id=self.id,
                state=self.state,
                files_total=self.files_total,
                files_done=self._files,
                bytes_total=self.bytes_total,
                bytes_done=self._bytes,
                rate=rate,
                time_left=left / rate if rate and left > 0 else None,
                failures=list(self._failures),
            )
