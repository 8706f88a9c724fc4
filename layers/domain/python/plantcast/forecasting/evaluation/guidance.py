"""Published forecasts in a backtest: as issued, corrected, and combined with the station model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from plantcast.forecasting import Target
from plantcast.forecasting.combination import combine
from plantcast.forecasting.correction import Correction, GuidancePairs
from plantcast.forecasting.evaluation.metrics import coverage, rmse
from plantcast.forecasting.features.windows import Floats
from plantcast.forecasting.models.baselines import Ints


def score_guidance(
    target: Target,
    frame: pd.DataFrame,
    table: pd.DataFrame,
    origins: Ints,
    leads: Ints,
    forecasts: Mapping[str, Floats],
    blocks: Mapping[str, tuple[int, int]],
) -> dict[str, dict[str, Any]]:
    """Return, for each block of leads, RMSE of each source over the pairs that the newest issue has.

    Correction and weights of a pair rest on what was observed by its origin. The correction learns from all
    issues of the table, the weights from the pairs scored.

    Args:
        frame: hourly rows with the observed target.
        table: a guidance table (see `plantcast.guidance`).
        origins, leads: of the pairs scored; positions in the frame, and hours.
        forecasts: `model`, `p10`, `p90` and `persistence` of each pair.
        blocks: name → first and last lead.

    Returns:
        For each block `pairs` and the RMSE of `raw`, `mos`, `combined`, `model` and `persistence` in the
        target's unit, and `coverage_80` of the combination; None where there is no pair.
    """
    truth = frame[target].to_numpy(np.float64)
    pairs = GuidancePairs.of(table, target, frame.index[0], len(frame))
    rows = pairs.newest(origins, leads)
    kept = rows >= 0
    origins, leads, rows = origins[kept], leads[kept], rows[kept]
    observed = truth[origins + leads]
    model, p10, p90, persistence = (forecasts[name][kept] for name in ("model", "p10", "p90", "persistence"))
    corrected = Correction.fit(pairs, truth, target).apply(origins, leads, rows)
    combined = combine(target, origins, leads, (model, p10, p90), corrected, observed)
    sources = {
        "raw": pairs.values[rows],
        "mos": corrected,
        "combined": combined.mean,
        "model": model,
        "persistence": persistence,
    }
    scores: dict[str, dict[str, Any]] = {}
    for block, (first, last) in blocks.items():
        chosen = (leads >= first) & (leads <= last)
        any_pair = bool(chosen.any())
        scores[block] = {"pairs": int(chosen.sum())} | {
            name: rmse(values[chosen], observed[chosen]) if any_pair else None
            for name, values in sources.items()
        }
        inside = coverage(combined.low[chosen], combined.high[chosen], observed[chosen]) if any_pair else None
        scores[block]["coverage_80"] = inside
    return scores
