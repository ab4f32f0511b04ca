"""What the supervisor says about the running grid: one file, written anew at every change."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from magic_rucio.sandbox.layout import StateDirectory, write_private
from magic_rucio.sandbox.processes import ProcessIdentity

Phase = Literal["starting", "running", "stopping", "stopped", "failed"]


class PartState(BaseModel):
    """One process of the grid."""

    model_config = ConfigDict(frozen=True)

    name: str
    state: Literal["starting", "running", "waiting", "stopped"]
    """`waiting`: it ended and is started again after a while."""
    pid: int | None = None
    start_ticks: int | None = None
    started_at: float | None = None
    """Seconds since 1970."""
    restarts: int = 0
    last_end: str = ""
    """Why it was last restarted; empty: it never was."""
    last_end_at: float | None = None
    port: int | None = None

    @property
    def identity(self) -> ProcessIdentity | None:
        if self.pid is None or self.start_ticks is None:
            return None
        return ProcessIdentity(self.pid, self.start_ticks)


class GridState(BaseModel):
    """The whole grid."""

    model_config = ConfigDict(frozen=True)

    phase: Phase
    step: str
    """What is being done, for the one who waits."""
    advice: str = ""
    pid: int
    start_ticks: int
    started_at: float
    foreground_pid: int | None = None
    parts: tuple[PartState, ...] = ()

    @property
    def supervisor(self) -> ProcessIdentity:
        return ProcessIdentity(self.pid, self.start_ticks)


def read_state(directory: StateDirectory) -> GridState | None:
    """Read what the last supervisor said; None where there was none."""
    try:
        return GridState.model_validate_json(directory.state_file.read_bytes())
    except (OSError, ValidationError):
        return None


def write_state(directory: StateDirectory, state: GridState) -> None:
    """Replace the file."""
    write_private(directory.state_file, state.model_dump_json())
