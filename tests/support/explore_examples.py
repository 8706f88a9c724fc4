"""Scores for tests of `plantcast explore`: random forecasts beside given observations, no model trained."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.explore.scores import FORECASTS, Scores, Span
from plantcast.forecasting import LEADS, TARGETS, Target
from plantcast.forecasting.evaluation.backtest import ScoredPairs


def made_scores(frame: pd.DataFrame, span: Span, every: int = 1, **_: Any) -> dict[Target, Scores]:
    """Return scores of every `every`-th origin of the span whose 48 hours lie in it, the same each time."""
    hours = pd.DatetimeIndex(frame.index)
    first, last = hours.get_indexer(pd.DatetimeIndex([span.first, span.last]))
    origins = np.arange(first - 1, last - LEADS + 1, every)
    starts, leads = np.repeat(origins, LEADS), np.tile(np.arange(1, LEADS + 1), len(origins))
    scores: dict[Target, Scores] = {}
    for target in TARGETS:
        rng = np.random.default_rng(5)
        truth = frame[target].to_numpy()[starts + leads]
        forecasts = {name: truth + rng.normal(0, 1 + leads / 24) for name in FORECASTS}
        forecasts |= {"p10": forecasts["model"] - 2, "p90": forecasts["model"] + 2}
        scores[target] = Scores.of(target, ScoredPairs(starts, leads, truth, forecasts), hours, int(first))
    return scores
