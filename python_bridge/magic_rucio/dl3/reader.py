"""From the headers of a DL3 file to its observation."""

from __future__ import annotations

import os
from functools import lru_cache
from math import floor
from typing import Literal

from magic_rucio.dl3.cards import Header
from magic_rucio.dl3.errors import Dl3Error
from magic_rucio.dl3.gadf import gadf_type_and_class
from magic_rucio.dl3.headers import HeaderUnit, read_headers
from magic_rucio.dl3.models import Hdu, Observation
from magic_rucio.dl3.pointing import wobble
from magic_rucio.dl3.source import open_source
from magic_rucio.dl3.times import civil_time, iso, night_of, utc

MAX_TEXT = 512
"""Characters kept of a text value; CONTINUE cards can make it megabytes long."""


def read_observation(path: str | os.PathLike[str]) -> Observation:
    """Read what the headers of a DL3 file say, its data seeked over (inflated and dropped where gzipped).

    Parameters
    ----------
    path : str or PathLike
        A regular local file, plain or gzipped, whatever its name.

    Returns
    -------
    Observation

    Raises
    ------
    Dl3Error
        The one error that leaves this function: unreadable, not FITS, malformed, truncated, or without
        an EVENTS table. Its message names the HDU and the byte.
    """
    with open_source(path) as source:
        units = list(read_headers(source))
        size = source.size
    return _observation(units, size)


def _observation(units: list[HeaderUnit], size: int) -> Observation:
    rows = [(unit, kind) for unit in units if (kind := gadf_type_and_class(unit))]
    events = _events_unit(rows)
    header = events.header
    mjdrefi, mjdreff = _reference_time(header)
    timesys, timeunit = _upper(header, "TIMESYS"), _text(header, "TIMEUNIT")
    tstart, tstop = header.number("TSTART"), header.number("TSTOP")
    start = utc(tstart, mjdrefi, mjdreff, timesys, timeunit) or civil_time(header, "OBS", timesys)
    stop = utc(tstop, mjdrefi, mjdreff, timesys, timeunit) or civil_time(header, "END", timesys)
    alt_pnt, zen_pnt = _altitude_and_zenith(header)
    ra_pnt, dec_pnt = _direction(header, "PNT")
    ra_obj, dec_obj = _direction(header, "OBJ")
    wobble_offset, wobble_angle = wobble(ra_pnt, dec_pnt, ra_obj, dec_obj)
    irf_type, rad_max, rad_max_value = _response([(kind[0], unit.header) for unit, kind in rows])
    aeff = next((unit.header for unit, kind in rows if kind[0] == "aeff"), None)
    return Observation(
        obs_id=header.integer("OBS_ID"),
        target=_text(header, "OBJECT"),
        ra_pnt=ra_pnt,
        dec_pnt=dec_pnt,
        ra_obj=ra_obj,
        dec_obj=dec_obj,
        alt_pnt=alt_pnt,
        az_pnt=header.number("AZ_PNT"),
        zen_pnt=zen_pnt,
        tstart=tstart,
        tstop=tstop,
        mjdrefi=mjdrefi,
        mjdreff=mjdreff,
        timesys=timesys,
        timeref=(_text(header, "TIMEREF") or "").lower() or None,
        timeunit=timeunit,
        date_start=iso(start),
        date_stop=iso(stop),
        night=night_of(start),
        ontime=header.number("ONTIME"),
        livetime=header.number("LIVETIME"),
        deadc=header.number("DEADC"),
        event_count=events.rows,
        n_tels=header.integer("N_TELS"),
        telescope=_text(header, "TELESCOP") or _text(units[0].header, "TELESCOP"),
        instrument=_text(header, "INSTRUME") or _text(units[0].header, "INSTRUME"),
        creator=_text(header, "CREATOR") or _text(units[0].header, "CREATOR"),
        creator_version=_text(header, "VERSION"),
        obs_mode=_upper(header, "OBS_MODE"),
        geolon=header.number("GEOLON"),
        geolat=header.number("GEOLAT"),
        altitude=header.number("ALTITUDE"),
        irf_type=irf_type,
        rad_max=rad_max,
        rad_max_value=rad_max_value,
        lo_thres=aeff.number("LO_THRES") if aeff else None,
        hi_thres=aeff.number("HI_THRES") if aeff else None,
        wobble_offset=wobble_offset,
        wobble_angle=wobble_angle,
        bytes=size,
        hdus=tuple(_hdu(*kind, unit.name[:MAX_TEXT]) for unit, kind in rows),
    )


@lru_cache(maxsize=256)  # immutable, and the same in all files of a kind
def _hdu(hdu_type: str, hdu_class: str, hdu_name: str) -> Hdu:
    return Hdu(hdu_type=hdu_type, hdu_class=hdu_class, hdu_name=hdu_name)


def _events_unit(rows: list[tuple[HeaderUnit, tuple[str, str]]]) -> HeaderUnit:
    tables = [unit for unit, kind in rows if kind[0] == "events"]
    named = [unit for unit in tables if unit.name.upper() == "EVENTS"]
    if not tables:
        found = ", ".join(unit.name for unit, _ in rows[:10]) or "nothing of DL3"
        raise Dl3Error.not_dl3(f"no EVENTS table among its HDUs (found: {found})")
    return (named or tables)[0]


def _response(
    components: list[tuple[str, Header]],
) -> tuple[Literal["point-like", "full-enclosure"] | None, Literal["table", "keyword", "none"], float | None]:
    """Kind of instrument response, where its directional cut is, and the cut where it is one number."""
    irfs = [(kind, header) for kind, header in components if kind not in ("events", "gti")]
    if not irfs:
        return None, "none", None
    kinds = {kind for kind, _ in irfs}
    said = {_upper(header, "HDUCLAS3") for kind, header in irfs if kind != "rad_max"}
    cuts = [
        cut for kind, header in irfs if kind != "rad_max" and (cut := header.number("RAD_MAX")) is not None
    ]
    irf_type: Literal["point-like", "full-enclosure"] | None = None
    if "POINT-LIKE" in said:
        irf_type = "point-like"
    elif "FULL-ENCLOSURE" in said or "psf" in kinds:
        irf_type = "full-enclosure"
    elif "rad_max" in kinds or cuts:
        irf_type = "point-like"
    if "rad_max" in kinds:
        return irf_type, "table", None
    return (irf_type, "keyword", cuts[0]) if cuts else (irf_type, "none", None)


def _reference_time(header: Header) -> tuple[int | None, float | None]:
    whole, fraction = header.number("MJDREFI"), header.number("MJDREFF")
    if whole is None:
        whole, fraction = header.number("MJDREF"), None
    if whole is None or abs(whole) > 1e9:
        return None, None
    days = floor(whole)
    return days, (whole - days) + (fraction or 0.0)


def _altitude_and_zenith(header: Header) -> tuple[float | None, float | None]:
    altitude, zenith = header.number("ALT_PNT"), header.number("ZEN_PNT")
    if altitude is None and zenith is not None:
        altitude = 90 - zenith
    if zenith is None and altitude is not None:
        zenith = 90 - altitude
    return altitude, zenith


def _direction(header: Header, suffix: str) -> tuple[float | None, float | None]:
    return header.number(f"RA_{suffix}"), header.number(f"DEC_{suffix}")


def _text(header: Header, keyword: str) -> str | None:
    value = header.text(keyword)
    return value[:MAX_TEXT].rstrip() if value else None


def _upper(header: Header, keyword: str) -> str | None:
    value = _text(header, keyword)
    return value.upper() if value else None
