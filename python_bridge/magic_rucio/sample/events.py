"""The events of one synthetic run: signal by the target's spectrum, background around the pointing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from magic_rucio.sample.response import (
    BACKGROUND_RATE,
    BACKGROUND_WIDTH,
    CONTAINMENT,
    ENERGY_RESOLUTION,
    SIGMA_OF_RADIUS,
    Array,
    background_energies,
    effective_area,
    rad_max,
)
from magic_rucio.sample.schedule import Run

ENERGIES = np.geomspace(0.01, 100, 4001)
"""True energies in TeV on which the spectrum is sampled."""

BACKGROUND_ENERGIES = np.geomspace(0.02, 50, 3001)

SQUARE_METRES = 1e4
"""cm2 in a m2."""


@dataclass(frozen=True, slots=True)
class Events:
    """Columns of an EVENTS table, in time order: seconds since the start, degrees, TeV."""

    time: Array
    ra: Array
    dec: Array
    energy: Array


def draw_events(run: Run, livetime: float, random: Any) -> Events:
    """Draw the events of a run.

    Parameters
    ----------
    run : Run
        Target, pointing and length.
    livetime : float
        Effective time in seconds.
    random : numpy.random.Generator
        Where chance comes from.
    """
    zenith = 90 - run.alt_pnt
    true_energy = _signal_energies(run, livetime, zenith, random)
    energy = true_energy * np.maximum(random.normal(1, ENERGY_RESOLUTION, true_energy.size), 0.05)
    # Tied to the cut at the estimated energy, so that the cut holds the same share everywhere.
    ra, dec = _scatter(run.target.ra, run.target.dec, SIGMA_OF_RADIUS * rad_max(energy), random)
    count = random.poisson(BACKGROUND_RATE * livetime)
    noise = _draw(BACKGROUND_ENERGIES, background_energies(BACKGROUND_ENERGIES, zenith), count, random)
    noise_ra, noise_dec = _scatter(run.ra_pnt, run.dec_pnt, np.full(count, BACKGROUND_WIDTH), random)
    time = random.uniform(0, run.ontime, energy.size + count)
    order = np.argsort(time)
    return Events(
        time=time[order],
        ra=np.concatenate([ra, noise_ra])[order],
        dec=np.concatenate([dec, noise_dec])[order],
        energy=np.concatenate([energy, noise])[order],
    )


def _signal_energies(run: Run, livetime: float, zenith: float, random: Any) -> Array:
    target = run.target
    flux = target.amplitude * ENERGIES ** -(target.alpha + target.beta * np.log(ENERGIES))
    density = flux * effective_area(ENERGIES, zenith) * SQUARE_METRES * livetime / CONTAINMENT
    return _draw(ENERGIES, density, random.poisson(_steps(ENERGIES, density).sum()), random)


def _steps(grid: Array, density: Array) -> Array:
    return np.asarray(np.diff(grid) * (density[1:] + density[:-1]) / 2)


def _draw(grid: Array, density: Array, count: int, random: Any) -> Array:
    cumulative = np.concatenate([[0], np.cumsum(_steps(grid, density))])
    return np.asarray(np.interp(random.uniform(0, cumulative[-1], count), cumulative, grid))


def _scatter(ra: float, dec: float, width: Array, random: Any) -> tuple[Array, Array]:
    """Directions around a centre, Gaussian in both axes of the tangent; degrees."""
    distance = np.radians(width * np.sqrt(-2 * np.log1p(-random.uniform(0, 1, width.size))))
    angle = random.uniform(0, 2 * np.pi, width.size)
    delta = np.radians(dec)
    new_dec = np.arcsin(np.sin(delta) * np.cos(distance) + np.cos(delta) * np.sin(distance) * np.cos(angle))
    shift = np.arctan2(
        np.sin(angle) * np.sin(distance) * np.cos(delta),
        np.cos(distance) - np.sin(delta) * np.sin(new_dec),
    )
    return (ra + np.degrees(shift)) % 360, np.degrees(new_dec)
