"""The few formulas the synthetic weather is held together by. All work on arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from plantcast.common.vapour import saturation_vapour_pressure

Array = npt.NDArray[np.float64]


def relative_humidity(temperature: Array, dew_point: Array) -> Array:
    """Return the relative humidity in % (0–100) from temperature and dew point in °C."""
    share = saturation_vapour_pressure(dew_point) / saturation_vapour_pressure(temperature)
    return np.asarray(np.clip(100 * share, 0, 100))


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
