"""(origin, lead) pairs: what is known at the origin, joined with what is expected of the hour forecast."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from plantcast.common.clock import KST
from plantcast.common.errors import InvalidInputError
from plantcast.common.sun import sine_of_elevation
from plantcast.forecasting import LEADS, Target
from plantcast.forecasting.features.windows import Floats, rolling_mean, shift
from plantcast.forecasting.models.baselines import (
    Climatology,
    DampedAnomaly,
    HourlySeries,
    Ints,
    calendar_terms,
    carried,
    clock_terms,
    persistence,
    same_hour_before,
)

Matrix = npt.NDArray[np.float32]

# Anomalies of these enter the model: the targets, and the dew point that ties them together.
ANOMALY_VARIABLES: Final = ("ta", "hm", "td")
ANOMALY_WINDOWS: Final = (24, 72, 168, 720)  # a day, a weather system, a week, a season that is off
BASELINES: Final = ("persistence", "climatology", "damped_anomaly")
_ENOUGH_HOURS: Final = 7 * 24  # a climatology of less than a week would be last week's weather
# Solar geometry for the middle of the country: trees split on the order of values, and from Seoul to Jeju
# the order of hours by elevation hardly changes.
_LATITUDE, _LONGITUDE = 36.5, 127.8


@dataclass(frozen=True)
class References:
    """What is fitted before the trees: the target's damped anomaly, the other variables' climatologies."""

    target: Target
    damped: DampedAnomaly
    climatologies: Mapping[str, Climatology]

    @classmethod
    def fit(cls, frame: pd.DataFrame, target: Target, until: int | None = None) -> References:
        """Fit on the first `until` rows of a frame of `build_features`.

        Raises:
            InvalidInputError: the target is not observed there.
        """
        damped = DampedAnomaly.fit(HourlySeries.of(frame, target), until)
        others = {
            name: Climatology.fit(series, until)
            for name in ANOMALY_VARIABLES
            if name != target
            and np.count_nonzero(~np.isnan((series := HourlySeries.of(frame, name)).values[:until]))
            >= _ENOUGH_HOURS
        }
        return cls(target, damped, {target: damped.climatology, **others})

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` takes."""
        others = {n: c.to_json() for n, c in self.climatologies.items() if n != self.target}
        return {"target": self.target, "damped": self.damped.to_json(), "climatologies": others}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> References:
        """Restore from `to_json`."""
        damped = DampedAnomaly.from_json(data["damped"])
        others = {name: Climatology.from_json(value) for name, value in data["climatologies"].items()}
        return cls(data["target"], damped, {data["target"]: damped.climatology, **others})


class Dataset:
    """A frame of `build_features` seen as (origin, lead) pairs; origins are row positions, leads hours 1…48.

    Raises:
        InvalidInputError: the frame has no row, or its rows are not consecutive hours.
    """

    def __init__(self, frame: pd.DataFrame, references: References) -> None:
        if not len(frame) or len(frame) != (frame.index[-1] - frame.index[0]) // pd.Timedelta(hours=1) + 1:
            raise InvalidInputError(
                f"The features' {len(frame)} rows are not consecutive hours.",
                remedy="Compute them with build_features.",
            )
        self.frame = frame
        self.references = references
        self.series = HourlySeries.of(frame, references.target)
        self._hours = self.series.hours(extra=LEADS)

    @property
    def names(self) -> list[str]:
        """The names of the columns of `matrix`, in order."""
        return [*self._origin_part[0], *self._lead_part_names()]

    def positions(self, origins: pd.DatetimeIndex) -> Ints:
        """Return the row positions of origins.

        Raises:
            InvalidInputError: an origin is not a row of the frame.
        """
        positions = self.frame.index.get_indexer(origins)
        if (positions < 0).any():
            raise InvalidInputError(
                f"origin {origins[positions < 0][0]} is not in the features "
                f"({self.frame.index[0]} … {self.frame.index[-1]}).",
                remedy="Choose an origin within them, or compute features up to it.",
            )
        return positions.astype(np.int64)

    @property
    def observed(self) -> npt.NDArray[np.bool_]:
        """Whether the target was observed at each hour, [hours]."""
        return ~np.isnan(self.series.values)

    def known(self) -> Ints:
        """Return the positions of the hours at which the target was observed: the possible origins."""
        return np.flatnonzero(self.observed).astype(np.int64)

    @property
    def origins_table(self) -> Matrix:
        """What is known at each hour: its features and anomalies, [hours, …]."""
        return self._origin_part[1]

    @functools.cached_property
    def terms(self) -> Floats:
        """The calendar's terms of each hour and the 48 after them, [hours + 48, terms]."""
        return calendar_terms(self._hours)

    @functools.cached_property
    def clock(self) -> Floats:
        """Season and time of day of each hour, [hours, 6]; see `clock_terms`."""
        return clock_terms(pd.DatetimeIndex(self.frame.index))

    def truth(self, origins: Ints, leads: Ints) -> Floats:
        """Return the observations; NaN where it was not observed or is after the frame."""
        return self.series.at(origins + leads)

    def baselines(self, origins: Ints, leads: Ints) -> dict[str, Floats]:
        """Return the forecasts of the three baselines (persistence may be NaN)."""
        expected, _, _ = self._anomalies[self.references.target]
        return {
            "persistence": persistence(self.series, origins, leads),
            "climatology": expected[origins + leads],
            "damped_anomaly": self.damped_anomaly(origins, leads),
        }

    def damped_anomaly(self, origins: Ints, leads: Ints) -> Floats:
        """Return the forecasts of the damped anomaly; origins and leads broadcast against each other."""
        expected, anomaly, _ = self._anomalies[self.references.target]
        damping = self.references.damped.damping[leads - 1]
        return np.asarray(expected[origins + leads] + damping * np.nan_to_num(anomaly[origins]))

    def matrix(self, origins: Ints, leads: Ints) -> Matrix:
        """Return the model's input, float32 [pairs, len(names)]."""
        origin_part = self._origin_part[1]
        result = np.empty((len(origins), len(self.names)), np.float32)
        width = origin_part.shape[1]
        result[:, :width] = origin_part[origins]
        for column, values in enumerate(self._lead_part(origins, leads), start=width):
            result[:, column] = values
        return result

    @functools.cached_property
    def _anomalies(self) -> dict[str, tuple[Floats, Floats, Floats]]:
        """Of each variable: expected value (48 h beyond the frame too), carried anomaly, raw anomaly."""
        result = {}
        for name, climatology in self.references.climatologies.items():
            expected = climatology.at(self._hours)
            anomaly = self.frame[name].to_numpy(np.float64) - expected[: len(self.frame)]
            result[name] = (expected, carried(anomaly), anomaly)
        return result

    @functools.cached_property
    def _origin_part(self) -> tuple[list[str], Matrix]:
        columns: dict[str, npt.NDArray[Any]] = {str(n): self.frame[n].to_numpy() for n in self.frame.columns}
        for name in ANOMALY_VARIABLES:
            _, anomaly, raw = self._anomalies.get(name, (None, self._unknown, self._unknown))
            columns[f"{name}_anomaly"] = anomaly
            for window, mean in rolling_mean(raw, ANOMALY_WINDOWS).items():
                columns[f"{name}_anomaly_mean_{window}"] = mean
        matrix = np.empty((len(self.frame), len(columns)), np.float32)
        for position, values in enumerate(columns.values()):
            matrix[:, position] = values
        return list(columns), matrix

    @property
    def _unknown(self) -> Floats:
        return np.full(len(self.frame), np.nan)

    @functools.cached_property
    def _same_hour_weeks(self) -> dict[str, Floats]:
        """Of each variable: the mean anomaly at this time of day over a week."""
        result = {}
        for name, (_, _, anomaly) in self._anomalies.items():
            days = np.stack([shift(anomaly, 24 * day) for day in range(7)])
            present = ~np.isnan(days)
            count = present.sum(axis=0)
            total = np.where(present, days, 0.0).sum(axis=0)
            result[name] = np.where(count >= 3, total / np.maximum(count, 1), np.nan)
        return result

    @functools.cached_property
    def _calendar(self) -> tuple[Floats, ...]:
        local = self._hours.tz_convert(KST)
        hour = 2 * np.pi * local.hour.to_numpy() / 24
        day = 2 * np.pi * local.day_of_year.to_numpy() / 365.25
        utc = self._hours.tz_convert("UTC")
        day_utc = utc.day_of_year.to_numpy() - 1 + utc.hour.to_numpy() / 24
        elevation = sine_of_elevation(day_utc, _LATITUDE, _LONGITUDE)
        return (np.sin(hour), np.cos(hour), np.sin(day), np.cos(day), elevation)

    def _lead_part_names(self) -> list[str]:
        names = ["lead", "valid_hour_sin", "valid_hour_cos", "valid_day_sin", "valid_day_cos"]
        names += ["valid_solar_elevation", "valid_climatology", "climatology_change", "damped_anomaly"]
        return names + [
            f"{name}_anomaly_{when}"
            for name in ANOMALY_VARIABLES
            for when in ("same_hour", "same_hour_2", "same_hour_week")
        ]

    def _lead_part(self, origins: Ints, leads: Ints) -> list[npt.NDArray[Any]]:
        valid = origins + leads
        expected, _, _ = self._anomalies[self.references.target]
        columns: list[npt.NDArray[Any]] = [leads, *(wave[valid] for wave in self._calendar)]
        columns += [expected[valid], expected[valid] - expected[origins]]
        columns.append(self.damped_anomaly(origins, leads))
        same_hour = same_hour_before(origins, leads)
        for name in ANOMALY_VARIABLES:
            if name in self._anomalies:
                anomaly = HourlySeries(self.series.start, self._anomalies[name][2])
                week = HourlySeries(self.series.start, self._same_hour_weeks[name])
                columns += [anomaly.at(same_hour), anomaly.at(same_hour - 24), week.at(same_hour)]
            else:
                columns += [np.full(len(origins), np.nan)] * 3
        return columns


def pairs(origins: Ints, budget: int, seed: int) -> tuple[Ints, Ints]:
    """Choose at most about `budget` (origin, lead) pairs, the same ones for the same arguments.

    With enough budget every origin gets all 48 leads. With less, each gets evenly spaced leads from a random
    start, so that every lead is met equally often and neighbouring origins meet different ones.
    """
    each = int(np.clip(budget // max(len(origins), 1), 1, LEADS))
    origins = origins[:: max(1, -(-len(origins) // max(budget, 1)))]
    start = np.random.default_rng(seed).integers(0, LEADS, len(origins))
    leads = (start[:, None] + np.arange(each)[None, :] * LEADS // each) % LEADS + 1
    return np.repeat(origins, each), leads.ravel().astype(np.int64)
