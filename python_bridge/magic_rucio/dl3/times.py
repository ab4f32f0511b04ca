"""UTC from the time keywords of GADF headers."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta

from magic_rucio.dl3.cards import Header

_MJD_ZERO = datetime(1858, 11, 17, tzinfo=UTC)
_TT_MINUS_TAI = timedelta(seconds=32.184)
_TAI_MINUS_GPS = timedelta(seconds=19)
_UNIX_EPOCH = 40587

_LEAP_SECONDS = [
    datetime(year, month, 1, tzinfo=UTC)
    for year, month in [
        *[(1972, 7), (1973, 1), (1974, 1), (1975, 1), (1976, 1), (1977, 1), (1978, 1), (1979, 1), (1980, 1)],
        *[(1981, 7), (1982, 7), (1983, 7), (1985, 7), (1988, 1), (1990, 1), (1991, 1), (1992, 7), (1993, 7)],
        *[(1994, 7), (1996, 1), (1997, 7), (1999, 1), (2006, 1), (2009, 1), (2012, 7), (2015, 7), (2017, 1)],
    ]
]
"""Days that began just after a leap second (IERS Bulletin C); TAI - UTC was 10 s before the first."""

_UNITS = {"s": 1.0, "sec": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "day": 86400.0}


def utc(
    elapsed: float | None,
    mjdrefi: int | None,
    mjdreff: float | None,
    timesys: str | None,
    timeunit: str | None,
) -> datetime | None:
    """The UTC time of a GADF time stamp.

    Parameters
    ----------
    elapsed : float
        TSTART or TSTOP, in `timeunit` since the reference.
    mjdrefi, mjdreff : int, float
        The reference, in days of Modified Julian Date on the scale `timesys`.
    timesys : str
        UTC (also where absent: FITS standard 4.0, table 30), UT1, TT, TDT, ET, TDB (taken as TT, within
        2 ms), TAI, IAT or GPS, in any case.
    timeunit : str
        Seconds where absent.

    Returns
    -------
    datetime or None
        Nothing where a value is missing, the scale unknown, or the date not in years 1 to 9999.

    Notes
    -----
    Time elapsed on the UTC scale counts leap seconds, as in astropy and gammapy: it brings TSTART and
    DATE-OBS of MAGIC's joint-crab files into agreement. The Unix epoch is the exception (MAGIC+LST files):
    Unix time leaves leap seconds out by its definition.
    """
    unit = _UNITS.get((timeunit or "s").lower())
    if elapsed is None or mjdrefi is None or unit is None:
        return None
    try:
        reference = _MJD_ZERO + timedelta(days=mjdrefi, seconds=(mjdreff or 0.0) * 86400)
        span = timedelta(seconds=elapsed * unit)
        scale = (timesys or "UTC").upper()
        if scale in ("UTC", "UT", "UT1", "GMT"):
            if mjdrefi == _UNIX_EPOCH and not mjdreff:
                return reference + span
            return _utc_from_tai(reference + _tai_minus_utc(reference) + span)
        if scale in ("TT", "TDT", "ET", "TDB"):
            return _utc_from_tai(reference + span - _TT_MINUS_TAI)
        if scale in ("TAI", "IAT"):
            return _utc_from_tai(reference + span)
        if scale == "GPS":
            return _utc_from_tai(reference + span + _TAI_MINUS_GPS)
    except OverflowError:
        pass
    return None


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 to the millisecond, with the Z that browsers need."""
    if moment is None:
        return None
    try:
        moment += timedelta(microseconds=500)
    except OverflowError:
        return None
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def night_of(moment: datetime | None) -> str | None:
    """MAGIC's night, noon to noon UTC, named after its morning; an ISO date."""
    if moment is None:
        return None
    try:
        return date.isoformat((moment + timedelta(hours=12)).date())
    except OverflowError:
        return None


def _tai_minus_utc(moment: datetime) -> timedelta:
    return timedelta(seconds=10 + bisect_right(_LEAP_SECONDS, moment))


def _utc_from_tai(tai: datetime) -> datetime:
    guess = tai - _tai_minus_utc(tai)
    return tai - _tai_minus_utc(guess)


def civil_time(header: Header, suffix: str, timesys: str | None) -> datetime | None:
    """DATE-OBS or DATE-END (`suffix` OBS or END), with TIME-OBS or TIME-END where the date has no time."""
    text = header.text(f"DATE-{suffix}") or header.text(f"DATE_{suffix}")
    if not text:
        return None
    if "T" not in text.upper():
        text = f"{text}T{header.text(f'TIME-{suffix}') or header.text(f'TIME_{suffix}') or '00:00:00'}"
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    mjd = moment.replace(tzinfo=UTC) - _MJD_ZERO
    return utc(mjd.seconds + mjd.microseconds / 1e6, mjd.days, 0.0, timesys, "s")


def elapsed(moment: datetime, mjdrefi: int) -> float:
    """Seconds since a UTC reference, leap seconds as in `utc`: its inverse for TIMESYS UTC."""
    reference = _MJD_ZERO + timedelta(days=mjdrefi)
    span = moment - reference
    if mjdrefi != _UNIX_EPOCH:
        span += _tai_minus_utc(moment) - _tai_minus_utc(reference)
    return span.total_seconds()
