"""Scores of a backtest by lead, month, hour and season, and single forecasts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

import numpy as np
import pandas as pd

from analysis.explore.data_pictures import SEASONS, season
from plantcast.common.clock import KST
from plantcast.common.errors import InvalidInputError
from plantcast.forecasting import LEADS, TARGETS, Target
from plantcast.forecasting.evaluation.backtest import ScoredPairs
from plantcast.forecasting.evaluation.metrics import BLOCKS, DAYS
from plantcast.forecasting.features.origin import build_features
from plantcast.forecasting.features.windows import Floats
from plantcast.forecasting.models.baselines import Ints
from plantcast.forecasting.models.ensemble import LOOKBACK
from plantcast.forecasting.models.trees import TrainingParameters
from plantcast.forecasting.training import train

FORECASTS: Final = ("model", "damped_anomaly", "persistence", "climatology")
_RANKS: Final = ("worst", "second worst", "third worst")
_WHOLE_PATH: Final = 36  # hours scored of a path's 48: one with more gaps is not shown as a day


@dataclass(frozen=True)
class Span:
    """The days scored, both included."""

    start: date
    end: date

    @classmethod
    def chosen(cls, frame: pd.DataFrame, start: date | None, end: date | None) -> Span:
        """Complete the days requested: up to the last observation, the last 90 days or quarter of the record.

        Raises:
            InvalidInputError: it ends before it starts, or nothing can be scored in it.
        """
        first, last = frame.index[0], frame.index[-1]
        if start is not None and end is None and start > last.date():
            raise InvalidInputError(
                f"--start={start} lies after the last observation, {last:%Y-%m-%d %H:00}.",
                remedy="Choose an earlier day, or leave the scores out: --no-backtest.",
            )
        end = end or last.date()
        if start is None:
            days = min(90, (last - first).days // 4)
            start = (pd.Timestamp(end) - pd.Timedelta(days=max(0, days - 1))).date()
        if end < start:
            raise InvalidInputError(
                f"--start={start} lies after --end={end}.",
                remedy="Swap them.",
            )
        span = cls(start, end)
        scored = frame.loc[span.first : span.last, list(TARGETS)]
        if missing := [name for name in TARGETS if name not in scored or scored[name].isna().all()]:
            raise InvalidInputError(
                f"There are no observations of {', '.join(missing)} from {start} to {end} to score "
                f"forecasts with; the record is from {first:%Y-%m-%d} to {last:%Y-%m-%d}.",
                remedy="Choose --start and --end within the record, or leave the scores out: --no-backtest.",
            )
        return span

    @property
    def first(self) -> datetime:
        """The first hour scored, the first that training does not see."""
        return datetime.combine(self.start, time(0), KST)

    @property
    def last(self) -> datetime:
        """The last hour scored."""
        return datetime.combine(self.end, time(23), KST)


@dataclass(frozen=True)
class Path:
    """One forecast and its observations. Arrays of one length, an entry for each hour scored, by lead."""

    label: str
    origin: pd.Timestamp
    rmse: float
    leads: Ints
    truth: Floats
    forecasts: dict[str, Floats]


class Scores:
    """The scored pairs of one target, with the time that each is valid at."""

    def __init__(self, target: Target, pairs: ScoredPairs, start: pd.Timestamp, train_hours: int) -> None:
        self.target = target
        self.pairs = pairs
        self.start = start  # the hour that origins count from
        self.train_hours = train_hours
        self.valid = start + pd.to_timedelta(pairs.origins + pairs.leads, unit="h")

    @classmethod
    def of(
        cls,
        features: pd.DataFrame,
        target: Target,
        span: Span,
        every: int,
        parameters: TrainingParameters | None = None,
    ) -> Scores:
        """Train on what precedes the span and score it; `features` are those of `build_features`.

        Raises:
            InvalidInputError: too little is observed before the span, or no pair can be scored in it.
        """
        model = train(features, target, cutoff=span.first, parameters=parameters)
        # Origins count from the first row that a backtest looks at; it is made the first one there is.
        seen = features.loc[pd.Timestamp(span.first) - LOOKBACK - pd.Timedelta(hours=LEADS) :]
        pairs = ScoredPairs.of(model, seen, span.first, span.last, every)
        if not len(pairs.truth):
            raise InvalidInputError(
                f"No forecast of {target} from {span.start} to {span.end} has both an origin and an outcome "
                "that were observed.",
                remedy="Choose a longer span, a smaller --every, or leave the scores out: --no-backtest.",
            )
        return cls(target, pairs, pd.Timestamp(seen.index[0]), int(model.information["hours"]))

    def rmse(self, groups: Ints, size: int, rows: Floats | None = None) -> dict[str, Floats]:
        """Return the RMSE of each of `FORECASTS` in groups 0…size-1 (of `rows`), NaN where one is empty."""
        return {
            name: np.sqrt(
                self._mean((self.pairs.forecasts[name] - self.pairs.truth) ** 2, groups, size, rows)
            )
            for name in FORECASTS
        }

    def by_month(self, first: int, last: int) -> dict[str, Floats]:
        """Return the RMSE by the month of the hour forecast, of leads `first` to `last`."""
        return self.rmse(np.asarray(self.valid.month, np.int64) - 1, 12, self._in_leads(first, last))

    def by_hour(self, first: int, last: int) -> dict[str, Floats]:
        """Return the RMSE by the hour forecast (KST), of leads `first` to `last`."""
        return self.rmse(np.asarray(self.valid.hour, np.int64), 24, self._in_leads(first, last))

    def by_lead(self) -> dict[str, Floats]:
        """Return the RMSE of each of `FORECASTS` at leads 1…48."""
        return self.rmse(self.pairs.leads - 1, LEADS)

    def at_most(self, quantile: str) -> Floats:
        """Return the share of truths at or below a quantile (`p10`, `p90`) in each of `BLOCKS`."""
        held = (self.pairs.truth <= self.pairs.forecasts[quantile]).astype(np.float64)
        return self._mean(held, self._blocks(), len(BLOCKS))

    def coverage(self) -> dict[str, Floats]:
        """Return the share within the 80 % range in each of `BLOCKS`: of all pairs, and of each season."""
        low, high, truth = self.pairs.forecasts["p10"], self.pairs.forecasts["p90"], self.pairs.truth
        held = ((truth >= low) & (truth <= high)).astype(np.float64)
        blocks, seasons = self._blocks(), season(self.valid)
        shares = {"all": self._mean(held, blocks, len(BLOCKS))}
        for number, name in enumerate(SEASONS):
            shares[name] = self._mean(held, blocks, len(BLOCKS), (seasons == number).astype(np.float64))
        return shares

    def examples(self) -> list[Path]:
        """Return the best path, the one with the median error, and the worst ones, the very worst last.

        They are chosen among one path a day, from its last scored origin: the hour that a nightly run starts
        from. Empty when no path has at least 36 of its 48 hours scored.
        """
        whole, counts = np.unique(self.pairs.origins, return_counts=True)
        whole = whole[counts >= _WHOLE_PATH]
        days = (self.start + pd.to_timedelta(whole, unit="h")).tz_convert(KST).normalize()
        origins = whole[~pd.Index(days).duplicated(keep="last")]
        errors = np.array([self._path("", origin).rmse for origin in origins])
        order = origins[np.argsort(errors, kind="stable")]
        labels: dict[int, str] = {}
        if len(order):
            labels[int(order[0])] = "best"
            labels.setdefault(int(order[(len(order) - 1) // 2]), "median error")
            for rank, origin in enumerate(order[::-1][: len(_RANKS)]):
                labels.setdefault(int(origin), _RANKS[rank])
        paths = [self._path(label, origin) for origin, label in labels.items()]
        return paths[:2] + paths[:1:-1]

    def details(self) -> dict[str, Any]:
        """Return all figures, JSON-ready: numbers to three decimals, null where a group is empty."""
        return {
            "train_hours": self.train_hours,
            "origins": len(np.unique(self.pairs.origins)),
            **_plain(self.pairs.summary()),
            "rmse_by_lead": _plain(self.by_lead()),
            "rmse_by_month": {day: _plain(self.by_month(*leads)) for day, leads in DAYS.items()},
            "rmse_by_hour": {day: _plain(self.by_hour(*leads)) for day, leads in DAYS.items()},
            "lead_blocks": [list(block) for block in BLOCKS],
            "share_at_most": {name: _plain(self.at_most(name)) for name in ("p10", "p90")},
            "coverage_80_by_block": _plain(self.coverage()),
            "examples": [
                {
                    "what": path.label,
                    "origin": path.origin.isoformat(timespec="minutes"),
                    "rmse": _plain(path.rmse),
                }
                for path in self.examples()
            ],
        }

    def _path(self, label: str, origin: int) -> Path:
        rows = np.flatnonzero(self.pairs.origins == origin)
        rows = rows[np.argsort(self.pairs.leads[rows])]
        forecasts = {name: values[rows] for name, values in self.pairs.forecasts.items()}
        truth = self.pairs.truth[rows]
        error = float(np.sqrt(np.mean((forecasts["model"] - truth) ** 2)))
        moment = self.start + pd.Timedelta(hours=int(origin))
        return Path(label, moment, error, self.pairs.leads[rows], truth, forecasts)

    def _in_leads(self, first: int, last: int) -> Floats:
        """Return weights: 1 for the pairs of a block of leads, 0 for others."""
        return ((self.pairs.leads >= first) & (self.pairs.leads <= last)).astype(np.float64)

    def _blocks(self) -> Ints:
        lasts = np.array([last for _, last in BLOCKS])
        return np.searchsorted(lasts, self.pairs.leads).astype(np.int64)

    def _mean(self, values: Floats, groups: Ints, size: int, weights: Floats | None = None) -> Floats:
        weights = np.ones(len(values)) if weights is None else weights
        count = np.bincount(groups, weights, minlength=size)
        total = np.bincount(groups, values * weights, minlength=size)
        return np.asarray(np.divide(total, count, out=np.full(size, np.nan), where=count > 0))


def score(
    frame: pd.DataFrame,
    span: Span,
    every: int,
    *,
    targets: Iterable[Target] = TARGETS,
    parameters: TrainingParameters | None = None,
) -> dict[Target, Scores]:
    """Backtest each target on observations of every hour; what `Scores.of` raises holds."""
    features = build_features(frame)
    return {target: Scores.of(features, target, span, every, parameters) for target in targets}


def _plain(value: Any) -> Any:
    """Make a figure, or many, JSON-ready."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, np.ndarray):
        return [_plain(float(part)) for part in value]
    return None if np.isnan(value) else round(value, 3)
