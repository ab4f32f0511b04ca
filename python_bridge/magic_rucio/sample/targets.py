"""Sources that the synthetic runs look at, with the spectra that an analysis should find again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """A source with a log-parabola spectrum, dN/dE = amplitude x E^-(alpha + beta ln E), E in TeV.

    Parameters
    ----------
    name : str
        As in MAGIC's file names and in OBJECT.
    ra, dec : float
        Equatorial coordinates in degrees.
    amplitude : float
        In cm-2 s-1 TeV-1, at 1 TeV.
    alpha, beta : float
        Index at 1 TeV and curvature (natural logarithm, as in gammapy's `LogParabolaSpectralModel`).
    """

    name: str
    ra: float
    dec: float
    amplitude: float
    alpha: float
    beta: float


TARGETS = {
    target.name: target
    for target in (
        Target("CrabNebula", 83.63333, 22.01444, 3.39e-11, 2.51, 0.21),
        Target("Mrk421", 166.11381, 38.20883, 1.9e-11, 2.45, 0.30),
        Target("Mrk501", 253.46757, 39.76017, 8.0e-12, 2.40, 0.25),
        Target("1ES0806+524", 122.45494, 52.31618, 1.2e-12, 2.90, 0.20),
        Target("4C+39.12", 53.57683, 39.35672, 4.0e-13, 2.80, 0.10),
        Target("1ES1959+650", 299.99938, 65.14852, 6.0e-12, 2.50, 0.25),
        Target("NGC1275", 49.95067, 41.51170, 1.5e-12, 3.10, 0.30),
    )
}

ROTA = (
    "CrabNebula",
    "Mrk421",
    "1ES0806+524",
    "CrabNebula",
    "Mrk501",
    "4C+39.12",
    "Mrk421",
    "1ES1959+650",
    "NGC1275",
)
"""The order in which sessions take the targets: the Crab first and often, as in real schedules."""
