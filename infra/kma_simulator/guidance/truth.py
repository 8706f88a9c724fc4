"""The weather to come as arrays by hour, from the source of observations."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from plantcast.common.clock import HOUR, KST

Array = npt.NDArray[np.float64]

# Columns of what `KnownWeather.hours` returns, under the ASOS service's names.
VARIABLES: Final = ("ta", "hm", "ws", "wd", "dc10Tca", "rn")
# Values of a failed instrument are filled over gaps of so many hours.
_LONGEST_GAP: Final = 12
_YEARS_KEPT: Final = 64  # about half a megabyte each


class Weather(Protocol):
    """Observations by station and hour, also of hours to come."""

    def hours(self, station: str, start: datetime, end: datetime) -> pd.DataFrame:
        """Return the observations from `start` to `end`, both included, under the ASOS service's names."""


class KnownWeather:
    """Hourly weather of whole years, gaps filled."""

    def __init__(self, weather: Weather) -> None:
        self._weather = weather
        self._year = lru_cache(maxsize=_YEARS_KEPT)(self._read_year)

    def hours(self, station: str, first: int, count: int) -> Array:
        """Return the weather of `count` hours from `first` (since 1970, UTC) on, a row for an hour.

        Columns are `VARIABLES`, NaN where nothing was observed; fewer rows where the weather ends before.
        """
        years = [_kst(hour).year for hour in (first, first + count - 1)]
        table = self._year(station, years[0])
        if years[1] > years[0] and len(table) == first_hour(years[1]) - first_hour(years[0]):
            table = np.concatenate([table, self._year(station, years[1])])
        offset = first - first_hour(years[0])
        found: Array = table[offset : offset + count]
        return found

    def _read_year(self, station: str, year: int) -> Array:
        start = datetime(year, 1, 1, tzinfo=KST)
        known = self._weather.hours(station, start, datetime(year + 1, 1, 1, tzinfo=KST) - HOUR)
        if known.empty:
            return np.empty((0, len(VARIABLES)))
        numbers = known.reindex(columns=list(VARIABLES)).apply(pd.to_numeric, errors="coerce")
        hourly = numbers.reindex(pd.date_range(start, known.index[-1], freq="h", name="time"))
        filled = hourly.interpolate(limit=_LONGEST_GAP, limit_area="inside")
        # Nearly every empty cell of rain means none; a file may have no column of cloud.
        filled["rn"] = hourly["rn"].fillna(0.0)
        filled["dc10Tca"] = filled["dc10Tca"].ffill().fillna(5.0)
        values: Array = filled.to_numpy(np.float64)
        return values


def first_hour(year: int) -> int:
    """Return the first hour of a year (KST) in hours since 1970 (UTC)."""
    return int(datetime(year, 1, 1, tzinfo=KST).timestamp()) // 3600


def _kst(hour: int) -> datetime:
    return datetime.fromtimestamp(3600 * hour, KST)
