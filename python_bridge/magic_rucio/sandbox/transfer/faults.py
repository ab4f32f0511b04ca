"""Faults that a test or a demo asks for: models, matching, counting.

Every fault has a `kind`, a `match` and a `count` (how many times it strikes; without one, always).
A match is by glob (`*`, `?`, `[…]`) on URLs, RSE names (from the file's metadata) and the link
(`SOURCE->DESTINATION`, names of storages); what is not given matches all. Faults outlive a restart.

| kind | what happens |
|---|---|
| `stall` | no byte moves after `after_bytes`, for `seconds`; then the performance-marker reason |
| `dead-mover` | the same, with FTS's reason for a mover that has died |
| `corrupt` | bytes at the destination are flipped: the checksum fails; with `silent` FINISHED is said |
| `fail` | FAILED with `scope`, `errno`, `message` after `after_bytes` |
| `slow` | not more than `bytes_per_second`, all matching transfers together |
| `phantom` | FINISHED without a byte moved |
| `lost-file` | the destination vanishes `seconds` after FINISHED |
| `lost-job` | queries, changes and cancels of the job answer 404; its files still move |
| `reject` | requests of `method` answer `status` with `message` (419 no credential, 503 overloaded, 500 …) |
| `hang` | requests of `method` get no answer for `seconds`, or until the fault is removed |
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from magic_rucio.sandbox.transfer.reasons import Scope
from magic_rucio.sandbox.transfer.run import TransferName
from magic_rucio.sandbox.transfer.store import Store

LONGEST = 30 * 86400.0
"""Seconds: threads cannot wait for ever."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Match(_Model):
    """Which transfers a fault meets: globs, all of which must fit."""

    source: str = "*"
    destination: str = "*"
    source_rse: str = "*"
    destination_rse: str = "*"
    link: str = "*"

    def fits(self, name: TransferName) -> bool:
        """Whether a transfer is met."""
        pairs = (
            (name.source, self.source),
            (name.destination, self.destination),
            (name.source_rse, self.source_rse),
            (name.destination_rse, self.destination_rse),
            (name.link, self.link),
        )
        return all(fnmatchcase(value, pattern) for value, pattern in pairs)


class _Fault(_Model):
    count: int | None = Field(default=None, ge=1)
    """How many times it strikes; null: always."""


class _TransferFault(_Fault):
    match: Match = Match()


class _RequestFault(_Fault):
    method: Literal["GET", "POST", "DELETE", "*"] = "*"
    """`PUT /jobs` counts as POST."""


class Stall(_TransferFault):
    """Stops moving bytes."""

    kind: Literal["stall"]
    after_bytes: int = Field(default=0, ge=0)
    seconds: float = Field(default=360.0, ge=0, le=LONGEST)


class DeadMover(_TransferFault):
    """The process that moves the bytes dies unnoticed."""

    kind: Literal["dead-mover"]
    after_bytes: int = Field(default=0, ge=0)
    seconds: float = Field(default=900.0, ge=0, le=LONGEST)


class Corrupt(_TransferFault):
    """Flips bytes on the way."""

    kind: Literal["corrupt"]
    silent: bool = False


class Fail(_TransferFault):
    """Ends a transfer with a given reason."""

    kind: Literal["fail"]
    scope: Scope = Scope.TRANSFER
    errno: int = Field(default=5, ge=1, le=255)
    message: str = Field(default="Input/output error", min_length=1, max_length=2000)
    after_bytes: int = Field(default=0, ge=0)


class Slow(_TransferFault):
    """A slow link."""

    kind: Literal["slow"]
    bytes_per_second: float = Field(ge=1)


class Phantom(_TransferFault):
    """Says FINISHED for a file that is not there."""

    kind: Literal["phantom"]


class LostFile(_TransferFault):
    """Somebody deletes the destination afterwards."""

    kind: Literal["lost-file"]
    seconds: float = Field(default=0.0, ge=0, le=LONGEST)


class LostJob(_TransferFault):
    """Forgets a job of which a file matches."""

    kind: Literal["lost-job"]


class Reject(_RequestFault):
    """Refuses requests."""

    kind: Literal["reject"]
    method: Literal["GET", "POST", "DELETE", "*"] = "POST"
    status: int = Field(default=503, ge=400, le=599)
    message: str = Field(default="Rejected by a fault of the sandbox", max_length=2000)


class Hang(_RequestFault):
    """Answers late or never."""

    kind: Literal["hang"]
    seconds: float = Field(default=3600.0, ge=0, le=LONGEST)


Fault = Annotated[
    Stall | DeadMover | Corrupt | Fail | Slow | Phantom | LostFile | LostJob | Reject | Hang,
    Field(discriminator="kind"),
]
TransferFault = Stall | DeadMover | Corrupt | Fail | Slow | Phantom | LostFile

_FAULT: TypeAdapter[Fault] = TypeAdapter(Fault)
_T = TypeVar("_T", bound=_Fault)


class PlacedFault(BaseModel):
    """A fault in force."""

    id: str
    used: int
    """How many times it has struck."""
    fault: Fault


class FaultBook:
    """The faults in force, oldest first; kept in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._placed = {
            fault_id: PlacedFault(id=fault_id, used=used, fault=_FAULT.validate_json(body))
            for fault_id, body, used in store.faults()
        }

    def all(self) -> list[PlacedFault]:
        """Every fault, those that are used up included."""
        with self._lock:
            return [placed.model_copy() for placed in self._placed.values()]

    def place(self, fault: Fault) -> PlacedFault:
        """Put a fault in force."""
        placed = PlacedFault(id=uuid.uuid4().hex[:12], used=0, fault=fault)
        with self._lock:
            self._store.save_fault(placed.id, fault.model_dump_json(), 0)
            self._placed[placed.id] = placed
        return placed.model_copy()

    def remove(self, fault_id: str) -> bool:
        """End a fault; False when there is none of this id."""
        with self._lock:
            if self._placed.pop(fault_id, None) is None:
                return False
            self._store.delete_fault(fault_id)
            return True

    def is_placed(self, fault_id: str) -> bool:
        """Whether a fault is (still) in force."""
        return fault_id in self._placed

    def strike(self, name: TransferName) -> list[tuple[str, TransferFault]]:
        """The faults that a transfer meets now; each counts as used."""
        kinds = (Stall, DeadMover, Corrupt, Fail, Slow, Phantom, LostFile)
        return self._draw(kinds, lambda fault: fault.match.fits(name), every=True)

    def lose_job(self, names: Iterable[TransferName]) -> bool:
        """Whether a job with these transfers is to be forgotten."""
        if not self._any(LostJob):
            return False
        known = list(names)
        return bool(
            self._draw((LostJob,), lambda fault: any(fault.match.fits(name) for name in known), every=False)
        )

    def meet_request(self, method: str) -> tuple[str, Reject | Hang] | None:
        """The fault that a request meets."""
        method = "POST" if method == "PUT" else method
        kinds = (Reject, Hang)
        drawn: list[tuple[str, Reject | Hang]] = self._draw(
            kinds, lambda fault: fault.method in ("*", method), every=False
        )
        return drawn[0] if drawn else None

    def _any(self, kind: type[_Fault]) -> bool:
        with self._lock:
            return any(isinstance(placed.fault, kind) for placed in self._placed.values())

    def _draw(
        self, kinds: tuple[type[_T], ...], fits: Callable[[_T], bool], *, every: bool
    ) -> list[tuple[str, _T]]:
        drawn: list[tuple[str, _T]] = []
        with self._lock:
            for placed in self._placed.values():
                fault = placed.fault
                if not isinstance(fault, kinds) or not fits(fault):
                    continue
                if fault.count is not None and placed.used >= fault.count:
                    continue
                placed.used += 1
                self._store.save_fault(placed.id, fault.model_dump_json(), placed.used)
                drawn.append((placed.id, fault))
                if not every:
                    break
        return drawn
