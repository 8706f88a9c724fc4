"""Scores for tests of `plantcast explore`: random forecasts beside given observations, no model trained."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.explore.scores import FORECASTS, Scores, Span
from plantcast.forecasting import LEADS, TARGETS, Target
from plantcast.forecasting.evaluation.backtest import ScoredPairs


def made_scores(frame: pd.DataFrame, span: Span, every: int = 1) -> dict[Target, Scores]:
    """Return scores of every `every`-th origin of the span whose 48 hours lie in it, the same each time."""
    first, last = frame.index.get_indexer(pd.DatetimeIndex([span.first, span.last]))
    origins = np.arange(first - 1, last - LEADS + 1, every)
    starts, leads = np.repeat(origins, LEADS), np.tile(np.arange(1, LEADS + 1), len(origins))
    scores: dict[Target, Scores] = {}
    for target in TARGETS:
        rng = np.random.default_rng(5)
        truth = frame[target].to_numpy()[starts + leads]
        forecasts = {name: truth + rng.normal(0, 1 + leads / 24) for name in FORECASTS}
        forecasts |= {"p10": forecasts["model"] - 2, "p90": forecasts["model"] + 2}
        pairs = ScoredPairs(starts, leads, truth, forecasts)
        scores[target] = Scores(target, pairs, pd.Timestamp(frame.index[0]), int(first))
    return scores
