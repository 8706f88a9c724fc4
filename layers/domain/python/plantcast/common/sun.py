"""The sun's elevation: one formula for quality checks and features."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def sine_of_elevation(day: Floats, latitude: float, longitude: float) -> Floats:
    """Return the sine of the sun's elevation, negative at night: declination and equation of time after
    Spencer (1971).

    Args:
        day: days since the year began, UTC, with fractions.
        latitude, longitude: degrees north and east.
    """
    angle = 2 * np.pi * day / 365.25
    declination = (
        0.006918
        - 0.399912 * np.cos(angle)
        + 0.070257 * np.sin(angle)
        - 0.006758 * np.cos(2 * angle)
        + 0.000907 * np.sin(2 * angle)
        - 0.002697 * np.cos(3 * angle)
        + 0.00148 * np.sin(3 * angle)
    )
    equation_of_time = 229.18 * (
        0.000075
        + 0.001868 * np.cos(angle)
        - 0.032077 * np.sin(angle)
        - 0.014615 * np.cos(2 * angle)
        - 0.040849 * np.sin(2 * angle)
    )
    minutes = day % 1 * 1440 + equation_of_time + 4 * longitude
    hour_angle = np.deg2rad(minutes / 4 - 180)
    place = np.deg2rad(latitude)
    return np.asarray(
        np.sin(place) * np.sin(declination) + np.cos(place) * np.cos(declination) * np.cos(hour_angle)
    )
