"""Where things stand in the sky above La Palma, to a few hundredths of a degree: good for a schedule."""

from __future__ import annotations

from math import asin, atan2, cos, degrees, radians, sin

GEOLON = -17.89
GEOLAT = 28.761944
ALTITUDE = 2231.28


def altitude_azimuth(ra: float, dec: float, mjd: float) -> tuple[float, float]:
    """Altitude and azimuth (from north through east) in degrees of a direction at a UTC date."""
    # Meeus, Astronomical Algorithms, eq. 12.4 without the secular terms.
    sidereal = 280.46061837 + 360.98564736629 * (mjd - 51544.5) + GEOLON
    hour_angle = radians(sidereal - ra)
    delta, phi = radians(dec), radians(GEOLAT)
    altitude = asin(sin(phi) * sin(delta) + cos(phi) * cos(delta) * cos(hour_angle))
    azimuth = atan2(
        -cos(delta) * sin(hour_angle),
        sin(delta) * cos(phi) - cos(delta) * sin(phi) * cos(hour_angle),
    )
    return degrees(altitude), degrees(azimuth) % 360


def sun_altitude(mjd: float) -> float:
    """Altitude of the Sun in degrees (the low-precision formula of the Astronomical Almanac)."""
    days = mjd - 51544.5
    anomaly = radians(357.528 + 0.9856003 * days)
    longitude = radians(280.460 + 0.9856474 * days + 1.915 * sin(anomaly) + 0.020 * sin(2 * anomaly))
    obliquity = radians(23.439)
    ra = degrees(atan2(cos(obliquity) * sin(longitude), cos(longitude)))
    dec = degrees(asin(sin(obliquity) * sin(longitude)))
    return altitude_azimuth(ra, dec, mjd)[0]


def wobble_pointing(ra: float, dec: float, offset: float, angle: float) -> tuple[float, float]:
    """The direction `offset` degrees away from a source at MAGIC's wobble angle (from east to north)."""
    position_angle = radians(90 - angle)
    distance, delta = radians(offset), radians(dec)
    pointing_dec = asin(sin(delta) * cos(distance) + cos(delta) * sin(distance) * cos(position_angle))
    shift = atan2(
        sin(position_angle) * sin(distance) * cos(delta),
        cos(distance) - sin(delta) * sin(pointing_dec),
    )
    return (ra + degrees(shift)) % 360, degrees(pointing_dec)
