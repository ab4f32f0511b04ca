"""One DL3 file's observation: what an analyst selects by, and what gammapy's index tables need."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Hdu(BaseModel):
    """One HDU that an analysis reads, in GADF's terms (a row of the HDU index table)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hdu_type: str = Field(description="GADF's HDU_TYPE: events, gti, aeff, edisp, psf, bkg or rad_max")
    hdu_class: str = Field(description="GADF's HDU_CLASS, such as aeff_2d or psf_3gauss")
    hdu_name: str = Field(description="EXTNAME as written in the file")


def _field(description: str, unit: str = "", header: str = "") -> Any:
    """A field that is nothing where the file does not say; `unit` and `header` feed the documentation."""
    return Field(default=None, description=description, json_schema_extra={"unit": unit, "header": header})


class Observation(BaseModel):
    """What the headers of a DL3 file say; what they do not give, or not as a finite number, is None."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    obs_id: int | None = _field("run number; none where the file has no whole number", "", "OBS_ID")
    target: str | None = _field("name of the source as written in the file", "", "OBJECT")
    ra_pnt: float | None = _field("right ascension of the pointing", "deg", "RA_PNT")
    dec_pnt: float | None = _field("declination of the pointing", "deg", "DEC_PNT")
    ra_obj: float | None = _field("right ascension of the source", "deg", "RA_OBJ")
    dec_obj: float | None = _field("declination of the source", "deg", "DEC_OBJ")
    alt_pnt: float | None = _field("mean altitude of the pointing", "deg", "ALT_PNT, else 90 - ZEN_PNT")
    az_pnt: float | None = _field("mean azimuth of the pointing", "deg", "AZ_PNT")
    zen_pnt: float | None = _field(
        "mean zenith distance of the pointing", "deg", "ZEN_PNT, else 90 - ALT_PNT"
    )
    tstart: float | None = _field("start, since the reference time (in timeunit)", "s", "TSTART")
    tstop: float | None = _field("end, since the reference time (in timeunit)", "s", "TSTOP")
    mjdrefi: int | None = _field("reference time, whole days", "MJD", "MJDREFI, else MJDREF")
    mjdreff: float | None = _field("reference time, fraction of a day", "d", "MJDREFF, else MJDREF")
    timesys: str | None = _field("time scale, upper case (UTC, TT, TAI)", "", "TIMESYS")
    timeref: str | None = _field("place of the time, lower case", "", "TIMEREF")
    timeunit: str | None = _field("unit of tstart and tstop (GADF allows s only)", "", "TIMEUNIT")
    date_start: str | None = _field("start, UTC", "ISO 8601", "TSTART, MJDREF, TIMESYS; else DATE-OBS")
    date_stop: str | None = _field("end, UTC", "ISO 8601", "TSTOP, MJDREF, TIMESYS; else DATE-END")
    night: str | None = _field("night, noon to noon UTC, named after its morning", "ISO date", "derived")
    ontime: float | None = _field("sum of the good time intervals", "s", "ONTIME")
    livetime: float | None = _field("effective time, dead time taken off", "s", "LIVETIME")
    deadc: float | None = _field("livetime over ontime", "", "DEADC")
    event_count: int | None = _field("rows of the EVENTS table", "", "NAXIS2 of EVENTS")
    n_tels: int | None = _field("number of telescopes", "", "N_TELS")
    telescope: str | None = _field("observatory", "", "TELESCOP of EVENTS, else of the primary header")
    instrument: str | None = _field("instrument", "", "INSTRUME")
    creator: str | None = _field("software that wrote the file", "", "CREATOR")
    creator_version: str | None = _field("version of that software", "", "VERSION")
    obs_mode: str | None = _field("observation mode, upper case", "", "OBS_MODE")
    geolon: float | None = _field("longitude of the array", "deg", "GEOLON")
    geolat: float | None = _field("latitude of the array", "deg", "GEOLAT")
    altitude: float | None = _field("height of the array above the sea", "m", "ALTITUDE")
    irf_type: Literal["point-like", "full-enclosure"] | None = _field(
        "kind of instrument response; none where the file holds none", "", "HDUCLAS3"
    )
    rad_max: Literal["table", "keyword", "none"] | None = _field(
        "where the directional cut is: a RAD_MAX table, a RAD_MAX keyword, or nowhere", "", "RAD_MAX"
    )
    rad_max_value: float | None = _field("directional cut where it is a keyword", "deg", "RAD_MAX")
    lo_thres: float | None = _field("energy threshold of the effective area", "TeV", "LO_THRES")
    hi_thres: float | None = _field("upper end of its safe energy range", "TeV", "HI_THRES")
    wobble_offset: float | None = _field("distance of the pointing from the source", "deg", "derived")
    wobble_angle: float | None = _field(
        "direction of the pointing from the source, from east towards north as in MAGIC's file names",
        "deg",
        "derived",
    )
    bytes: int = Field(
        description="size of the file", json_schema_extra={"unit": "bytes", "header": "file system"}
    )
    hdus: tuple[Hdu, ...] = Field(
        description="the HDUs that an analysis reads, in the order of the file",
        json_schema_extra={"unit": "", "header": "HDUCLAS1 to HDUCLAS4, else EXTNAME"},
    )
