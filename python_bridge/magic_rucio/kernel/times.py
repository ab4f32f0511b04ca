"""Times of runs that count from different zeros, on different clocks, brought to one."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from .columns import Runs
from .errors import AttachmentError
from .gammapy_import import astropy_module

SECONDS_IN = {"s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "d": 86400.0, "day": 86400.0}
SCALES = frozenset({"utc", "tt", "tai", "tdb", "tcb", "tcg", "ut1"})
DEFAULT_SCALE = "tt"
"""What gammapy assumes where TIMESYS is missing."""

Reference = tuple[int, float, str, float]
"""MJDREFI, MJDREFF, time scale, seconds in a unit of TSTART."""


def reference_of(runs: Runs, index: int) -> Reference:
    """Return what TSTART of a run counts from.

    Raises
    ------
    AttachmentError
        For a clock that is none of the FITS standard's.
    """
    scale = (runs.value("timesys", index) or DEFAULT_SCALE).strip().lower()
    unit = (runs.value("timeunit", index) or "s").strip().lower()
    if scale not in SCALES or unit not in SECONDS_IN:
        raise AttachmentError(
            f"{runs.dids[index]}: times on the clock {scale!r} in units of {unit!r} cannot be read.",
            code="unknown-time-system",
            advice="TIMESYS is one of UTC, TT, TAI, TDB, TCG, TCB, UT1; TIMEUNIT is s or d.",
        )
    return (runs.value("mjdrefi", index) or 0, runs.value("mjdreff", index) or 0.0, scale, SECONDS_IN[unit])


def start_mjd(runs: Runs, index: int) -> float | None:
    """Return when a run began, as a modified Julian date on the file's own clock; None if unknown."""
    start = runs.value("tstart", index)
    if start is None:
        return None
    whole, fraction, _, unit = reference_of(runs, index)
    return float(whole + fraction + start * unit / 86400.0)


def one_reference(runs: Runs, indices: Sequence[int]) -> tuple[dict[str, list[float | None]], dict[str, Any]]:
    """Express TSTART and TSTOP of all runs in the reference that most of them have.

    Returns
    -------
    times : dict
        "tstart", "tstop": seconds, one for each index.
    meta : dict
        MJDREFI, MJDREFF, TIMEUNIT, TIMESYS, TIMEREF for the table's header.
    """
    references = [reference_of(runs, i) for i in indices]
    target = Counter(references).most_common(1)[0][0] if references else (0, 0.0, DEFAULT_SCALE, 1.0)
    times: dict[str, list[float | None]] = {}
    for name in ("tstart", "tstop"):
        values = [runs.value(name, i) for i in indices]
        times[name] = [
            None if value is None else value * reference[3]
            for value, reference in zip(values, references)  # noqa: B905 (Python 3.9)
        ]
        for other in set(references) - {target}:
            _convert(times[name], [i for i, r in enumerate(references) if r == other], other, target)
    places = Counter(runs.value("timeref", i) or "local" for i in indices)
    meta = {
        "MJDREFI": target[0],
        "MJDREFF": target[1],
        "TIMEUNIT": "s",
        "TIMESYS": target[2].upper(),
        "TIMEREF": places.most_common(1)[0][0] if places else "local",
    }
    return times, meta


def _convert(times: list[float | None], rows: list[int], source: Reference, target: Reference) -> None:
    """Convert in place; astropy knows the leap seconds between the scales."""
    if source[:3] == target[:3]:
        return
    time = astropy_module("time")
    known = [i for i in rows if times[i] is not None and math.isfinite(times[i] or 0.0)]
    if not known:
        return
    zero, new_zero = (time.Time(r[0], r[1], format="mjd", scale=r[2]) for r in (source, target))
    seconds = time.TimeDelta([times[i] for i in known], format="sec")
    # Differences are in elapsed SI seconds, leap seconds counted: the way gammapy adds them.
    for i, value in zip(known, ((zero + seconds) - new_zero).sec):  # noqa: B905 (Python 3.9)
        times[i] = float(value)
