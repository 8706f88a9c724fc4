"""Drift: do the last 28 days still look like what the models learnt from?

Each variable's hourly values are compared with those around the same calendar days of the years before, by
the population stability index: PSI = Σ (p_i − q_i) · ln(p_i / q_i) over bins, p the sample's and q the
reference's share (Siddiqi, Credit Risk Scorecards, 2006). Its rules of thumb 0.1 and 0.25 disregard that the
hours of a day are not independent: over ten years of Seoul half of all months had more than 0.18 for
temperature, a tenth more than 0.8. So each year's same 28 days are compared with the other years too; `usual`
is the largest PSI found so. One in fourteen of those months is 0.25 beyond it for temperature, and every
second one once 4 °C are added to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from plantcast.common.clock import HOUR, midnight
from plantcast.observations.lake import ObservationLake

Floats = npt.NDArray[np.float64]

VARIABLES: Final = ("ta", "hm", "td", "ws", "pa", "dc10Tca", "rn", "ss", "icsr")
# The KMA sends these only when there is something to measure: in an hour that has a row, none means nothing.
_ZERO_WHEN_ABSENT: Final = {"rn": 0.0, "ss": 0.0, "icsr": 0.0}

DAYS: Final = 28  # as many as models are held out on
AROUND: Final = timedelta(days=15)  # on either side in the years before: smooths their weather
YEARS: Final = 10  # as long as training looks back
# With less than half of the days on the one side, or as many days on the other, PSI would measure gaps.
_LEAST_HOURS: Final = DAYS // 2 * 24
_LEAST_REFERENCE_HOURS: Final = DAYS * 24
_YEARS_TO_KNOW_NOISE: Final = 3
_BINS: Final = 10  # deciles of the reference
# The least share of a bin: two thirds of an hour in 28 days. With less, one empty bin alone would decide.
_LEAST_SHARE: Final = 0.001


@dataclass(frozen=True)
class Drift:
    """One variable: `psi` of the last 28 days, and what is `usual`; None where too little is known."""

    psi: float | None
    usual: float | None


def measure_drift(lake: ObservationLake, station: str, as_of: date) -> dict[str, Drift]:
    """Compare the last 28 days before `as_of` with the years before, reading only the months in question.

    Raises:
        CorruptDataError: a month's file is damaged or of another schema version.
    """
    last = as_of - timedelta(days=1)
    current = _read(lake, station, last, timedelta(0))
    ends = [pd.Timestamp(last) - pd.DateOffset(years=back) for back in range(1, YEARS + 1)]
    seasons = {end.date(): _read(lake, station, end.date(), AROUND) for end in ends}
    seasons = {end: frame for end, frame in seasons.items() if not frame.empty}
    drift = {}
    for name in VARIABLES:
        among_years = [
            found
            for end, frame in seasons.items()
            if (found := _psi(_days_of(frame, end)[name], (f[name] for e, f in seasons.items() if e != end)))
            is not None
        ]
        drift[name] = Drift(
            _psi(current[name], (frame[name] for frame in seasons.values())),
            max(among_years) if len(among_years) >= _YEARS_TO_KNOW_NOISE else None,
        )
    return drift


def psi(sample: Floats, reference: Floats) -> float:
    """Return the PSI of a sample against a reference, both one-dimensional, finite and not empty.

    Bins are the reference's deciles, upper ends included; equal deciles (most hours have no rain) make one
    bin, so a variable that is mostly one value is compared by how often it is not.
    """
    edges = np.unique(np.quantile(reference, np.arange(1, _BINS) / _BINS))
    p, q = _shares(sample, edges), _shares(reference, edges)
    return float(np.sum((p - q) * np.log(p / q)))


def _shares(values: Floats, edges: Floats) -> Floats:
    counts = np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1)
    return np.maximum(counts / len(values), _LEAST_SHARE)


def _psi(sample: pd.Series[float], reference: Iterable[pd.Series[float]]) -> float | None:
    known: Floats = np.asarray(sample.dropna(), np.float64)
    others = np.concatenate([np.empty(0), *(part.dropna().to_numpy(np.float64) for part in reference)])
    if len(known) < _LEAST_HOURS or len(others) < _LEAST_REFERENCE_HOURS:
        return None
    return psi(known, others)


def _read(lake: ObservationLake, station: str, last: date, around: timedelta) -> pd.DataFrame:
    """Return the variables of the 28 days up to `last`, and `around` them."""
    first = last - timedelta(days=DAYS - 1)
    frame = lake.read(station, midnight(first - around), midnight(last + around) + 23 * HOUR)
    return frame[list(VARIABLES)].astype(np.float64).fillna(_ZERO_WHEN_ABSENT)


def _days_of(frame: pd.DataFrame, last: date) -> pd.DataFrame:
    return frame.loc[midnight(last - timedelta(days=DAYS - 1)) : midnight(last) + 23 * HOUR]
