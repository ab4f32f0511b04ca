"""What changes of state ask of the scheduler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from magic_rucio.sandbox.transfer.records import FileRow


class Agenda(Protocol):
    """What the scheduler does for the lifecycle; none of it waits or calls back at once."""

    def enqueue(self, file: FileRow) -> None:
        """Let a file wait for its turn."""

    def withdraw(self, file_id: int) -> None:
        """Take a file out of the queue and end its transfer if it moves."""

    def at(self, when: float, action: Callable[[], None]) -> None:
        """Do something at a time (seconds since 1970)."""

    def waiting_at(self, storage: str) -> int:
        """How many files wait to leave a storage."""
