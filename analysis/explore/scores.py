"""A backtest's pairs as a table: errors by lead, month and hour, coverage, single forecasts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd

from plantcast.common.clock import KST
from plantcast.common.errors import InvalidInputError
from plantcast.forecasting import LEADS, TARGETS, Target
from plantcast.forecasting.evaluation.backtest import ScoredPairs
from plantcast.forecasting.features.origin import build_features
from plantcast.forecasting.models.intervals import block_of
from plantcast.forecasting.models.trees import TrainingParameters
from plantcast.forecasting.training import train

FORECASTS: Final = ("model", "damped_anomaly", "persistence", "climatology")
_WHOLE_PATH: Final = 36  # hours scored of a path's 48: one with more gaps is not shown


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
        end = end or last.date()
        start = start or end - timedelta(days=max(0, min(90, (last - first).days // 4) - 1))
        if end < start:
            raise InvalidInputError(f"--start={start} is after --end={end}.", remedy="Swap them.")
        span = cls(start, end)
        scored = frame.loc[span.first : span.last, list(TARGETS)]
        if missing := [name for name in TARGETS if scored[name].isna().all()]:
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
class Scores:
    """The scored pairs of one target.

    `table` has a row for each (origin, lead): `origin` and `valid` (hours, KST), `lead`, `truth`, and the
    forecasts `model`, `p10`, `p90`, `damped_anomaly`, `persistence`, `climatology`.
    """

    target: Target
    table: pd.DataFrame
    summary: Mapping[str, Any]

    @classmethod
    def of(cls, target: Target, pairs: ScoredPairs, hours: pd.DatetimeIndex, train_hours: int) -> Scores:
        """Take a backtest's pairs; `hours` are those of the frame that was scored."""
        origin = hours[pairs.origins]
        columns = {"origin": origin, "lead": pairs.leads, "truth": pairs.truth, **pairs.forecasts}
        table = pd.DataFrame(columns).assign(valid=origin + pd.to_timedelta(pairs.leads, unit="h"))
        summary = {"train_hours": train_hours, "origins": int(table["origin"].nunique()), **pairs.summary()}
        return cls(target, table, summary)

    def by_lead(self) -> pd.DataFrame:
        """Return the RMSE of each of `FORECASTS` at leads 1…48."""
        return _rmse(self.table, self.table["lead"]).reindex(range(1, LEADS + 1))

    def by_month(self, first: int, last: int) -> pd.DataFrame:
        """Return the RMSE by the month of the hour forecast, of leads `first` to `last`."""
        rows = self.table[self.table["lead"].between(first, last)]
        return _rmse(rows, rows["valid"].dt.month).reindex(range(1, 13))

    def by_hour(self, first: int, last: int) -> pd.DataFrame:
        """Return the RMSE by the hour forecast (KST), of leads `first` to `last`."""
        rows = self.table[self.table["lead"].between(first, last)]
        return _rmse(rows, rows["valid"].dt.hour).reindex(range(24))

    def reliability(self) -> pd.DataFrame:
        """Return, by lead block, the share of truths at most `p10`, at most `p90`, and in the `range`."""
        table = self.table
        shares = pd.DataFrame(
            {
                "p10": table["truth"] <= table["p10"],
                "p90": table["truth"] <= table["p90"],
                "range": table["truth"].between(table["p10"], table["p90"]),
            }
        )
        return shares.groupby(block_of(table["lead"].to_numpy())).mean()

    def examples(self) -> dict[str, pd.DataFrame]:
        """Return the rows of the best path, the one with the median error, and the worst.

        They are chosen among the last scored origin of each day. Empty when no path has 36 hours scored.
        """
        rows_of = {pd.Timestamp(origin): rows for origin, rows in self.table.groupby("origin")}  # type: ignore[arg-type]
        paths = {origin: rows for origin, rows in rows_of.items() if len(rows) >= _WHOLE_PATH}
        daily = {origin.date(): origin for origin in paths}.values()
        ordered = sorted(daily, key=lambda origin: path_rmse(paths[origin]))
        if not ordered:
            return {}
        chosen = {"best": ordered[0], "median error": ordered[(len(ordered) - 1) // 2], "worst": ordered[-1]}
        return {label: paths[origin].sort_values("lead") for label, origin in chosen.items()}


def path_rmse(path: pd.DataFrame) -> float:
    """Return the model's RMSE over the rows of a path."""
    return float(np.sqrt(np.mean((path["model"] - path["truth"]) ** 2)))


def score(
    frame: pd.DataFrame, span: Span, every: int, *, parameters: TrainingParameters | None = None
) -> dict[Target, Scores]:
    """Train each target on what precedes the span and score every `every`-th origin of it.

    Args:
        frame: observations, a row for every hour.

    Raises:
        InvalidInputError: too little is observed before the span, or no pair can be scored in it.
    """
    features = build_features(frame)
    scores: dict[Target, Scores] = {}
    for target in TARGETS:
        model = train(features, target, cutoff=span.first, parameters=parameters)
        pairs = ScoredPairs.of(model, features, span.first, span.last, every)
        if not len(pairs.truth):
            raise InvalidInputError(
                f"No forecast of {target} from {span.start} to {span.end} has both an origin and an outcome "
                "that were observed.",
                remedy="Choose a longer span, a smaller --every, or leave the scores out: --no-backtest.",
            )
        hours = pd.DatetimeIndex(features.index)
        scores[target] = Scores.of(target, pairs, hours, int(model.information["hours"]))
    return scores


def _rmse(rows: pd.DataFrame, by: pd.Series[int]) -> pd.DataFrame:
    squares = rows[list(FORECASTS)].sub(rows["truth"], axis=0) ** 2
    return squares.groupby(by).mean() ** 0.5
