"""Which runs there are: nights, targets, wobble positions; the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from magic_rucio.errors import InvalidInputError
from magic_rucio.sample.sky import altitude_azimuth, sun_altitude, wobble_pointing
from magic_rucio.sample.targets import ROTA, TARGETS, Target

WOBBLE_OFFSET = 0.40
WOBBLE_ANGLES = (35, 215, 125, 305)

FIRST_NIGHT, LAST_NIGHT = 56700, 60300
"""MJD (2014-02-12 to 2023-12-22) between which nights are drawn: after the telescopes' last upgrade."""

RUNS_A_DAY = 24.07
"""How fast MAGIC's run numbers grew between 5029747 (2013-10-04) and 5095172 (2021-03-14)."""

TWILIGHT, LOWEST = -12.0, 40.0
"""Altitudes in degrees: the Sun's at most, the source's at least."""

PAUSE = 40.0
"""Seconds between two runs."""

MAX_RUNS = 10_000

MAX_DRAWS = 20_000
"""Nights tried for one session; about 20 do while the calendar is empty."""

_MJD_ZERO = datetime(1858, 11, 17, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Run:
    """One planned run; angles in degrees, `ontime` in seconds, `night` by its morning."""

    obs_id: int
    target: Target
    night: date
    start: datetime
    ontime: float
    wobble_angle: int
    ra_pnt: float
    dec_pnt: float
    alt_pnt: float
    az_pnt: float

    @property
    def file_name(self) -> str:
        """Name in MAGIC's form, such as `20131004_05029747_DL3_CrabNebula-W0.40+035.fits`."""
        wobble = f"W{WOBBLE_OFFSET:.2f}+{self.wobble_angle:03d}"
        return f"{self.night:%Y%m%d}_{self.obs_id:08d}_DL3_{self.target.name}-{wobble}.fits"


def plan_runs(count: int, seed: int, ontime: float, targets: Sequence[str] = ()) -> list[Run]:
    """The first `count` runs of the schedule that `seed` gives.

    A session is four to eight runs of one target in one night, in turn at the four wobble positions.
    A longer schedule begins with the shorter one.

    Parameters
    ----------
    count : int
        Number of runs.
    seed : int
        Any whole number.
    ontime : float
        Length of a run in seconds.
    targets : sequence of str
        Names among `TARGETS`; empty: the usual rota.
    """
    rota = targets or ROTA
    random = Random(seed)  # noqa: S311 (a schedule, not a secret)
    used: set[int] = set()
    runs: list[Run] = []
    while len(runs) < count:
        target = TARGETS[rota[len(used) % len(rota)]]
        night, start, length = _session(random, target, used, ontime)
        used.add(night)
        runs.extend(_runs(target, night, start, length, ontime))
    return runs[:count]


def _session(random: Random, target: Target, used: set[int], ontime: float) -> tuple[int, float, int]:
    """A free night, and when in it (MJD) how many runs fit under a dark sky with the source high."""
    for _ in range(MAX_DRAWS):
        night = random.randrange(FIRST_NIGHT, LAST_NIGHT)
        start = night + random.uniform(-0.21, 0.27)
        length = random.choice((4, 4, 4, 8))
        # A long exposure leaves room for fewer runs in a night.
        length = max(1, min(length, int(0.3 * 86400 // (ontime + PAUSE))))
        end = start + length * (ontime + PAUSE) / 86400
        if night not in used and all(_observable(target, moment) for moment in (start, end)):
            return night, start, length
    raise InvalidInputError(
        f"No free night is left on which {target.name} stands high in a dark sky for {ontime:.0f} s.",
        advice="Ask for fewer runs, fewer events a run, or more targets.",
    )


def _observable(target: Target, mjd: float) -> bool:
    return sun_altitude(mjd) < TWILIGHT and altitude_azimuth(target.ra, target.dec, mjd)[0] > LOWEST


def _runs(target: Target, night: int, start: float, length: int, ontime: float) -> Iterator[Run]:
    first = 5029747 + int((night - 56569) * RUNS_A_DAY)
    for number in range(length):
        angle = WOBBLE_ANGLES[number % len(WOBBLE_ANGLES)]
        ra_pnt, dec_pnt = wobble_pointing(target.ra, target.dec, WOBBLE_OFFSET, angle)
        begin = start + number * (ontime + PAUSE) / 86400
        alt_pnt, az_pnt = altitude_azimuth(ra_pnt, dec_pnt, begin + ontime / 2 / 86400)
        yield Run(
            obs_id=first + number,
            target=target,
            night=(_MJD_ZERO + timedelta(days=night)).date(),
            start=_MJD_ZERO + timedelta(days=begin),
            ontime=ontime,
            wobble_angle=angle,
            ra_pnt=ra_pnt,
            dec_pnt=dec_pnt,
            alt_pnt=alt_pnt,
            az_pnt=az_pnt,
        )
