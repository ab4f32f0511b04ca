"""Where the telescopes point relative to the source."""

from __future__ import annotations

from math import asin, atan2, cos, degrees, hypot, radians, sin, sqrt

ON_SOURCE = 1e-3
"""Offset in degrees below which a run is not wobbled and its angle is noise."""


def wobble(
    ra_pnt: float | None, dec_pnt: float | None, ra_obj: float | None, dec_obj: float | None
) -> tuple[float | None, float | None]:
    """Offset and angle of the pointing as seen from the source.

    Parameters
    ----------
    ra_pnt, dec_pnt, ra_obj, dec_obj : float
        Equatorial coordinates in degrees.

    Returns
    -------
    offset : float
        Angular distance in degrees.
        Nothing where a coordinate is missing or out of range.
    angle : float
        MAGIC's wobble angle in degrees, as in `W0.40+035`: from increasing right ascension towards north
        (90 minus the position angle), in [0, 360); nothing on source.
    """
    if ra_pnt is None or dec_pnt is None or ra_obj is None or dec_obj is None:
        return None, None
    # Some files hold -999 or worse for a direction that is not known.
    if max(abs(dec_pnt), abs(dec_obj)) > 90 or max(abs(ra_pnt), abs(ra_obj)) > 360:
        return None, None
    delta = radians(ra_pnt - ra_obj)
    pnt, obj = radians(dec_pnt), radians(dec_obj)
    half = sin((pnt - obj) / 2) ** 2 + cos(pnt) * cos(obj) * sin(delta / 2) ** 2
    offset = degrees(2 * asin(sqrt(min(1.0, half))))
    east = cos(pnt) * sin(delta)
    north = cos(obj) * sin(pnt) - sin(obj) * cos(pnt) * cos(delta)
    if offset < ON_SOURCE or hypot(east, north) == 0:
        return offset, None
    # Twice, as the remainder of a tiny negative angle rounds to 360.
    return offset, degrees(atan2(north, east)) % 360 % 360
