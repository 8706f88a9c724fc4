"""The baselines every forecast is scored beside: persistence, climatology, and the damped anomaly.

All work on an `HourlySeries`: values at consecutive hours, so that an hour is an array position.
Origins are positions, leads are hours; both broadcast against each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from plantcast.common.clock import KST
from plantcast.common.errors import InvalidInputError
from plantcast.forecasting import LEADS
from plantcast.forecasting.arrays import Arrays
from plantcast.forecasting.features.windows import Floats, shift

Ints = npt.NDArray[np.int64]

ANNUAL: Final = 3  # harmonics of the year: the monsoon makes Seoul's humidity need the third
DIURNAL: Final = 4  # harmonics of the day: the afternoon peak is narrower than the night is long
# Ridge in hours of evidence, see `calendar_penalties`. Weather decorrelates in about three days, so 72
# consecutive hours count as one observation of the season.
PENALTY_HOURS: Final = 72.0
CARRY_HOURS: Final = 6  # how long the last known anomaly replaces a missing one at the origin
_CHUNK: Final = 20_000  # rows of the design matrix in memory at once (63 columns: 10 MB)


@dataclass(frozen=True)
class HourlySeries:
    """One variable at consecutive hours from `start` (zoned); NaN where it was not observed."""

    start: pd.Timestamp
    values: Floats

    @classmethod
    def of(cls, frame: pd.DataFrame, name: str) -> HourlySeries:
        """Take a column of a frame with one row for every hour, as `build_features` returns it."""
        return cls(pd.Timestamp(frame.index[0]), frame[name].to_numpy(np.float64))

    def hours(self, extra: int = 0) -> pd.DatetimeIndex:
        """Return the hours of the series and `extra` more."""
        return pd.date_range(self.start, periods=len(self.values) + extra, freq="h")

    def at(self, positions: Ints) -> Floats:
        """Return the values at `positions`; NaN before the first and after the last."""
        inside = (positions >= 0) & (positions < len(self.values))
        return np.where(inside, self.values[np.clip(positions, 0, len(self.values) - 1)], np.nan)


def same_hour_before(origins: Ints, leads: Ints) -> Ints:
    """Return the newest known position with the time of day of origin + lead: a day before it, or two."""
    return origins + leads - 24 * -(-leads // 24)


def persistence(series: HourlySeries, origins: Ints, leads: Ints) -> Floats:
    """Forecast the same hour yesterday (for leads over 24: the newest day already observed)."""
    return series.at(same_hour_before(origins, leads))


@dataclass(frozen=True)
class Climatology(Arrays):
    """Expected value by day of year and hour of day: a product of Fourier series, fitted by ridge."""

    coefficients: Floats

    @classmethod
    def fit(cls, series: HourlySeries, until: int | None = None) -> Climatology:
        """Fit on the first `until` hours of the series (None: all).

        Raises:
            InvalidInputError: no value is observed in that span.
        """
        values = series.values[:until]
        rows = np.flatnonzero(~np.isnan(values))
        if not len(rows):
            raise InvalidInputError(
                "There is no observed value to fit a climatology on.",
                remedy="Backfill observations first, or choose a later cutoff.",
            )
        hours = series.hours()
        gram = np.diag(calendar_penalties())
        moment = np.zeros(len(gram))
        for first in range(0, len(rows), _CHUNK):
            chunk = rows[first : first + _CHUNK]
            terms = calendar_terms(hours[chunk])
            gram += terms.T @ terms
            moment += terms.T @ values[chunk]
        return cls(np.asarray(np.linalg.solve(gram, moment), np.float64))

    def at(self, hours: pd.DatetimeIndex) -> Floats:
        """Return the expected values at `hours`."""
        parts = [
            calendar_terms(hours[i : i + _CHUNK]) @ self.coefficients for i in range(0, len(hours), _CHUNK)
        ]
        return np.concatenate(parts) if parts else np.empty(0)


@dataclass(frozen=True)
class DampedAnomaly:
    """climatology(valid_at) + b(lead) · anomaly(origin): the bar to beat.

    `low` and `high` are the 10 % and 90 % quantiles of its errors by lead, in the target's unit: the
    climatological range that a forecast without a model is given.
    """

    climatology: Climatology
    damping: Floats  # [LEADS]
    low: Floats  # [LEADS], at most 0
    high: Floats  # [LEADS], at least 0

    @classmethod
    def fit(cls, series: HourlySeries, until: int | None = None) -> DampedAnomaly:
        """Fit on the first `until` hours of the series (None: all).

        Raises:
            InvalidInputError: no value is observed in that span.
        """
        climatology = Climatology.fit(series, until)
        hours = HourlySeries(series.start, series.values[:until])
        anomaly = hours.values - climatology.at(hours.hours())
        damping, low, high = np.zeros(LEADS), np.zeros(LEADS), np.zeros(LEADS)
        everything = anomaly[~np.isnan(anomaly)]
        for lead in range(1, LEADS + 1):
            later, earlier = anomaly[lead:], anomaly[:-lead]
            both = ~(np.isnan(later) | np.isnan(earlier))
            x, y = earlier[both], later[both]
            # The ridge keeps b finite and small where a short history has few pairs.
            damping[lead - 1] = x @ y / (x @ x + _small_history(x))
            errors = y - damping[lead - 1] * x if len(y) else everything
            low[lead - 1] = min(0.0, float(np.quantile(errors, 0.1)))
            high[lead - 1] = max(0.0, float(np.quantile(errors, 0.9)))
        return cls(climatology, np.clip(damping, 0.0, 1.0), low, high)

    @property
    def scale(self) -> Floats:
        """The size of its errors by lead, [LEADS]: the standard deviation if they were normal."""
        # 2.563 standard deviations lie between the 10 % and 90 % quantiles of a normal distribution.
        return np.maximum((self.high - self.low) / 2.563, 1e-3)

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` takes."""
        return {
            "climatology": self.climatology.to_json(),
            "damping": self.damping.tolist(),
            "low": self.low.tolist(),
            "high": self.high.tolist(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> DampedAnomaly:
        """Restore from `to_json`."""
        return cls(
            Climatology.from_json(data["climatology"]),
            *(np.asarray(data[name], np.float64) for name in ("damping", "low", "high")),
        )


def carried(anomaly: Floats) -> Floats:
    """Fill a missing anomaly with the newest of the `CARRY_HOURS` before it."""
    filled = anomaly.copy()
    for hours in range(1, CARRY_HOURS + 1):
        filled = np.where(np.isnan(filled), shift(anomaly, hours), filled)
    return filled


def _small_history(x: Floats) -> float:
    return PENALTY_HOURS * float(np.mean(x**2)) if len(x) else 1.0


def calendar_penalties() -> Floats:
    """Return the ridge of each of `calendar_terms`: none on the mean, most on the highest harmonics.

    Less evidence should bend those less. With ten years of hours it is lost in the sums. With a month the
    annual terms, which a month cannot tell apart, shrink to a gentle trend instead of exploding (their Gram
    matrix is all but singular).
    """
    annual = _orders(ANNUAL)
    diurnal = _orders(DIURNAL)
    penalty = PENALTY_HOURS * annual[:, None] ** 2 * (1 + diurnal[None, :]) + 0 * diurnal[None, :]
    penalty[0, 1:] = 1.0
    return np.asarray(penalty.ravel(), np.float64)


def _orders(harmonics: int) -> Floats:
    return np.array([0.0] + [float(k) for k in range(1, harmonics + 1) for _ in ("cos", "sin")])


def calendar_terms(hours: pd.DatetimeIndex) -> Floats:
    """Return the products of annual and diurnal harmonics, [hours, 63]; the first is the constant 1."""
    local = hours.tz_convert(KST)
    hour = local.hour.to_numpy()
    day = (local.day_of_year.to_numpy() - 1 + hour / 24) / 365.25
    annual, diurnal = _fourier(day, ANNUAL), _fourier(hour / 24, DIURNAL)
    return (annual[:, :, None] * diurnal[:, None, :]).reshape(len(hours), -1)


def clock_terms(hours: pd.DatetimeIndex) -> Floats:
    """Return one harmonic of the year and two of the day, [hours, 6]."""
    local = hours.tz_convert(KST)
    hour = local.hour.to_numpy() / 24
    day = (local.day_of_year.to_numpy() - 1 + hour) / 365.25
    return np.hstack([_fourier(day, 1)[:, 1:], _fourier(hour, 2)[:, 1:]])


def _fourier(cycles: Floats, harmonics: int) -> Floats:
    angle = 2 * np.pi * cycles
    waves = [wave(k * angle) for k in range(1, harmonics + 1) for wave in (np.cos, np.sin)]
    return np.stack([np.ones(len(cycles)), *waves], axis=1)
