"""The few formulas the synthetic weather is held together by. All work on arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def vapour_pressure(dew_point: Array) -> Array:
    """Return the vapour pressure in hPa over water at `dew_point` °C (Magnus; Alduchov & Eskridge 1996)."""
    pressure: Array = 6.1094 * np.exp(17.625 * dew_point / (243.04 + dew_point))
    return pressure


def relative_humidity(temperature: Array, dew_point: Array) -> Array:
    """Return the relative humidity in % (0–100) from temperature and dew point in °C."""
    humidity: Array = np.clip(100 * vapour_pressure(dew_point) / vapour_pressure(temperature), 0, 100)
    return humidity


def sine_of_elevation(day_of_year: Array, hour: Array, latitude: float, longitude: float) -> Array:
    """Return the sine of the sun's elevation at KST `hour` (fractional); negative below the horizon.

    Declination and equation of time after Spencer (1971).
    """
    angle = 2 * np.pi * (day_of_year - 1) / 365
    declination = (
        0.006918
        - 0.399912 * np.cos(angle)
        + 0.070257 * np.sin(angle)
        - 0.006758 * np.cos(2 * angle)
        + 0.000907 * np.sin(2 * angle)
    )
    minutes = 229.18 * (
        0.000075
        + 0.001868 * np.cos(angle)
        - 0.032077 * np.sin(angle)
        - 0.014615 * np.cos(2 * angle)
        - 0.040849 * np.sin(2 * angle)
    )
    # KST is the time of 135° E; a degree is 4 minutes.
    solar_hour = hour + (4 * (longitude - 135) + minutes) / 60
    hour_angle = np.deg2rad(15 * (solar_hour - 12))
    phi = np.deg2rad(latitude)
    elevation: Array = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(
        hour_angle
    )
    return elevation


def clear_sky_radiation(sine: Array) -> Array:
    """Return global radiation in MJ/m² an hour under a clear sky (Haurwitz 1945)."""
    up = np.maximum(sine, 1e-3)
    radiation: Array = np.where(sine > 0, 1098 * up * np.exp(-0.057 / up) * 0.0036, 0.0)
    return radiation


def cloud_transmission(cloud: Array) -> Array:
    """Return the share of clear-sky radiation under `cloud` (0–1) (Kasten & Czeplak 1980)."""
    share: Array = 1 - 0.75 * cloud**3.4
    return share


def station_pressure(sea_level: Array, temperature: Array, elevation: float) -> Array:
    """Return the pressure in hPa at `elevation` m from that at sea level (hypsometric equation)."""
    pressure: Array = sea_level * np.exp(-9.80665 * elevation / (287.05 * (temperature + 273.15)))
    return pressure
