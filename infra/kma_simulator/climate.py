"""Seoul's climate as smooth curves of the day of the year, and how large departures from it are by season.

Monthly values are rounded from the KMA's climate normals and long-term statistics of station 108.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

# January … December.
_MONTHLY: Final = {
    "temperature": (-1.9, 0.6, 6.6, 12.9, 18.6, 23.0, 25.9, 26.5, 21.9, 15.3, 7.8, 0.0),  # °C, daily mean
    "dew_point": (-11.2, -9.5, -3.2, 2.6, 9.0, 15.5, 20.8, 20.9, 14.7, 7.2, -0.4, -8.6),  # °C
    "diurnal_range": (6.1, 6.8, 7.8, 8.6, 8.6, 7.4, 5.6, 5.8, 7.3, 7.8, 6.7, 6.0),  # °C, at mean cloud
    "sea_level_pressure": (1024, 1023, 1019, 1015, 1011, 1008, 1007, 1008, 1013.5, 1019.5, 1022, 1024),  # hPa
    "cloud": (3.8, 4.0, 4.3, 4.8, 5.1, 6.0, 7.2, 6.6, 5.5, 4.1, 4.4, 3.9),  # tenths
    "rain_chance": (0.016, 0.021, 0.027, 0.05, 0.06, 0.07, 0.125, 0.105, 0.063, 0.04, 0.033, 0.02),  # an hour
    "rain_rate": (0.8, 0.9, 1.1, 1.5, 1.6, 2.1, 4.2, 4.0, 2.5, 1.5, 1.1, 0.8),  # mm/h while it rains
    "temperature_spread": (4.5, 4.1, 3.6, 3.3, 2.9, 2.4, 2.3, 2.2, 2.4, 3.1, 3.9, 4.6),  # °C
    "dew_point_spread": (6.4, 6.4, 6.2, 5.8, 4.6, 3.3, 2.2, 2.3, 3.9, 5.0, 5.7, 6.3),  # °C
    "pressure_spread": (5.2, 5.2, 5.3, 5.1, 4.5, 3.8, 3.4, 3.5, 4.3, 4.6, 4.9, 5.2),  # hPa
    "wind": (2.6, 2.8, 2.9, 2.9, 2.7, 2.5, 2.6, 2.5, 2.4, 2.4, 2.5, 2.6),  # m/s
}

_HARMONICS: Final = 4


def seasonal(name: str, day_of_year: Array) -> Array:
    """Return the value of curve `name` (see `_MONTHLY`) on each (fractional) day of the year."""
    months = (np.arange(12) + 0.5) / 12 * 365.25
    coefficients = np.linalg.lstsq(_basis(months), np.asarray(_MONTHLY[name], dtype=float), rcond=None)[0]
    curve: Array = _basis(day_of_year) @ coefficients
    return curve


def _basis(day_of_year: Array) -> Array:
    angle = 2 * np.pi * day_of_year[:, None] / 365.25 * np.arange(1, _HARMONICS + 1)
    return np.hstack([np.ones((len(day_of_year), 1)), np.cos(angle), np.sin(angle)])
