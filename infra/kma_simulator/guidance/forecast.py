"""Forecasts made from the weather to come, with errors like those of the KMA's short-term forecast.

Temperature: RMSE 1.2 °C at once, 1.3 °C at 6–12 h, 1.8 °C at 48 h; nights too cold in the mean. Humidity: 7 %
too low, 6 % of scatter, lower still where the temperature is too high. Rain comes and goes somewhat early or
late, with a probability to match.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from infra.kma_simulator.guidance.errors import standard_errors
from infra.kma_simulator.guidance.truth import VARIABLES, KnownWeather, Weather
from plantcast.common.clock import HOUR

Array = npt.NDArray[np.float64]

# Hours before and after an hour whose rain counts for its probability.
_RAIN_WINDOW: Final = 3
_RAIN_WEIGHTS: Final = np.array([1.0, 2.0, 3.0, 4.0, 3.0, 2.0, 1.0]) / 16
_TEMPERATURE_STEP: Final = 1  # as the KMA writes it, °C
_HUMIDITY_STEP: Final = 5  # %


class Forecaster:
    """Forecasts for each issue of each station, the same for (seed, station, issue) always."""

    def __init__(self, weather: Weather, seed: int) -> None:
        self._weather = KnownWeather(weather)
        self._seed = seed

    def forecast(self, station: str, issue: datetime, last_lead: int, *, model: int = 0) -> pd.DataFrame:
        """Return the forecast of `issue` for its leads 1 … `last_lead`, or as far as weather is known.

        Columns: `ta` (°C), `hm` (%), wind as `eastward`, `northward` and `ws` (m/s) and `wd` (degrees, where
        it blows from), `cloud` (tenths), `rain` (mm in the hour, 0: none) and its probability `pop` (0 to 1),
        all unrounded, NaN where the weather has no value. The index is the valid hour (KST). Each `model` has
        its own errors.
        """
        first = int(issue.timestamp()) // 3600
        around = self._weather.hours(station, first + 1 - _RAIN_WINDOW, last_lead + 2 * _RAIN_WINDOW)
        hours = min(len(around) - _RAIN_WINDOW, last_lead)
        if hours <= 0:
            return pd.DataFrame()
        place = int(station) + 1000 * model

        def error(stream: str) -> Array:
            return standard_errors(self._seed, place, stream, first, last_lead)[:hours]

        truth = dict(zip(VARIABLES, around[_RAIN_WINDOW : _RAIN_WINDOW + hours].T, strict=True))
        lead = np.arange(1.0, hours + 1)
        warmth = error("temperature")
        dryness = -0.5 * warmth + np.sqrt(0.75) * error("humidity")
        cloud = np.clip(truth["dc10Tca"] + 1.5 * error("cloud"), 0, 10)
        chance, amount = _rain(around[:, VARIABLES.index("rn")], error("rain"), cloud)
        direction = np.deg2rad(truth["wd"])
        eastward = -truth["ws"] * np.sin(direction) + error("eastward")
        northward = -truth["ws"] * np.cos(direction) + error("northward")
        valid = pd.date_range(issue + HOUR, periods=hours, freq="h")
        bias = _temperature_bias(np.asarray(valid.hour, dtype=np.float64))
        return pd.DataFrame(
            {
                "ta": truth["ta"] + bias + _temperature_spread(lead) * warmth,
                "hm": np.clip(truth["hm"] - 7.0 + _humidity_spread(lead) * dryness, 1, 100),
                "eastward": eastward,
                "northward": northward,
                "ws": np.hypot(eastward, northward),
                "wd": np.rad2deg(np.arctan2(-eastward, -northward)) % 360,
                "cloud": np.where(amount > 0, np.maximum(cloud, 9), cloud),
                "pop": chance,
                "rain": amount,
            },
            index=valid,
        )


def _rain(around: Array, error: Array, cloud: Array) -> tuple[Array, Array]:
    """Return the probability of rain and its amount in each hour, from the rain (mm) in the hours `around`.

    The KMA forecasts rain from a probability of 60 % on.
    """
    hours = len(error)
    padded = np.pad(around, (0, max(0, hours + 2 * _RAIN_WINDOW - len(around))))
    windows = sliding_window_view(padded, len(_RAIN_WEIGHTS))[:hours]
    wet = (windows > 0) @ _RAIN_WEIGHTS + 0.15 * error
    amount = np.where(wet > 0.5, np.maximum(0.5 * windows.max(axis=1) * np.exp(0.5 * error), 0.1), 0.0)
    chance = np.where(amount > 0, np.clip(wet, 0.6, 1), np.clip(0.6 * wet + 0.02 * cloud, 0, 0.3))
    return chance, amount


def _temperature_bias(hour: Array) -> Array:
    """°C, by the hour of the day (KST): most at 03:00."""
    bias: Array = -0.3 - 0.4 * np.cos(2 * np.pi * (hour - 3) / 24)
    return bias


def _temperature_spread(lead: Array) -> Array:
    """Standard deviation in °C such that, with bias and rounding, the RMSE is as measured."""
    rmse = 1.2 + 0.0125 * lead
    bias_square = 0.3**2 + 0.4**2 / 2
    spread: Array = np.sqrt(rmse**2 - bias_square - _TEMPERATURE_STEP**2 / 12)
    return spread


def _humidity_spread(lead: Array) -> Array:
    """Standard deviation in % such that, with the rounding, the scatter is 6 % at 24 h."""
    scatter = 5.5 + 0.02 * lead
    spread: Array = np.sqrt(scatter**2 - _HUMIDITY_STEP**2 / 12)
    return spread
