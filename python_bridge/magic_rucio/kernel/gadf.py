"""GADF index tables made from metadata: no file is opened.

The tables are those of https://gamma-astro-data-formats.readthedocs.io, data_storage/hdu_index and
obs_index, in memory. FILE_DIR is absolute, so that files may lie anywhere.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any

from .columns import FLOATS, INTEGERS, Hdus, Runs
from .errors import AttachmentError, listing
from .gammapy_import import gammapy_data
from .times import one_reference

KNOWN_TYPES = frozenset({"events", "gti", "aeff", "edisp", "psf", "bkg", "rad_max"})
"""HDU types that gammapy looks up; others (POINTING, GH_CUTS) stay out of the index."""

IRFS = ("aeff", "edisp", "psf", "bkg", "rad_max")

OBSERVATION_COLUMNS = {
    name.upper(): name
    for name in (*FLOATS, *INTEGERS, "night", "telescope", "instrument", "creator", "obs_mode", "irf_type")
    if name not in ("created", "mjdrefi", "mjdreff", "obs_id")
}
"""Column of the observation table -> column of the runs."""

UNITS = {
    **dict.fromkeys(("RA_PNT", "DEC_PNT", "RA_OBJ", "DEC_OBJ", "ALT_PNT", "AZ_PNT", "ZEN_PNT"), "deg"),
    **dict.fromkeys(("RAD_MAX_VALUE", "WOBBLE_OFFSET", "WOBBLE_ANGLE"), "deg"),
    **dict.fromkeys(("TSTART", "TSTOP", "ONTIME", "LIVETIME"), "s"),
    **dict.fromkeys(("LO_THRES", "HI_THRES"), "TeV"),
    "BYTES": "byte",
}


def irfs_of(hdus: Hdus | None) -> frozenset[str]:
    """Return the types of instrument response a run has."""
    return frozenset(kind for kind, _, _ in hdus or ()) & set(IRFS)


def kind_of(hdus: Hdus | None) -> str:
    """Return "full-enclosure" for runs with a point-spread function, else "point-like"."""
    return "full-enclosure" if "psf" in irfs_of(hdus) else "point-like"


def required_irf(runs: Runs, indices: Sequence[int]) -> list[str]:
    """Choose what gammapy must find in every run: all that all of them have.

    gammapy's own default skips each MAGIC run, as they have no PSF and no background. What only some
    have (a RAD_MAX table) is used where it is there.

    Raises
    ------
    AttachmentError
        Where point-like and full-enclosure runs are mixed: no single analysis suits both.
    """
    sets = {runs.hdus.codes[i] for i in indices}
    hdus = [runs.hdus.values[code] for code in sets if code >= 0]
    kinds = {kind_of(entry) for entry in hdus}
    if len(kinds) > 1:
        counts = {k: sum(kind_of(runs.hdus.at(i)) == k for i in indices) for k in sorted(kinds)}
        raise AttachmentError(
            "These runs have different kinds of instrument response ("
            + ", ".join(f"{count} {kind}" for kind, count in counts.items())
            + "), which one analysis cannot treat alike.",
            code="mixed-irfs",
            advice='Take one kind: .select(irf="point-like") or .select(irf="full-enclosure").',
        )
    without = [i for i in indices if not irfs_of(runs.hdus.at(i)) >= {"aeff", "edisp"}]
    if 0 < len(without) < len(indices):
        raise AttachmentError(
            f"No effective area or energy dispersion in {listing([runs.dids[i] for i in without])}.",
            code="irf-missing",
            advice="Leave these runs out: .select(obs_ids=…), or say what you need: required_irf=[…].",
        )
    common = frozenset(IRFS).intersection(*map(irfs_of, hdus)) if hdus else frozenset()
    return [name for name in IRFS if name in common]


def data_store(runs: Runs, indices: Sequence[int]) -> Any:
    """Make a `gammapy.data.DataStore` of some of the runs."""
    data = gammapy_data()
    without = [runs.dids[i] for i in indices if runs.value("obs_id", i) is None or not runs.hdus.at(i)]
    if without:
        raise AttachmentError(
            f"No observation number or no tables are known of {listing(without)}: not DL3 files of GADF?",
            code="not-dl3",
            advice="Leave them out with .select(obs_ids=…), or look at them with astropy.",
        )
    return data.DataStore(
        hdu_table=hdu_table(runs, indices, data.HDUIndexTable),
        obs_table=observation_table(runs, indices, data.ObservationTable),
    )


def hdu_table(runs: Runs, indices: Sequence[int], table: Any) -> Any:
    """Make the HDU index: a row for each table of each file."""
    rows: list[tuple[int, str, str, str, str, str]] = []
    for i in indices:
        folder, name = os.path.split(os.path.abspath(runs.paths[i] or ""))
        obs_id = runs.integers["obs_id"][i]
        rows += [(obs_id, *hdu[:2], folder, name, hdu[2]) for hdu in runs.hdus.at(i) if hdu[0] in KNOWN_TYPES]
    names = ["OBS_ID", "HDU_TYPE", "HDU_CLASS", "FILE_DIR", "FILE_NAME", "HDU_NAME"]
    columns = [[row[k] for row in rows] for k in range(len(names))]
    made = table(columns, names=names, dtype=["i8"] + ["U"] * 5)
    made.meta.update(HDUCLASS="GADF", HDUCLAS1="INDEX", HDUCLAS2="HDU", HDUVERS="0.3")
    return made


def observation_table(runs: Runs, indices: Sequence[int], table: Any) -> Any:
    """Make the observation index; columns that no run has a value for stay out, but for GADF's own."""
    times, reference = one_reference(runs, indices)
    made = table()
    made["OBS_ID"] = [runs.integers["obs_id"][i] for i in indices]
    made["OBJECT"] = [runs.value("target", i) or "" for i in indices]
    for column, name in OBSERVATION_COLUMNS.items():
        values = times[name] if name in times else [runs.value(name, i) for i in indices]
        if all(value is None for value in values) and column not in ("RA_PNT", "DEC_PNT", "OBS_MODE"):
            continue
        made[column] = _filled(values, name)
        if column in UNITS:
            made[column].unit = UNITS[column]
    made.meta.update(HDUCLASS="GADF", HDUCLAS1="INDEX", HDUCLAS2="OBS", HDUVERS="0.3", **reference)
    return made


def _filled(values: Sequence[Any], name: str) -> list[Any]:
    if name in FLOATS or (name in INTEGERS and None in values):
        return [math.nan if value is None else float(value) for value in values]
    return [("" if value is None else value) for value in values] if name not in INTEGERS else list(values)
