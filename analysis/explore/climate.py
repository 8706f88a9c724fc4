"""What observations say by themselves: how complete they are, their yearly and daily course, their memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from plantcast.common.clock import KST
from plantcast.forecasting import Target
from plantcast.forecasting.features.windows import Floats
from plantcast.forecasting.models.baselines import DampedAnomaly, HourlySeries

SEASONS: Final = ("winter", "spring", "summer", "autumn")  # DJF, MAM, JJA, SON
QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
LONGEST_LAG: Final = 14 * 24  # hours; beyond two weeks the anomaly of an hour says nothing of another
_ANY_YEAR: Final = 2023  # of 365 days: the climatology is the same every year
_FEW_PAIRS: Final = 48  # a correlation of fewer hours than two days is chance


@dataclass(frozen=True)
class Climate:
    """One variable's climate at a station, in its unit.

    `climatology` is [24 hours, 365 days], NaN on days of the year never observed; `by_month` has a row for
    each month 1…12 and a column for each of `QUANTILES`; `diurnal` a row for each hour and a column for each
    of `SEASONS`: means. `correlation` is that of anomalies 0…`LONGEST_LAG` hours apart, `damping` b(lead) for
    leads 1…48.
    """

    target: Target
    climatology: Floats
    by_month: pd.DataFrame
    diurnal: pd.DataFrame
    correlation: Floats
    damping: Floats

    @classmethod
    def of(cls, frame: pd.DataFrame, target: Target) -> Climate:
        """Compute from a frame with a row for every hour.

        Raises:
            InvalidInputError: the target is not observed at all.
        """
        series = HourlySeries.of(frame, target)
        damped = DampedAnomaly.fit(series)
        anomaly = series.values - damped.climatology.at(series.hours())
        values = frame[target]
        hours = pd.DatetimeIndex(frame.index)
        monthly = values.groupby(hours.month).quantile(np.array(QUANTILES)).unstack()
        seasonal = values.groupby([hours.hour, season(hours)]).mean().unstack()
        seasonal.columns = [SEASONS[int(number)] for number in seasonal.columns]
        return cls(
            target,
            _climatology(damped, values),
            monthly.reindex(range(1, 13)),
            seasonal.reindex(index=range(24), columns=list(SEASONS)),
            correlation(anomaly, LONGEST_LAG),
            damped.damping,
        )


def completeness(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the share of hours with a value: a row for each month, a column for each variable.

    Months are counted from the first to the last hour of the frame, which has a row for every hour.
    """
    hours = pd.DatetimeIndex(frame.index)
    shares: pd.DataFrame = frame.notna().groupby(hours.tz_localize(None).to_period("M")).mean()
    return shares


def season(hours: pd.DatetimeIndex) -> npt.NDArray[np.int64]:
    """Return positions in `SEASONS`."""
    return np.asarray(hours.month.to_numpy() % 12 // 3, np.int64)


def correlation(anomaly: Floats, longest: int) -> Floats:
    """Return the correlation of values 0…`longest` hours apart; NaN where few are, or they do not vary."""
    result = np.full(longest + 1, np.nan)
    for lag in range(min(longest + 1, len(anomaly))):
        earlier, later = anomaly[: len(anomaly) - lag], anomaly[lag:]
        both = ~(np.isnan(earlier) | np.isnan(later))
        if np.count_nonzero(both) < _FEW_PAIRS:
            continue
        x, y = earlier[both], later[both]
        if np.ptp(x) > 0 and np.ptp(y) > 0:
            x, y = x - x.mean(), y - y.mean()
            # Plain sums: hundreds of small BLAS products spend their time waiting for BLAS's threads.
            result[lag] = (x * y).sum() / np.sqrt((x * x).sum() * (y * y).sum())
    return result


def half_life(damping: Floats) -> int | None:
    """Return the first lead at which at most half of an anomaly is left; None if it lasts beyond them all."""
    faded = np.flatnonzero(damping <= 0.5)
    return int(faded[0]) + 1 if len(faded) else None


def _climatology(damped: DampedAnomaly, values: pd.Series[float]) -> Floats:
    year = pd.date_range(f"{_ANY_YEAR}-01-01", f"{_ANY_YEAR}-12-31 23:00", freq="h", tz=KST)
    expected = damped.climatology.at(year).reshape(-1, 24).T
    seen = pd.DatetimeIndex(values.dropna().index)
    # By month and day: the number of a day differs in leap years.
    known = np.isin(
        year[::24].month.to_numpy() * 100 + year[::24].day.to_numpy(),
        np.unique(seen.month.to_numpy() * 100 + seen.day.to_numpy()),
    )
    return np.where(known[None, :], expected, np.nan)
