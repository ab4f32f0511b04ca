"""A synthetic DL3 file, whole, in memory."""

from __future__ import annotations

import gzip as gzip_module
import io
from typing import Any

import numpy as np
from astropy.io import fits

from magic_rucio.sample.events import Events, draw_events
from magic_rucio.sample.irfs import full_enclosure_irfs, point_like_irfs
from magic_rucio.sample.keywords import (
    DEAD_TIME_CORRECTION,
    GADF,
    Keywords,
    event_keywords,
    start_and_time_keywords,
)
from magic_rucio.sample.response import generator
from magic_rucio.sample.schedule import Run
from magic_rucio.sample.variants import Variant


def dl3_bytes(run: Run, seed: int, variant: Variant, gzip: bool) -> bytes:
    """The bytes of a run's file; the same for the same arguments."""
    tstart, time = start_and_time_keywords(run, variant)
    events = draw_events(run, run.ontime * DEAD_TIME_CORRECTION, generator(seed, run.obs_id))
    primary = _primary(run)
    hdus = [
        primary,
        _events(events, tstart, event_keywords(run, variant, tstart, time)),
        _gti(run, tstart, time),
    ]
    if variant is Variant.FULL:
        hdus += full_enclosure_irfs(run)
    else:
        hdus += point_like_irfs(run, fixed_cut=variant is Variant.KEYWORD)
    if variant is Variant.LST:
        hdus += _extras(run, tstart, time)
    for hdu in hdus:
        # Without `when`, astropy writes the present time into the comment: no two files would be equal.
        hdu.add_checksum(when="of the HDU as written")
    buffer = io.BytesIO()
    fits.HDUList(hdus).writeto(buffer)
    return gzip_module.compress(buffer.getvalue(), 6, mtime=0) if gzip else buffer.getvalue()


def _primary(run: Run) -> Any:
    """A primary HDU that says what the data are, and which spectrum an analysis should find."""
    hdu = fits.PrimaryHDU()
    hdu.header["COMMENT"] = "Synthetic data written by magic-rucio sample: not an observation."
    hdu.header["COMMENT"] = "Input: dN/dE = SIM_AMPL E**-(SIM_ALPH + SIM_BETA ln E), E in TeV."
    hdu.header["SIM_AMPL"] = (run.target.amplitude, "[cm-2 s-1 TeV-1] flux at 1 TeV")
    hdu.header["SIM_ALPH"] = (run.target.alpha, "index at 1 TeV")
    hdu.header["SIM_BETA"] = (run.target.beta, "curvature")
    return hdu


def _events(events: Events, tstart: float, keywords: Keywords) -> Any:
    columns = [
        fits.Column("EVENT_ID", "K", array=np.arange(1, events.time.size + 1)),
        fits.Column("TIME", "D", unit="s", array=tstart + events.time),
        fits.Column("RA", "E", unit="deg", array=events.ra),
        fits.Column("DEC", "E", unit="deg", array=events.dec),
        fits.Column("ENERGY", "E", unit="TeV", array=events.energy),
    ]
    return _table("EVENTS", columns, keywords)


def _gti(run: Run, tstart: float, time: Keywords) -> Any:
    columns = [
        fits.Column("START", "D", unit="s", array=np.array([tstart])),
        fits.Column("STOP", "D", unit="s", array=np.array([tstart + run.ontime])),
    ]
    return _table("GTI", columns, {**GADF, "HDUCLAS1": "GTI", **time})


def _extras(run: Run, tstart: float, time: Keywords) -> list[Any]:
    """The HDUs that magic-cta-pipe adds and an analysis does not read."""
    pointing = [
        fits.Column("TIME", "D", unit="s", array=np.array([tstart])),
        fits.Column("RA_PNT", "D", unit="deg", array=np.array([run.ra_pnt])),
        fits.Column("DEC_PNT", "D", unit="deg", array=np.array([run.dec_pnt])),
    ]
    cuts = [
        fits.Column("ENERG_LO", "10E", unit="TeV", array=np.geomspace(0.01, 10, 10)[None]),
        fits.Column("GH_CUTS", "10E", array=np.full((1, 10), 0.5)),
    ]
    return [
        _table("POINTING", pointing, {**GADF, "HDUCLAS1": "POINTING", **time}),
        _table("GH_CUTS", cuts, {"HDUCLAS1": "RESPONSE", "HDUCLAS2": "GH_CUTS", "HDUCLAS3": "POINT-LIKE"}),
    ]


def _table(name: str, columns: list[Any], keywords: Keywords) -> Any:
    hdu = fits.BinTableHDU.from_columns(columns, name=name)
    hdu.header.update(keywords)
    return hdu
