"""Backtest: train on what precedes a span, then score every hour of it as it would have been forecast."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from plantcast.common.clock import KST
from plantcast.common.errors import InvalidInputError
from plantcast.forecasting import LEADS, TARGETS, Target
from plantcast.forecasting.evaluation.guidance import score_guidance
from plantcast.forecasting.evaluation.metrics import DAYS, bias, coverage, rmse
from plantcast.forecasting.features.pairs import Dataset
from plantcast.forecasting.features.windows import Floats
from plantcast.forecasting.models.baselines import Ints
from plantcast.forecasting.models.ensemble import LOOKBACK, FittedModel
from plantcast.forecasting.models.trees import TrainingParameters
from plantcast.forecasting.training import train

_BLOCKS = {"lead_24": (24, 24), **DAYS}
_CHUNK = 3_000  # origins forecast at once: 144,000 rows of some 170 columns, 100 MB


def run_backtest(
    frame: pd.DataFrame,
    start: date,
    end: date,
    station: str,
    every: int = 1,
    *,
    targets: Iterable[Target] = TARGETS,
    parameters: TrainingParameters | None = None,
    guidance: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """Train before `start`, forecast from every `every`-th origin, score what is valid in [start, end].

    An origin is an hour at which the target was observed; it may precede `start` by up to 48 h. Model and
    baselines are scored on the same (origin, lead) pairs: those for which the truth and all of them exist.

    Args:
        frame: features of `build_features`, reaching from the training data to the end of the span.
        start, end: first and last day scored, KST.
        station: named in the result.
        every: score every n-th hour as origin.
        guidance: published forecasts of the station (see `plantcast.guidance`).

    Returns:
        `station`, `train_hours`, `origins`, `seconds`, and for each target observed in the span RMSE of the
        model and the baselines at lead 24 and in both lead blocks, bias and coverage of the 80 % range over
        all leads; with guidance, each block has `guidance` (see `score_guidance`).

    Raises:
        InvalidInputError: the span is empty or not in the data, or too little precedes it.
    """
    began = time.monotonic()
    first = datetime.combine(start, clock_time(0), KST)
    last = datetime.combine(end, clock_time(23), KST)
    _check(frame, first, last, every)
    report: dict[str, Any] = {"station": station, "train_hours": 0, "origins": 0, "seconds": 0.0}
    observed = frame.loc[first:last]
    jobs = [
        _Job(frame, target, first, last, every, parameters, guidance)
        for target in targets
        if observed[target].notna().any()
    ]
    if not jobs:
        raise InvalidInputError(
            f"Nothing was observed from {start} to {end}.", remedy="Choose a span within the observations."
        )
    results = _run_side_by_side(jobs) if len(jobs) > 1 else [_run(jobs[0])]
    scores = {}
    for job, (hours, origins, summary) in zip(jobs, results, strict=True):
        report["train_hours"] = max(report["train_hours"], hours)
        report["origins"] = max(report["origins"], origins)
        scores[job.target] = summary
    report["seconds"] = round(time.monotonic() - began, 1)
    return report | {"targets": scores}


@dataclass(frozen=True)
class _Job:
    """What one target's backtest needs."""

    frame: pd.DataFrame
    target: Target
    first: datetime
    last: datetime
    every: int
    parameters: TrainingParameters | None
    guidance: pd.DataFrame | None


def _run(job: _Job) -> tuple[int, int, dict[str, Any]]:
    """Train and score one target: hours of training, origins scored, summary."""
    model = train(job.frame, job.target, cutoff=job.first, parameters=job.parameters)
    scored = ScoredPairs.of(model, job.frame, job.first, job.last, job.every)
    summary = scored.summary()
    if job.guidance is not None:
        scores = score_guidance(
            job.target,
            job.frame,
            job.guidance,
            scored.origins,
            scored.leads,
            scored.forecasts,
            _BLOCKS,
        )
        for block, found in scores.items():
            summary[block]["guidance"] = found
    return int(model.information["hours"]), len(np.unique(scored.origins)), summary


def _run_on_one_thread(job: _Job) -> tuple[int, int, dict[str, Any]]:
    with threadpool_limits(limits=1):
        return _run(job)


def _run_side_by_side(jobs: list[_Job]) -> list[tuple[int, int, dict[str, Any]]]:
    """Run each job in a process of its own: training is single-threaded for the most part.

    The processes are started anew, not forked: the libraries' threads do not survive a fork.
    """
    with ProcessPoolExecutor(len(jobs), mp_context=multiprocessing.get_context("spawn")) as pool:
        return list(pool.map(_run_on_one_thread, jobs))


class ScoredPairs:
    """Forecasts beside the observations: arrays of one length, one entry for each (origin, lead) pair.

    `origins` are positions in the frame that was scored, `leads` hours.
    """

    def __init__(self, origins: Ints, leads: Ints, truth: Floats, forecasts: dict[str, Floats]) -> None:
        self.origins = origins
        self.leads = leads
        self.truth = truth
        self.forecasts = (
            forecasts  # model, persistence, climatology, damped_anomaly; p10 and p90 of the model
        )

    @classmethod
    def of(
        cls, model: FittedModel, frame: pd.DataFrame, first: datetime, last: datetime, every: int = 1
    ) -> ScoredPairs:
        """Forecast every pair valid in [first, last] for which the truth and all baselines exist."""
        # No forecast looks further back: what precedes would only be computed and thrown away.
        before = int(frame.index.searchsorted(pd.Timestamp(first) - LOOKBACK - timedelta(hours=LEADS)))
        frame = frame.iloc[before:]
        dataset = Dataset(frame, model.references)
        low = int(frame.index.searchsorted(pd.Timestamp(first)))
        high = int(frame.index.searchsorted(pd.Timestamp(last), side="right"))
        known = dataset.known()
        known = known[(known >= low - LEADS) & (known < high - 1)]
        known = known[(known - (low - LEADS)) % every == 0]
        parts = [
            cls._chunk(model, dataset, known[i : i + _CHUNK], low, high) for i in range(0, len(known), _CHUNK)
        ]
        if not parts:
            nothing = np.empty(0, np.int64)
            return cls(nothing, nothing, np.empty(0), {name: np.empty(0) for name in _FORECASTS})
        return cls(
            np.concatenate([part.origins for part in parts]) + before,
            np.concatenate([part.leads for part in parts]),
            np.concatenate([part.truth for part in parts]),
            {name: np.concatenate([part.forecasts[name] for part in parts]) for name in _FORECASTS},
        )

    @classmethod
    def _chunk(cls, model: FittedModel, dataset: Dataset, origins: Ints, low: int, high: int) -> ScoredPairs:
        leads = np.tile(np.arange(1, LEADS + 1), len(origins))
        origins = np.repeat(origins, LEADS)
        truth = dataset.truth(origins, leads)
        baselines = dataset.baselines(origins, leads)
        valid = origins + leads
        kept = (valid >= low) & (valid < high) & ~np.isnan(truth + sum(baselines.values()))
        origins, leads = origins[kept], leads[kept]
        pairs = model.predict_pairs(dataset, origins, leads)
        forecasts = {name: values[kept] for name, values in baselines.items()}
        forecasts |= {"model": pairs.mean, "p10": pairs.p10, "p90": pairs.p90}
        return cls(origins, leads, truth[kept], forecasts)

    def rmse(self, name: str, first_lead: int = 1, last_lead: int = LEADS) -> float:
        """Return the RMSE of one of the forecasts over a block of leads."""
        rows = (self.leads >= first_lead) & (self.leads <= last_lead)
        return rmse(self.forecasts[name][rows], self.truth[rows])

    def summary(self) -> dict[str, Any]:
        """Return the scores of one target as `run_backtest` reports them."""
        names = ("model", "persistence", "climatology", "damped_anomaly")
        result: dict[str, Any] = {
            block: {name: self.rmse(name, *leads) for name in names} for block, leads in _BLOCKS.items()
        }
        result["bias"] = bias(self.forecasts["model"], self.truth)
        result["coverage_80"] = coverage(self.forecasts["p10"], self.forecasts["p90"], self.truth)
        return result


_FORECASTS = ("model", "p10", "p90", "persistence", "climatology", "damped_anomaly")


def _check(frame: pd.DataFrame, first: datetime, last: datetime, every: int) -> None:
    if every < 1:
        raise InvalidInputError(f"every={every} is not positive.", remedy="Use 1 for every origin hour.")
    if last < first:
        raise InvalidInputError(
            f"The span ends ({last:%Y-%m-%d}) before it starts ({first:%Y-%m-%d}).", remedy="Swap the dates."
        )
    if frame.index[-1] < first or frame.index[0] > first - timedelta(days=1):
        raise InvalidInputError(
            f"The observations ({frame.index[0]} … {frame.index[-1]}) do not hold both training data before "
            f"{first:%Y-%m-%d} and hours to score after it.",
            remedy="Choose a span within the observations, after at least two weeks of them.",
        )
