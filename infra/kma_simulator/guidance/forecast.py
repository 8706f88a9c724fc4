"""Forecasts made from the weather to come, with errors like those of the KMA's short-term forecast.

Temperature: RMSE 1.2 °C at once, 1.3 °C at 6–12 h, 1.8 °C at 48 h, a night too cold in the mean. Humidity:
7 % too low, 6 % of scatter, lower still where the temperature is too high. Rain comes and goes somewhat early
or late, with the probability that goes with it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from infra.kma_simulator.guidance.errors import standard_errors
from plantcast.common.clock import HOUR

Array = npt.NDArray[np.float64]

# Hours before and after the forecast whose rain counts for its probability.
_RAIN_WINDOW: Final = 3
_RAIN_WEIGHTS: Final = np.array([1.0, 2.0, 3.0, 4.0, 3.0, 2.0, 1.0]) / 16
# Values of a failed instrument are filled over gaps of so many hours.
_LONGEST_GAP: Final = 12
_ROUNDING_VARIANCE: Final = 1 / 12  # of whole °C
_HUMIDITY_STEP: Final = 5
_NEEDED: Final = ("ta", "hm", "ws", "wd", "dc10Tca", "rn")


class Weather(Protocol):
    """Observations by station and hour, also of hours to come."""

    def hours(self, station: str, start: datetime, end: datetime) -> pd.DataFrame:
        """Return the observations from `start` to `end`, both included, under the ASOS service's names."""


class Forecaster:
    """Forecasts for each issue of each station, the same for (seed, station, issue) always."""

    def __init__(self, weather: Weather, seed: int) -> None:
        self._weather = weather
        self._seed = seed

    def forecast(self, station: str, issue: datetime, last_lead: int, *, model: int = 0) -> pd.DataFrame:
        """Return the forecast of `issue` for its leads 1 … `last_lead`, or as far as weather is known.

        Columns: `ta` (°C), `hm` (%), `eastward` and `northward` (wind, m/s), `cloud` (tenths), `rain` (mm in
        the hour, 0: none) and its probability `pop` (0 to 1), all unrounded, NaN where the weather has no
        value. The index is the valid hour (KST). Each `model` has its own errors.
        """
        truth = self._truth(station, issue, last_lead)
        if truth.empty:
            return truth
        hours = len(truth) - 2 * _RAIN_WINDOW
        first = int(issue.timestamp()) // 3600
        place = int(station) + 1000 * model

        def error(stream: str) -> Array:
            return standard_errors(self._seed, place, stream, first, last_lead)[:hours]

        lead = np.arange(1.0, hours + 1)
        now = truth.iloc[_RAIN_WINDOW : _RAIN_WINDOW + hours]
        valid = pd.DatetimeIndex(now.index)
        warmth, rain = error("temperature"), error("rain")
        bias = _temperature_bias(np.asarray(valid.hour, dtype=np.float64))
        wet = np.convolve((truth["rn"] > 0).to_numpy(np.float64), _RAIN_WEIGHTS, mode="valid") + 0.15 * rain
        raining = wet > 0.5
        amount = (
            truth["rn"].rolling(2 * _RAIN_WINDOW + 1, center=True).max().to_numpy()[_RAIN_WINDOW:][:hours]
        )
        cloud = np.clip(now["dc10Tca"].to_numpy() + 1.5 * error("cloud"), 0, 10)
        dryness = -0.5 * warmth + np.sqrt(0.75) * error("humidity")
        eastward, northward = _components(now)
        return pd.DataFrame(
            {
                "ta": now["ta"] + bias + _temperature_spread(lead) * warmth,
                "hm": np.clip(now["hm"] - 7.0 + _humidity_spread(lead) * dryness, 1, 100),
                "eastward": eastward + 1.0 * error("eastward"),
                "northward": northward + 1.0 * error("northward"),
                "cloud": np.where(raining, np.maximum(cloud, 9), cloud),
                # The KMA forecasts rain from a probability of 60 % on.
                "pop": np.where(raining, np.clip(wet, 0.6, 1), np.clip(0.6 * wet + 0.02 * cloud, 0, 0.3)),
                "rain": np.where(raining, np.maximum(0.5 * amount * np.exp(0.5 * rain), 0.1), 0.0),
            },
            index=valid,
        )

    def _truth(self, station: str, issue: datetime, last_lead: int) -> pd.DataFrame:
        """Return the weather of leads `1 - _RAIN_WINDOW` … `last_lead + _RAIN_WINDOW`, without gaps in time.

        It ends `_RAIN_WINDOW` hours after the last hour that is known; empty when none of the leads is.
        """
        start, end = issue + HOUR, issue + last_lead * HOUR
        margin = _RAIN_WINDOW * HOUR
        known = self._weather.hours(station, start - margin, end + margin)
        if known.empty or known.index[-1] < start:
            return pd.DataFrame()
        last = min(known.index[-1].to_pydatetime(), end)
        numbers = known.reindex(columns=list(_NEEDED)).apply(pd.to_numeric, errors="coerce")
        hours = numbers.reindex(pd.date_range(start - margin, last + margin, freq="h", name="time"))
        filled: pd.DataFrame = hours.interpolate(limit=_LONGEST_GAP, limit_area="inside")
        # Nearly every empty cell of rain means none; a file may have no column of cloud.
        filled["rn"] = hours["rn"].fillna(0.0)
        filled["dc10Tca"] = filled["dc10Tca"].ffill().fillna(5.0)
        return filled


def _temperature_bias(hour: Array) -> Array:
    """°C, by the hour of the day (KST): most at 03:00."""
    bias: Array = -0.3 - 0.4 * np.cos(2 * np.pi * (hour - 3) / 24)
    return bias


def _temperature_spread(lead: Array) -> Array:
    """Standard deviation in °C such that, with bias and rounding, the RMSE is as measured."""
    rmse = 1.2 + 0.0125 * lead
    bias_square = 0.3**2 + 0.4**2 / 2
    spread: Array = np.sqrt(rmse**2 - bias_square - _ROUNDING_VARIANCE)
    return spread


def _humidity_spread(lead: Array) -> Array:
    """Standard deviation in % such that, with the rounding, the scatter is 6 % at 24 h."""
    scatter = 5.5 + 0.02 * lead
    spread: Array = np.sqrt(scatter**2 - _HUMIDITY_STEP**2 / 12)
    return spread


def _components(observed: pd.DataFrame) -> tuple[Array, Array]:
    """Return the wind's eastward and northward components; the direction is where it blows from."""
    direction = np.deg2rad(observed["wd"].to_numpy())
    speed = observed["ws"].to_numpy()
    return -speed * np.sin(direction), -speed * np.cos(direction)
