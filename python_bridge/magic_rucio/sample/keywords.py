"""Header keywords of synthetic DL3 files, spelt as real files of each kind spell them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from magic_rucio.dl3.times import elapsed
from magic_rucio.sample.schedule import Run
from magic_rucio.sample.sky import ALTITUDE, GEOLAT, GEOLON
from magic_rucio.sample.variants import Variant

Keywords = dict[str, str | int | float]

GADF = {
    "HDUCLASS": "GADF",
    "HDUDOC": "https://github.com/open-gamma-ray-astro/gamma-astro-data-formats",
    "HDUVERS": "0.2",
}

DEAD_TIME_CORRECTION = 0.9915

_EPOCHS = {Variant.LST: 40587}
_MAGIC_EPOCH = 52706
_MJD_ZERO = datetime(1858, 11, 17, tzinfo=UTC)


def start_and_time_keywords(run: Run, variant: Variant) -> tuple[float, Keywords]:
    """TSTART in seconds, and the keywords that say since when."""
    epoch = _EPOCHS.get(variant, _MAGIC_EPOCH)
    keywords: Keywords = {
        "MJDREFI": epoch,
        "MJDREFF": 0.0,
        "TIMEUNIT": "s",
        "TIMESYS": "utc" if variant in (Variant.KEYWORD, Variant.LST) else "UTC",
        "TIMEREF": "local" if variant is not Variant.LST else "TOPOCENTER",
    }
    return round(elapsed(run.start, epoch), 6), keywords


def event_keywords(run: Run, variant: Variant, tstart: float, time: Keywords) -> Keywords:
    """What the header of the EVENTS table says."""
    keywords: Keywords = {} if variant is Variant.LST else {**GADF, "HDUCLAS1": "EVENTS"}
    if variant is Variant.LST:
        keywords |= {"HDUCLAS1": "EVENTS"}
    keywords |= {
        "OBS_ID": run.obs_id,
        "TSTART": tstart,
        "TSTOP": tstart + run.ontime,
        "ONTIME": run.ontime,
        "LIVETIME": run.ontime * DEAD_TIME_CORRECTION,
        "DEADC": DEAD_TIME_CORRECTION,
        "EQUINOX": "" if variant is Variant.KEYWORD else 2000.0,
        "RADECSYS": "FK5",
        "ORIGIN": "synthetic, not an observation",
        "CREATOR": "magic-rucio sample",
        "OBJECT": run.target.name,
        "RA_OBJ": run.target.ra,
        "DEC_OBJ": run.target.dec,
        "RA_PNT": round(run.ra_pnt, 6),
        "DEC_PNT": round(run.dec_pnt, 6),
        "GEOLON": GEOLON,
        "GEOLAT": GEOLAT,
        "ALTITUDE": ALTITUDE,
        **time,
    }
    return keywords | _kind_of_keywords(run, variant)


def _kind_of_keywords(run: Run, variant: Variant) -> Keywords:
    if variant is Variant.KEYWORD:
        stop = run.start + timedelta(seconds=run.ontime)
        return {
            "TELESCOP": "MAGIC",
            "INSTRUME": "MAGIC stereo, post major upgrade",
            "DATE-OBS": f"{run.start:%Y-%m-%d}",
            "TIME-OBS": f"{run.start:%H:%M:%S}",
            "DATE-END": f"{stop:%Y-%m-%d}",
            "TIME-END": f"{stop:%H:%M:%S}",
            "TELLIST": "2",
        }
    pointing: Keywords = {"ALT_PNT": round(run.alt_pnt, 5), "AZ_PNT": round(run.az_pnt, 5)}
    if variant is Variant.LST:
        return {**pointing, "OBS_MODE": "WOBBLE", "INSTRUME": "LST-1_MAGIC"}
    if variant is Variant.FULL:
        return {
            **pointing,
            "TELESCOP": "MAGIC",
            "INSTRUME": "MAGIC stereo",
            "OBS_MODE": "WOBBLE",
            "N_TELS": 2,
            "TELLIST": "1,2",
        }
    return {
        **pointing,
        "TELESCOP": "MAGIC",
        "INSTRUME": "MAGIC stereo",
        "VERSION": "1",
        "OBS_MODE": "POINTING",
    }
