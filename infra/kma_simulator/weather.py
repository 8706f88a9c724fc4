"""From weather systems to what a station's instruments read, hour by hour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtr, ndtri

from infra.kma_simulator.climate import seasonal
from infra.kma_simulator.stations import Station
from infra.kma_simulator.synoptic import Systems, recursive_filter
from plantcast.common.sun import sine_of_elevation
from plantcast.common.vapour import saturation_vapour_pressure

Array = npt.NDArray[np.float64]

# Standard deviation of the raw combinations in `synoptic.evolve`, measured over 40 synthetic years.
_CLOUD_SPREAD = 1.07
_SHOWER_WEIGHT = 0.45

# °C. The warm sea's surface sets it; Seoul's record is close to 28.
_HIGHEST_DEW_POINT = 27.0


@dataclass(frozen=True)
class Hours:
    """The hours to fill: calendar as arrays and the sun's path over one station."""

    day_of_year: Array
    hour: Array
    sun: Array
    clear_sky: Array

    @classmethod
    def over(cls, station: Station, times: pd.DatetimeIndex) -> Hours:
        """An observation at h stands for the hour before it, so the sun is averaged over that hour."""
        day = np.asarray(times.day_of_year, dtype=np.float64)
        hour = np.asarray(times.hour, dtype=np.float64)
        moments = [
            # Days since the year began, UTC.
            sine_of_elevation(day - 1 + (hour - back - 9) / 24, station.latitude, station.longitude)
            for back in (0.1, 0.3, 0.5, 0.7, 0.9)
        ]
        sun = np.mean([np.maximum(sine, 0) for sine in moments], axis=0)
        clear = np.mean([_clear_sky_radiation(sine) for sine in moments], axis=0)
        return cls(day, hour, sun, clear)

    def season(self, name: str) -> Array:
        """Return a climate curve at each hour; computed a day at a time, it is smooth enough."""
        table = seasonal(name, np.arange(367, dtype=np.float64))
        values: Array = table[self.day_of_year.astype(int)]
        return values


def observe(station: Station, systems: Systems, times: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the station's observations, unrounded; columns are the service's field names, units as there.

    The first `synoptic.SPIN_UP_HOURS` rows are only there for what has a memory (snow). Fields that Plantcast
    does not read are left out: cloud forms and heights, soil, new snow.
    """
    hours = Hours.over(station, times)
    cloud = _cloud_cover(hours, systems)
    raining, rate = _rain(hours, systems)
    temperature = _temperature(station, hours, systems, cloud, raining)
    dew_point = _dew_point(station, hours, systems, temperature, raining)
    vapour = saturation_vapour_pressure(dew_point)
    humidity = np.clip(100 * (vapour / saturation_vapour_pressure(temperature)), 0, 100)
    sea_level = _sea_level_pressure(hours, systems)
    speed, direction = _wind(station, hours, systems)
    day = hours.sun > 0
    transmission = _cloud_transmission(cloud)
    ground = temperature + 5.2 * hours.clear_sky * transmission - 1.6 * (1 - cloud) * (hours.clear_sky < 0.05)
    snow_fall = np.where(temperature < 0.8, rate, 0.0)
    columns = {
        "ta": temperature,
        "hm": humidity,
        "td": dew_point,
        "pv": vapour,
        "ws": speed,
        "wd": direction,
        "ps": sea_level,
        # By the hypsometric equation.
        "pa": sea_level * np.exp(-9.80665 * station.elevation / (287.05 * (temperature + 273.15))),
        "rn": np.where(raining > 0, rate, np.nan),
        "ss": np.where(day, np.clip(1.15 - 1.2 * cloud**1.3, 0, 1) * (hours.clear_sky > 0.15), np.nan),
        "icsr": np.where(day, hours.clear_sky * transmission * 1.02, np.nan),
        "dc10Tca": 10 * cloud,
        "vs": _visibility(systems, humidity, raining),
        "ts": ground,
        "dsnw": _snow_depth(snow_fall, temperature),
    }
    return pd.DataFrame(columns, index=times)


def _cloud_cover(hours: Hours, systems: Systems) -> Array:
    """Cover as a share; mostly clear or overcast, as in nature, with the season's mean."""
    mean = np.clip(hours.season("cloud") / 10, 0.05, 0.95)
    # The spread 1.9 makes the distribution U-shaped; the mean of ndtr(x) for x ~ N(m, s²) is ndtr(m/√(1+s²)).
    spread = 1.9
    shift = ndtri(mean) * np.sqrt(1 + spread**2)
    cover: Array = ndtr(shift + spread * systems.cloud / _CLOUD_SPREAD)
    return cover


def _rain(hours: Hours, systems: Systems) -> tuple[Array, Array]:
    """Return whether it rains (0 or 1) and mm in the hour: where thick cloud and a passing cell meet."""
    total = np.sqrt(1 + _SHOWER_WEIGHT**2)
    lift = (systems.cloud / _CLOUD_SPREAD + _SHOWER_WEIGHT * systems.shower) / total
    chance = np.clip(hours.season("rain_chance"), 0.005, 0.3)
    exceedance = ndtr(-lift) / chance
    raining = (exceedance < 1).astype(np.float64)
    # -log of a uniform share is exponential; the power makes the heavy tail of real hourly amounts.
    amount = hours.season("rain_rate") * (-np.log(np.clip(exceedance, 1e-6, 1.0))) ** 1.4 / 1.24
    rate: Array = raining * np.maximum(amount, 0.0)
    return raining, rate


def _temperature(station: Station, hours: Hours, systems: Systems, cloud: Array, raining: Array) -> Array:
    mean = hours.season("temperature")
    annual_mean = float(seasonal("temperature", np.arange(365.0)).mean())
    base = annual_mean + station.warmer + station.seasonal * (mean - annual_mean)
    heating = _heating(hours.clear_sky * _cloud_transmission(cloud))
    # At the season's cloud; the transmission of the mean cover would be too high (the curve is convex).
    usual = _heating(hours.clear_sky * (1 - 0.62 * hours.season("cloud") / 10))
    usual_of_day = np.convolve(usual, np.full(24, 1 / 24))[: len(usual)]
    # At night cloud sends back what the ground radiates: a clear night cools, an overcast one does not.
    blanket = _heating(cloud - hours.season("cloud") / 10) * 0.42
    gain = station.diurnal * _diurnal_gain(hours, usual)
    daily = gain * (heating - usual_of_day) + gain * blanket
    wet = _heating(raining) / 6
    warmth = hours.season("temperature_spread") * systems.air_mass
    temperature: Array = base + daily + warmth - 1.3 * wet + 0.22 * systems.gust
    return temperature


def _heating(forcing: Array) -> Array:
    """What is left in the air of the last hours' warming: it fades with a time constant of 4 h."""
    return recursive_filter(forcing, 1.0, float(np.exp(-1 / 4)))


def _diurnal_gain(hours: Hours, usual: Array) -> Array:
    """°C per unit of heating such that the mean day has the season's range."""
    per_day = usual[: len(usual) // 24 * 24].reshape(-1, 24)
    extent = np.repeat(per_day.max(axis=1) - per_day.min(axis=1), 24)
    extent = np.concatenate([extent, np.full(len(usual) - len(extent), extent[-1])])
    gain: Array = hours.season("diurnal_range") / np.maximum(extent, 1.0)
    return gain


def _dew_point(station: Station, hours: Hours, systems: Systems, temperature: Array, raining: Array) -> Array:
    """Dew point of the air mass, drawn towards saturation while it rains; never above the temperature."""
    air = hours.season("dew_point") + station.moister + hours.season("dew_point_spread") * systems.moisture
    wet = np.clip(_heating(raining) / 4, 0, 0.75)
    # Vertical mixing in the afternoon brings drier air down.
    mixing = 0.9 * hours.clear_sky / 3.0
    moistened = air - mixing + wet * np.maximum(temperature - air, 0)
    # A smooth minimum of it and the highest dew point, a degree soft.
    moistened = _HIGHEST_DEW_POINT - np.logaddexp(0, _HIGHEST_DEW_POINT - moistened)
    depression = temperature - moistened
    # Close to saturation condensation holds the dew point below the temperature: a smooth minimum.
    held = np.where(depression > 3, depression, 3 * np.exp((depression - 3) / 3))
    dew_point: Array = temperature - np.clip(held, 0.0, 32.0)
    return dew_point


def _sea_level_pressure(hours: Hours, systems: Systems) -> Array:
    """The atmospheric tide has two crests a day, near 10 and 22 h."""
    tide = 0.75 * np.cos(4 * np.pi * (hours.hour - 10) / 24)
    level: Array = (
        hours.season("sea_level_pressure") + hours.season("pressure_spread") * systems.pressure + tide
    )
    return level


def _wind(station: Station, hours: Hours, systems: Systems) -> tuple[Array, Array]:
    """Return speed in m/s and the direction it blows from in degrees (10° steps, 360 north, 0 calm)."""
    afternoon = 1 + 0.30 * np.cos(2 * np.pi * (hours.hour - 15) / 24)
    scale = hours.season("wind") / 2.3 * afternoon * station.windier
    eastward = scale * (0.7 + 1.75 * systems.westerly)
    northward = scale * (-0.2 + 1.35 * systems.southerly + 0.25 * systems.gust)
    speed = np.hypot(eastward, northward)
    degrees = np.rad2deg(np.arctan2(-eastward, -northward)) % 360
    direction = np.round(degrees / 10) * 10
    direction = np.where(direction == 0, 360.0, direction)
    return speed, np.where(speed < 0.2, 0.0, direction)


def _visibility(systems: Systems, humidity: Array, raining: Array) -> Array:
    """In units of 10 m, capped at 20 km where the instrument ends."""
    dimming = 0.55 * systems.haze - 0.028 * (humidity - 55) - 0.6 * raining
    visibility: Array = np.clip(2300 * np.exp(dimming), 10, 2000)
    return visibility


def _snow_depth(snow_fall: Array, temperature: Array) -> Array:
    """Depth in cm (1 mm of water is 1 cm of snow), settling slowly and melting above freezing; NaN: none."""
    melt = 0.02 + 0.25 * np.maximum(temperature - 0.5, 0)
    balance = np.cumsum(snow_fall - melt)
    depth = balance - np.minimum(np.minimum.accumulate(balance), 0)
    return np.where(depth >= 0.1, depth, np.nan)


def _clear_sky_radiation(sine: Array) -> Array:
    """Global radiation in MJ/m² an hour under a clear sky (Haurwitz 1945)."""
    up = np.maximum(sine, 1e-3)
    return np.where(sine > 0, 1098 * up * np.exp(-0.057 / up) * 0.0036, 0.0)


def _cloud_transmission(cloud: Array) -> Array:
    """Share of clear-sky radiation under `cloud` (0-1) (Kasten & Czeplak 1980)."""
    share: Array = 1 - 0.75 * cloud**3.4
    return share
