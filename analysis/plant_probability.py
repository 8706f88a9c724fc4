"""Probabilities of plants' limits: python -m analysis.plant_probability 2021.

Trains on what precedes the year, forecasts it from 23:00 of every day as a deployment does, and compares the
probabilities of `plantcast.plants.chance` with observations: Brier scores beside two references, and tables
of reliability. Run with PYTHONPATH=layers/domain/python. Decide on 2021 or earlier.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.seoul import seoul
from plantcast.common.clock import HOUR, KST
from plantcast.common.vapour import vapour_pressure_deficit
from plantcast.forecasting import LEADS, TARGETS
from plantcast.forecasting.evaluation.backtest import ScoredPairs
from plantcast.forecasting.features.origin import build_features
from plantcast.forecasting.training import train
from plantcast.plants.chance import HourRange, day_probability, hour_probability
from plantcast.plants.profiles import Limit

DAY = 24
SEASON_DAYS = 15  # a climatological frequency counts the same days of other years, and so many on either side
BINS = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0)


def limit_of(kind: str, variable: str, comparison: str, threshold: float) -> Limit:
    """Return a limit to try, of no plant."""
    fields = {"kind": kind, "variable": variable, "comparison": comparison, "threshold": threshold}
    return Limit.model_validate({**fields, "waters": False, "basis": "analysis"})


LIMITS = (
    limit_of("hot", "ta", "at_least", 30.0),
    limit_of("dry", "hm", "at_most", 30.0),
    limit_of("dry", "vpd", "at_least", 2.0),
    limit_of("cold", "ta", "at_most", 5.0),
)


@dataclass(frozen=True)
class Nights:
    """Forecasts of 23:00 and observations, each [nights, 48]; `days` are the nights' dates."""

    days: pd.DatetimeIndex
    forecasts: dict[str, dict[str, np.ndarray]]
    truth: dict[str, np.ndarray]


def nights(observed: pd.DataFrame, year: int) -> Nights:
    """Forecast every night of a year for which both targets' truth is whole."""
    first = datetime(year, 1, 1, tzinfo=KST) - HOUR  # 23:00: ScoredPairs counts every 24th origin from here
    last = min(datetime(year, 12, 31, 23, tzinfo=KST), observed.index[-1].to_pydatetime())
    frame = build_features(observed.loc[:last])
    found = {}
    for target in TARGETS:
        model = train(frame, target, cutoff=first)
        scored = ScoredPairs.of(model, frame, first, last, DAY)
        values = {"truth": scored.truth, **{name: scored.forecasts[name] for name in ("p10", "p90")}}
        values["mean"] = scored.forecasts["model"]
        index = pd.MultiIndex.from_arrays([scored.origins, scored.leads])
        found[target] = pd.DataFrame(values, index=index)
    whole = [
        set(counts.index[counts == LEADS])
        for counts in (table.groupby(level=0).size() for table in found.values())
    ]
    origins = sorted(set.intersection(*whole))
    tables = {
        target: {name: table.loc[origins, name].to_numpy().reshape(-1, LEADS) for name in table}
        for target, table in found.items()
    }
    truth = {target: table.pop("truth") for target, table in tables.items()}
    return Nights(frame.index[origins], tables, truth)


def probabilities(limit: Limit, given: Nights) -> np.ndarray:
    """Return the product's probability of each hour, [nights, 48]."""
    columns = [given.forecasts[target][name].ravel() for target in TARGETS for name in ("mean", "p10", "p90")]
    return np.array(
        [
            hour_probability(limit, HourRange.of(*map(float, row[:3])), HourRange.of(*map(float, row[3:])))
            for row in zip(*columns, strict=True)
        ]
    ).reshape(-1, LEADS)


def crossings(limit: Limit, ta: np.ndarray, hm: np.ndarray) -> np.ndarray:
    """Say where values of one shape are at or beyond the limit (as shown); NaN where one is missing."""
    values = {"ta": ta, "hm": hm}.get(limit.variable)
    if values is None:
        pairs = zip(ta.ravel(), np.clip(hm, 0, 100).ravel(), strict=True)
        deficits = [np.nan if np.isnan(t + h) else round(vapour_pressure_deficit(t, h), 2) for t, h in pairs]
        values = np.array(deficits).reshape(ta.shape)
    values = np.round(values, 2)
    crossed = values >= limit.threshold if limit.comparison == "at_least" else values <= limit.threshold
    return np.where(np.isnan(values), np.nan, crossed.astype(float))


def climatology(
    limit: Limit, observed: pd.DataFrame, days: pd.DatetimeIndex
) -> tuple[np.ndarray, np.ndarray]:
    """Return how often the season's hours [nights, 48] and days [nights, 2] crossed before that year."""
    before = observed.loc[: days[0]]
    crossed = crossings(limit, before["ta"].to_numpy(), before["hm"].to_numpy())
    past = pd.DataFrame({"crossed": crossed, "date": before.index.date}, index=before.index).dropna()
    by_day = past.groupby("date")["crossed"].agg(["max", "size"])
    by_day = by_day[by_day["size"] == DAY]["max"]
    of_year = pd.DatetimeIndex(by_day.index).day_of_year.to_numpy()
    hourly, daily = np.empty((len(days), LEADS)), np.empty((len(days), 2))
    past_of_year = past.index.day_of_year.to_numpy()
    for row, day in enumerate(days):
        for ahead in range(2):
            valid = (day + HOUR + ahead * pd.Timedelta(days=1)).day_of_year
            daily[row, ahead] = by_day.to_numpy()[_near(of_year, valid)].mean()
            near = past[_near(past_of_year, valid)]
            hourly[row, ahead * DAY : (ahead + 1) * DAY] = near.groupby(near.index.hour)["crossed"].mean()
    return hourly, daily


def _near(of_year: np.ndarray, day: int) -> np.ndarray:
    apart = np.abs(of_year - day)
    return np.minimum(apart, 365 - apart) <= SEASON_DAYS


def report(limit: Limit, given: Nights, history: pd.DataFrame) -> None:
    """Print the scores of one limit."""
    chances = probabilities(limit, given)
    observed = crossings(limit, given.truth["ta"], given.truth["hm"])
    means = {target: np.round(given.forecasts[target]["mean"], 1) for target in TARGETS}
    plain = crossings(limit, means["ta"], means["hm"])
    usual_hours, usual_days = climatology(limit, history, given.days)
    side = ">=" if limit.comparison == "at_least" else "<="
    print(f"\n{limit.variable} {side} {limit.threshold:g} {limit.unit}")
    for ahead, label in enumerate(("today", "tomorrow")):
        hours = slice(ahead * DAY, (ahead + 1) * DAY)
        rows = chances[:, hours]
        _line(f"hours {label}", rows, observed[:, hours], plain[:, hours], usual_hours[:, hours])
        days = np.array([day_probability(list(map(float, row))) for row in rows])
        day_observed, day_plain = observed[:, hours].max(axis=1), plain[:, hours].max(axis=1)
        _line(f"days {label}", days, day_observed, day_plain, usual_days[:, ahead])
        _table(f"days {label}", days, day_observed)


def _line(name: str, chances: np.ndarray, observed: np.ndarray, plain: np.ndarray, usual: np.ndarray) -> None:
    brier = float(np.mean((chances - observed) ** 2))
    against = {"climatology": usual, "plain rule": plain}
    cells = [
        f"{label} {1 - brier / float(np.mean((other - observed) ** 2)):.0%}"
        for label, other in against.items()
    ]
    wrong = {"P>=0.5": chances >= 0.5, "plain rule": plain > 0}
    calls = [
        f"{label}: missed {int(np.sum((observed > 0) & ~called))}, "
        f"false {int(np.sum((observed == 0) & called))}"
        for label, called in wrong.items()
    ]
    print(
        f"  {name:28} observed {observed.mean():6.1%}, forecast {chances.mean():6.1%}; Brier {brier:.4f}, "
        f"below {', '.join(cells)}; {'; '.join(calls)}"
    )


def _table(name: str, chances: np.ndarray, observed: np.ndarray) -> None:
    cells = []
    for low, high in pairwise(BINS):
        rows = (chances >= low) & (chances < high if high < 1 else chances <= high)
        if rows.any():
            cells.append(f"{chances[rows].mean():.0%}→{observed[rows].mean():.0%} ({rows.sum()})")
    print(f"  reliability of {name}, forecast→observed (count): {', '.join(cells)}")


def main(year: str) -> None:
    """Print the scores of a year."""
    observed = seoul()
    given = nights(observed, int(year))
    print(f"{year}: {len(given.days)} nights")
    for limit in LIMITS:
        report(limit, given, observed)


if __name__ == "__main__":
    main(*sys.argv[1:])
