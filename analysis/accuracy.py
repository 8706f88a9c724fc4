"""Accuracy on Seoul: `python -m analysis.accuracy 2021-01-01 2021-12-31 [every]`.

Trains on what precedes the first day. Decide on 2021 or earlier; 2022 is for the record only.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta

import numpy as np

from analysis.seoul import seoul
from plantcast.common.clock import HOUR, KST
from plantcast.forecasting import TARGETS
from plantcast.forecasting.evaluation.backtest import ScoredPairs
from plantcast.forecasting.evaluation.metrics import DAYS, bias, coverage, pinball, rmse, skill
from plantcast.forecasting.features.origin import build_features
from plantcast.forecasting.models.ensemble import FittedModel
from plantcast.forecasting.training import train

SPANS = {"lead 24": (24, 24), "1-24": DAYS["leads_1_24"], "25-48": DAYS["leads_25_48"]}
SEASONS = {"winter": (12, 1, 2), "spring": (3, 4, 5), "summer": (6, 7, 8), "autumn": (9, 10, 11)}


def main(start: str, end: str, every: str = "1") -> None:
    """Print RMSE beside the baselines, by month too; coverage by day ahead and season; pinball loss."""
    frame = build_features(seoul().loc[:end])
    first = datetime.fromisoformat(start).replace(tzinfo=KST)
    last = datetime.fromisoformat(end).replace(tzinfo=KST) + timedelta(days=1) - HOUR
    for target in TARGETS:
        model = train(frame, target, cutoff=first)
        scored = ScoredPairs.of(model, frame, first, last, int(every))
        print(f"{target}: {model.information['hours']} hours, {len(np.unique(scored.origins))} origins")
        _errors(scored)
        months = frame.index[scored.origins + scored.leads].month.to_numpy()
        _months(scored, months)
        _ranges(scored, model, months)


def _errors(scored: ScoredPairs) -> None:
    for name, (low, high) in SPANS.items():
        row = {
            forecast: scored.rmse(forecast, low, high)
            for forecast in ("model", "persistence", "climatology", "damped_anomaly")
        }
        print(
            f"  RMSE {name:8}"
            + "  ".join(f"{forecast} {value:.3f}" for forecast, value in row.items())
            + f"  below persistence {skill(row['model'], row['persistence']):.1%}"
            + f", below damped anomaly {skill(row['model'], row['damped_anomaly']):.1%}"
        )
    print(f"  bias {bias(scored.forecasts['model'], scored.truth):+.3f}")


def _months(scored: ScoredPairs, months: np.ndarray) -> None:
    for name, (low, high) in {**SPANS, "1-48": (1, 48)}.items():
        cells = []
        for month in np.unique(months):
            rows = (months == month) & (scored.leads >= low) & (scored.leads <= high)
            ours, damped = (
                rmse(scored.forecasts[forecast][rows], scored.truth[rows])
                for forecast in ("model", "damped_anomaly")
            )
            cells.append(f"{month}: {skill(ours, damped):.1%}")
        print(f"  below damped anomaly by month, {name:8}" + "  ".join(cells))


def _ranges(scored: ScoredPairs, model: FittedModel, months: np.ndarray) -> None:
    truth, forecasts = scored.truth, scored.forecasts
    damped = model.references.damped
    for name, (low, high) in list(SPANS.items())[1:]:
        rows = (scored.leads >= low) & (scored.leads <= high)
        cells = [f"all {coverage(forecasts['p10'][rows], forecasts['p90'][rows], truth[rows]):.1%}"]
        for season, its in SEASONS.items():
            own = rows & np.isin(months, its)
            if own.any():
                share = coverage(forecasts["p10"][own], forecasts["p90"][own], truth[own])
                cells.append(f"{season} {share:.1%}")
        print(f"  truths in the 80 % range, {name:8}" + "  ".join(cells))
        base, leads = forecasts["damped_anomaly"][rows], scored.leads[rows] - 1
        ours = pinball(forecasts["p10"][rows], truth[rows], 0.1) + pinball(
            forecasts["p90"][rows], truth[rows], 0.9
        )
        theirs = pinball(base + damped.low[leads], truth[rows], 0.1) + pinball(
            base + damped.high[leads], truth[rows], 0.9
        )
        print(
            f"  pinball loss (10 % + 90 %), {name:8}{ours:.3f}, damped anomaly with its climatological "
            f"spread {theirs:.3f}: {skill(ours, theirs):.1%} below"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
