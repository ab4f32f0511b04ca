"""Tables of the instrument response, in GADF's form."""

from __future__ import annotations

from typing import Any

import numpy as np
from astropy.io import fits

from magic_rucio.sample.keywords import GADF, Keywords
from magic_rucio.sample.response import (
    BACKGROUND_RATE,
    BACKGROUND_WIDTH,
    CONTAINMENT,
    SIGMA_OF_RADIUS,
    Array,
    background_energies,
    effective_area,
    energy_migration,
    log_edges,
    rad_max,
    threshold,
)
from magic_rucio.sample.schedule import WOBBLE_OFFSET, Run

TRUE_EDGES = log_edges(0.01, 100, 10)
ESTIMATED_EDGES = log_edges(0.01, 100, 5)
MIGRATION_EDGES = np.linspace(0.2, 2.0, 46)
POINT_LIKE_OFFSETS = np.array([WOBBLE_OFFSET - 0.05, WOBBLE_OFFSET + 0.05])
FULL_OFFSETS = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 2.5])
FIELD_EDGES = np.linspace(-3, 3, 31)

FIXED_CUT = 0.1414213
"""The joint-crab files' RAD_MAX in degrees."""


def point_like_irfs(run: Run, *, fixed_cut: bool) -> list[Any]:
    """RAD_MAX (unless the cut is fixed), effective area and energy dispersion."""
    cut: Keywords = {"RAD_MAX": FIXED_CUT} if fixed_cut else {}
    irfs = [
        _effective_area(run, POINT_LIKE_OFFSETS, _area(run, fixed_cut), "POINT-LIKE", cut),
        _energy_dispersion(POINT_LIKE_OFFSETS, "POINT-LIKE", cut),
    ]
    return irfs if fixed_cut else [_rad_max_table(), *irfs]


def full_enclosure_irfs(run: Run) -> list[Any]:
    """Effective area without a directional cut, energy dispersion, PSF and background."""
    area = _area(run, fixed_cut=False) / CONTAINMENT
    return [
        _effective_area(run, FULL_OFFSETS, area, "FULL-ENCLOSURE", {}),
        _energy_dispersion(FULL_OFFSETS, "FULL-ENCLOSURE", {}),
        _psf(),
        _background(run),
    ]


def _centres(edges: Array) -> Array:
    return np.asarray(np.sqrt(edges[1:] * edges[:-1]))


def _area(run: Run, fixed_cut: bool) -> Array:
    energy = _centres(TRUE_EDGES)
    area = effective_area(energy, 90 - run.alt_pnt)
    if fixed_cut:
        width = SIGMA_OF_RADIUS * rad_max(energy)
        area = area / CONTAINMENT * -np.expm1(-((FIXED_CUT / width) ** 2) / 2)
    return area


def _effective_area(run: Run, offsets: Array, area: Array, enclosure: str, more: Keywords) -> Any:
    keywords: Keywords = {"OBS_ID": run.obs_id, "LO_THRES": round(threshold(90 - run.alt_pnt), 6), **more}
    columns = [
        *_axis("ENERG", TRUE_EDGES, "TeV"),
        *_axis("THETA", offsets, "deg"),
        ("EFFAREA", np.tile(area, (len(offsets) - 1, 1)), "m2"),
    ]
    return _table("EFFECTIVE AREA", columns, ("EFF_AREA", enclosure, "AEFF_2D"), keywords)


def _energy_dispersion(offsets: Array, enclosure: str, more: Keywords) -> Any:
    density = energy_migration(MIGRATION_EDGES[:-1], MIGRATION_EDGES[1:])
    shape = (len(offsets) - 1, density.size, len(TRUE_EDGES) - 1)
    columns = [
        *_axis("ENERG", TRUE_EDGES, "TeV"),
        *_axis("MIGRA", MIGRATION_EDGES, ""),
        *_axis("THETA", offsets, "deg"),
        ("MATRIX", np.broadcast_to(density[None, :, None], shape), ""),
    ]
    return _table("ENERGY DISPERSION", columns, ("EDISP", enclosure, "EDISP_2D"), more)


def _rad_max_table() -> Any:
    columns = [
        *_axis("ENERG", ESTIMATED_EDGES, "TeV"),
        *_axis("THETA", POINT_LIKE_OFFSETS, "deg"),
        ("RAD_MAX", rad_max(_centres(ESTIMATED_EDGES))[None, :], "deg"),
    ]
    return _table("RAD_MAX", columns, ("RAD_MAX", "POINT-LIKE", "RAD_MAX_2D"), {})


def _psf() -> Any:
    shape = (len(FULL_OFFSETS) - 1, len(TRUE_EDGES) - 1)
    width = np.broadcast_to(SIGMA_OF_RADIUS * rad_max(_centres(TRUE_EDGES)), shape)
    # SCALE makes the integral over the sky one; the second and third Gaussian are not used.
    scale = 1 / (2 * np.pi * np.radians(width) ** 2)
    columns = [
        *_axis("ENERG", TRUE_EDGES, "TeV"),
        *_axis("THETA", FULL_OFFSETS, "deg"),
        ("SCALE", scale, "sr-1"),
        ("SIGMA_1", width, "deg"),
        ("AMPL_2", np.zeros(shape), ""),
        ("SIGMA_2", width, "deg"),
        ("AMPL_3", np.zeros(shape), ""),
        ("SIGMA_3", width, "deg"),
    ]
    return _table("PSF", columns, ("RPSF", "FULL-ENCLOSURE", "PSF_3GAUSS"), {})


def _background(run: Run) -> Any:
    fine = np.geomspace(0.02, 50, 3001)
    density = background_energies(fine, 90 - run.alt_pnt)
    total = np.sum(np.diff(fine) * (density[1:] + density[:-1]) / 2)
    energy = _centres(ESTIMATED_EDGES)
    inside = (energy > fine[0]) & (energy < fine[-1])
    per_mev = np.where(inside, background_energies(energy, 90 - run.alt_pnt), 0) / total / 1e6
    centres = (FIELD_EDGES[1:] + FIELD_EDGES[:-1]) / 2
    square = centres[:, None] ** 2 + centres[None, :] ** 2
    per_sr = np.exp(-square / BACKGROUND_WIDTH**2 / 2) / (2 * np.pi * np.radians(BACKGROUND_WIDTH) ** 2)
    columns = [
        *_axis("DETX", FIELD_EDGES, "deg"),
        *_axis("DETY", FIELD_EDGES, "deg"),
        *_axis("ENERG", ESTIMATED_EDGES, "TeV"),
        ("BKG", BACKGROUND_RATE * per_mev[:, None, None] * per_sr[None, :, :], "s-1 MeV-1 sr-1"),
    ]
    return _table("BKG", columns, ("BKG", "FULL-ENCLOSURE", "BKG_3D"), {"FOVALIGN": "RADEC"})


def _axis(name: str, edges: Array, unit: str) -> list[tuple[str, Array, str]]:
    return [(f"{name}_LO", edges[:-1], unit), (f"{name}_HI", edges[1:], unit)]


def _table(
    name: str, columns: list[tuple[str, Array, str]], classes: tuple[str, str, str], keywords: Keywords
) -> Any:
    made = []
    for column, values, unit in columns:
        dimensions = "(" + ", ".join(str(length) for length in reversed(values.shape)) + ")"
        made.append(
            fits.Column(
                name=column,
                format=f"{values.size}E",
                unit=unit or None,
                dim=dimensions if values.ndim > 1 else None,
                array=np.asarray(values, dtype=">f4")[None],
            )
        )
    hdu = fits.BinTableHDU.from_columns(made, name=name)
    hdu.header.update(GADF | {"HDUCLAS1": "RESPONSE"})
    hdu.header.update({f"HDUCLAS{number}": word for number, word in enumerate(classes, start=2)})
    hdu.header.update(keywords)
    return hdu
