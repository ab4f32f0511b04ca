"""The response of the imagined telescopes: close to MAGIC's, but nobody's measurement."""

from __future__ import annotations

from math import cos, erf, log, radians, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

CONTAINMENT = 0.75
"""Share of the signal within RAD_MAX, at every energy."""

ENERGY_RESOLUTION = 0.18
"""Standard deviation of estimated over true energy; no bias."""

FULL_AREA = 1.1e5
"""Effective area in m2 well above the threshold, at the zenith, within RAD_MAX."""

BACKGROUND_RATE = 9.0
"""Events per second in the whole field of view."""

BACKGROUND_WIDTH = 0.8
"""Standard deviation in degrees of the background around the pointing."""

BACKGROUND_INDEX = 2.7

SIGMA_OF_RADIUS: float = 1 / sqrt(-2 * log(1 - CONTAINMENT))
"""Gaussian width over the radius that holds `CONTAINMENT`."""


def threshold(zenith: float) -> float:
    """Energy threshold in TeV at a zenith distance in degrees; rises as the showers get farther away."""
    return float(0.08 * cos(radians(zenith)) ** -2.3)


def effective_area(energy: Array, zenith: float) -> Array:
    """Area in m2 within RAD_MAX at true energies in TeV."""
    half = 1.7 * threshold(zenith)
    return np.asarray(FULL_AREA * cos(radians(zenith)) ** -0.7 / (1 + (energy / half) ** -2.5))


def rad_max(energy: Array) -> Array:
    """Directional cut in degrees at estimated (or true) energies in TeV."""
    return np.clip(0.19 * (energy / 0.1) ** -0.33, 0.10, 0.39)


def background_energies(energy: Array, zenith: float) -> Array:
    """Density in 1/TeV, not normalised, of estimated background energies in TeV."""
    return np.asarray(energy**-BACKGROUND_INDEX / (1 + (energy / threshold(zenith)) ** -4))


def energy_migration(low: Array, high: Array) -> Array:
    """Mean density of estimated over true energy in each bin (the same at all energies)."""
    return np.array([(_below(b) - _below(a)) / (b - a) for a, b in zip(low, high, strict=True)])


def _below(migration: float) -> float:
    return (1 + erf((migration - 1) / ENERGY_RESOLUTION / sqrt(2))) / 2


def log_edges(low: float, high: float, per_decade: int) -> Array:
    """Energy edges in TeV, evenly spaced in the logarithm."""
    return np.geomspace(low, high, round(np.log10(high / low) * per_decade) + 1)


def generator(*seeds: int) -> Any:
    """A random generator that depends on the seeds alone."""
    return np.random.default_rng([abs(seed) for seed in seeds])
