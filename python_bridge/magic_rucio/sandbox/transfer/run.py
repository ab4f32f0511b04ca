"""One transfer while it moves: how far it is, what slows it down, what ends it early."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from magic_rucio.sandbox.transfer.areas import path_of


class TransferCanceled(Exception):  # noqa: N818 - an order, not an error
    """The user cancelled the job; the partial file goes."""


class ServiceStopping(Exception):  # noqa: N818 - an order, not an error
    """The service ends; the transfer stays ACTIVE and is taken up at the next start."""


@dataclass(frozen=True, slots=True)
class TransferName:
    """What identifies one transfer in answers, limits and faults."""

    file_id: int
    job_id: str
    source: str
    destination: str
    source_storage: str
    destination_storage: str
    source_rse: str = ""
    destination_rse: str = ""

    @property
    def place(self) -> str:
        """Where the destination is, however the host in its URL is written."""
        path = path_of(self.destination)
        return self.destination if path is None else os.path.normpath(path)

    @property
    def link(self) -> str:
        """`SOURCE->DESTINATION`."""
        return f"{self.source_storage}->{self.destination_storage}"


Gate = Callable[["Run", int], None]
"""Called before each chunk with its size; may wait (`Run.wait`) or raise."""


class Run:
    """Progress and interruption of one moving file; shared between its mover and everybody else."""

    def __init__(self, name: TransferName, gates: Sequence[Gate] = ()) -> None:
        self.name = name
        self.started = time.time()
        self.bytes_done = 0
        self.bytes_total: int | None = None
        self._gates = gates
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._interruption: Exception | None = None
        self._committed = False

    def interrupt(self, reason: Exception) -> bool:
        """End the transfer early by raising `reason` in its mover; False when it is too late."""
        with self._lock:
            if self._committed:
                return False
            self._interruption = self._interruption or reason
        self._woken.set()
        return True

    def admit(self, size: int) -> None:
        """Pass before moving `size` more bytes; 0 at the start and at the end."""
        self._check()
        for gate in self._gates:
            gate(self, size)
        self._check()
        self.bytes_done += size

    def wait(self, seconds: float) -> None:
        """Sleep, but not longer than until the transfer is ended early."""
        self._woken.wait(seconds)
        self._check()

    def commit(self) -> None:
        """Pass the point of no return: the file is about to get its name."""
        with self._lock:
            if self._interruption is not None:
                raise self._interruption
            self._committed = True

    def _check(self) -> None:
        if self._interruption is not None:
            raise self._interruption


class Throttle:
    """A rate shared by all the transfers that pass through it."""

    def __init__(self, bytes_per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.bytes_per_second = bytes_per_second
        self._clock = clock
        self._lock = threading.Lock()
        self._free_at = clock()

    def reserve(self, size: int) -> float:
        """Take a place in the queue; seconds until these bytes have passed."""
        with self._lock:
            now = self._clock()
            self._free_at = max(self._free_at, now) + size / self.bytes_per_second
            return self._free_at - now

    def gate(self, run: Run, size: int) -> None:
        """Use the throttle as a gate."""
        if size:
            run.wait(self.reserve(size))
