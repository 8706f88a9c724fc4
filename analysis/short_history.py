"""Accuracy of new deployments: PYTHONPATH=layers/domain/python python -m analysis.short_history 30 [step].

From cutoffs every `step` days in 2016-2018, trains on the given number of days and scores the week after.
The model must not be more than 2 % worse than the best baseline in any block of leads.
"""

from __future__ import annotations

import sys
from datetime import timedelta

import numpy as np
import pandas as pd

from analysis.seoul import seoul
from plantcast.forecasting import TARGETS
from plantcast.forecasting.evaluation.backtest import ScoredPairs
from plantcast.forecasting.evaluation.metrics import BLOCKS
from plantcast.forecasting.features.origin import build_features
from plantcast.forecasting.features.pairs import BASELINES
from plantcast.forecasting.training import train


def main(days: str, step: str = "30") -> None:
    """Print RMSE by block of leads, pooled over the cutoffs, and the distance from the best baseline."""
    observations = seoul()
    cutoffs = pd.date_range("2016-02-01", "2018-11-15", freq=f"{step}D", tz="Asia/Seoul")
    for target in TARGETS:
        squares, covered = [], []
        for cutoff in cutoffs:
            span = slice(cutoff - timedelta(days=int(days)), cutoff + timedelta(days=7))
            frame = build_features(observations.loc[span])
            model = train(frame, target, cutoff=cutoff.to_pydatetime())
            last = frame.index[-1].to_pydatetime()
            scored = ScoredPairs.of(model, frame, cutoff.to_pydatetime(), last, every=2)
            squares.append(
                [[scored.rmse(name, *block) ** 2 for name in ("model", *BASELINES)] for block in BLOCKS]
            )
            inside = (scored.truth >= scored.forecasts["p10"]) & (scored.truth <= scored.forecasts["p90"])
            covered.append(np.mean(inside))
        print(f"{target}, {days} days, {len(cutoffs)} cutoffs: coverage {np.mean(covered):.1%}")
        for (first, last_lead), row in zip(BLOCKS, np.sqrt(np.nanmean(squares, axis=0)), strict=True):
            worse = row[0] / row[1:].min() - 1
            print(
                f"  leads {first:2}-{last_lead:2}  RMSE {np.round(row, 2)}  {worse:+.1%} of the best baseline"
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
