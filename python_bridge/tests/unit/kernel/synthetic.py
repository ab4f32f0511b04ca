"""Small DL3 files and rows for tests of what needs headers, not physics."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits

from magic_rucio.kernel.columns import Row

MAGIC = {
    "OBJECT": "CrabNebula",
    "RA_OBJ": 83.63333,
    "DEC_OBJ": 22.01444,
    "RA_PNT": 83.98333,
    "DEC_PNT": 22.24389,
    "ALT_PNT": 69.7,
    "AZ_PNT": 103.9,
    "TSTART": 333778852.435217,
    "TSTOP": 333780040.5,
    "ONTIME": 1188.11,
    "LIVETIME": 1178.07,
    "DEADC": 0.991545,
    "MJDREFI": 52706,
    "MJDREFF": 0.0,
    "TIMESYS": "UTC",
    "TIMEREF": "local",
    "TIMEUNIT": "s",
    "TELESCOP": "MAGIC",
    "INSTRUME": "MAGIC stereo",
    "CREATOR": "MAGIC_DL3",
    "OBS_MODE": "POINTING",
}
POINT_LIKE = (
    ("events", "events", "EVENTS"),
    ("gti", "gti", "GTI"),
    ("aeff", "aeff_2d", "EFFECTIVE AREA"),
    ("edisp", "edisp_2d", "ENERGY DISPERSION"),
)
WITH_RAD_MAX = (*POINT_LIKE, ("rad_max", "rad_max_2d", "RAD_MAX"))
FULL_ENCLOSURE = (*POINT_LIKE, ("psf", "psf_3gauss", "PSF"), ("bkg", "bkg_3d", "BKG"))


def row(obs_id: int, path: Path | str | None = None, **changes: Any) -> Row:
    """A catalogue's row of a MAGIC run; keyword arguments change its metadata."""
    observation = {
        "obs_id": obs_id,
        "target": "CrabNebula",
        "hdus": WITH_RAD_MAX,
        **{key.lower(): value for key, value in MAGIC.items() if key not in ("OBJECT", "TELESCOP")},
    }
    created = changes.pop("created", None)
    did = changes.pop("did", f"magic:run{obs_id}.fits")
    where = str(path) if path is not None else f"/nowhere/run{obs_id}.fits"
    return Row(did, where, {**observation, **changes}, created=created)


def write_dl3(path: Path, obs_id: int, *, named_only: bool = False) -> Path:
    """Write a file whose headers are a MAGIC file's; its tables are empty.

    With `named_only` the HDUs are told by EXTNAME alone, as magic-cta-pipe writes them.
    """
    classes = {
        "EVENTS": {"HDUCLAS1": "EVENTS"},
        "GTI": {"HDUCLAS1": "GTI"},
        "RAD_MAX": {"HDUCLAS1": "RESPONSE", "HDUCLAS2": "RAD_MAX", "HDUCLAS4": "RAD_MAX_2D"},
        "EFFECTIVE AREA": {"HDUCLAS1": "RESPONSE", "HDUCLAS2": "EFF_AREA", "HDUCLAS4": "AEFF_2D"},
        "ENERGY DISPERSION": {"HDUCLAS1": "RESPONSE", "HDUCLAS2": "EDISP", "HDUCLAS4": "EDISP_2D"},
        "GH_CUTS": {},
    }
    hdus: list[Any] = [fits.PrimaryHDU()]
    for name, keys in classes.items():
        table = fits.BinTableHDU.from_columns([fits.Column("X", "D", array=np.zeros(3))], name=name)
        if not named_only:
            table.header.update(keys)
        if name == "EVENTS":
            table.header.update({"OBS_ID": obs_id, **MAGIC})
        hdus.append(table)
    fits.HDUList(hdus).writeto(path)
    return path
