"""Read what the catalogue did not know from the files themselves, by astropy, when it is asked for."""

from __future__ import annotations

from typing import Any

from .errors import AttachmentError
from .gammapy_import import astropy_module

CLASSES = {
    "EFF_AREA": ("aeff", "aeff_2d"),
    "EDISP": ("edisp", "edisp_2d"),
    "RPSF": ("psf", "psf_table"),
    "PSF": ("psf", "psf_table"),
    "BKG": ("bkg", "bkg_2d"),
    "RAD_MAX": ("rad_max", "rad_max_2d"),
}
"""HDUCLAS2 of a response -> HDU_TYPE, HDU_CLASS where HDUCLAS4 is missing."""

NAMES = {
    "EVENTS": ("events", "events"),
    "GTI": ("gti", "gti"),
    "EFFECTIVE AREA": ("aeff", "aeff_2d"),
    "ENERGY DISPERSION": ("edisp", "edisp_2d"),
    "RAD_MAX": ("rad_max", "rad_max_2d"),
    "PSF": ("psf", "psf_table"),
    "BACKGROUND": ("bkg", "bkg_2d"),
    "BKG": ("bkg", "bkg_2d"),
}
"""EXTNAME -> the same, for files without HDUCLASn (MAGIC+LST)."""

NUMBERS = (
    *("RA_PNT", "DEC_PNT", "RA_OBJ", "DEC_OBJ", "ALT_PNT", "AZ_PNT", "ZEN_PNT"),
    *("TSTART", "TSTOP", "MJDREFF", "ONTIME", "LIVETIME", "DEADC"),
)
WORDS = {
    "OBJECT": "target",
    "TIMESYS": "timesys",
    "TIMEREF": "timeref",
    "TIMEUNIT": "timeunit",
    "TELESCOP": "telescope",
    "INSTRUME": "instrument",
    "CREATOR": "creator",
    "OBS_MODE": "obs_mode",
}


def read_observation(path: str) -> dict[str, Any]:
    """Read the headers of a DL3 file: what `Row.observation` wants.

    Raises
    ------
    AttachmentError
        Where the file is missing, unreadable, not FITS, or has no table EVENTS.
    """
    fits = astropy_module("io.fits")
    found: dict[str, Any] = {"hdus": []}
    try:
        with fits.open(path, memmap=True) as file:
            for hdu in file[1:]:
                _add(found, hdu.header, hdu.name)
    except OSError as error:
        raise AttachmentError(
            f"{path} cannot be read: {error.strerror or error}",
            code="unreadable",
            advice="Check that it is there (.check()) and whole.",
        ) from None
    if found.get("obs_id") is None:
        raise AttachmentError(
            f"{path} is a FITS file without DL3 events.",
            code="not-dl3",
            advice="Leave it out, or look at it with astropy.",
        )
    return found


def _add(found: dict[str, Any], header: Any, name: str) -> None:
    triple = classify(header, name)
    if triple is None:
        return
    found["hdus"].append(triple)
    if triple[0] == "events":
        for key in NUMBERS:
            found[key.lower()] = _number(header.get(key))
        for key in ("OBS_ID", "MJDREFI"):
            found[key.lower()] = _integer(header.get(key))
        for key, column in WORDS.items():
            value = str(header.get(key) or "").strip()
            found[column] = value or None
        found["event_count"] = _integer(header.get("NAXIS2"))
        if found["zen_pnt"] is None and found["alt_pnt"] is not None:
            found["zen_pnt"] = 90.0 - found["alt_pnt"]
    elif triple[0] == "aeff":
        found["lo_thres"] = _number(header.get("LO_THRES"))
        found["rad_max_value"] = _number(header.get("RAD_MAX"))


def classify(header: Any, name: str) -> tuple[str, str, str] | None:
    """Say what a table is in GADF's terms; None for what is no part of DL3."""
    first = str(header.get("HDUCLAS1") or "").strip().upper()
    if first in ("EVENTS", "GTI"):
        return (first.lower(), first.lower(), name)
    second = str(header.get("HDUCLAS2") or "").strip().upper()
    if first == "RESPONSE" and second in CLASSES:
        kind, usual = CLASSES[second]
        return (kind, str(header.get("HDUCLAS4") or usual).strip().lower(), name)
    named = NAMES.get(name.strip().upper())
    return None if named is None else (*named, name)


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _integer(value: Any) -> int | None:
    number = value if isinstance(value, int) else _number(value)
    return None if number is None or not abs(number) < 2**62 else int(number)
