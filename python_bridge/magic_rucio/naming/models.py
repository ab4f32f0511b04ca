"""What a MAGIC file name says."""

from __future__ import annotations

from datetime import date
from typing import Literal, NamedTuple

Level = Literal["RAW", "Calibrated", "Star", "SuperStar", "Melibea", "DL3"]

MONO_LEVELS: tuple[Level, ...] = ("RAW", "Calibrated", "Star")
STEREO_LEVELS: tuple[Level, ...] = ("SuperStar", "Melibea", "DL3")


class MagicName(NamedTuple):
    """One file name taken apart; what the name does not say is None.

    A named tuple and not a frozen dataclass: archives have millions of names, and it is built
    four times faster.
    """

    file: str
    """The file name itself, as written."""
    level: Level
    telescope: str | None = None
    """M1 or M2; none for the stereo levels."""
    source: str | None = None
    """In the original spelling."""
    night: date | None = None
    """The morning after, as in the file name."""
    run: int | None = None
    subrun: int | None = None
    type: str | None = None
    """The letter in the file name: D, P, C or B of RAW, Y, I, S or Q; DL3 has none."""
    wobble_offset: float | None = None
    """Degrees."""
    wobble_angle: int | None = None
    """Degrees, 0 to 359."""
