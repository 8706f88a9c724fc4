"""Scores of challenger, champion and benchmark on the hours held out, as recorded."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import numpy as np

from plantcast.common.clock import iso_hour
from plantcast.forecasting import LEADS
from plantcast.forecasting.evaluation.backtest import ScoredPairs
from plantcast.forecasting.evaluation.metrics import DAYS, bias, coverage
from plantcast.forecasting.features.pairs import BASELINES

# Of °C and %: far under what decides, and a decision can be made again from the record, digit by digit.
_DECIMALS: Final = 4
_BLOCKS: Final[Mapping[str, tuple[int, int]]] = {"leads_1_48": (1, LEADS), **DAYS}


def held_out_scores(
    challenger: ScoredPairs,
    champion: ScoredPairs | None,
    benchmark: ScoredPairs | None,
    start: datetime,
    origin: datetime,
) -> dict[str, Any]:
    """Return `scores` as in docs/contracts.md for hours [start, origin]; None where there is no score.

    All must have been forecast from the same frame: the truth and the baselines decide which pairs there are,
    so all have the same. A version with other pairs (its stored climatology is damaged) is not scored.
    """
    champion, benchmark = (_comparable(other, challenger) for other in (champion, benchmark))
    scores: dict[str, Any] = {
        "from": iso_hour(start),
        "to": iso_hour(origin),
        "pairs": len(challenger.truth),
        "days": len(np.unique(challenger.origins + challenger.leads)) / 24,
    }
    for block, leads in _BLOCKS.items():
        scores[block] = {
            "challenger": challenger.rmse("model", *leads),
            "champion": None if champion is None else champion.rmse("model", *leads),
            **({} if benchmark is None else {"benchmark": benchmark.rmse("model", *leads)}),
            **{name: challenger.rmse(name, *leads) for name in BASELINES},
        }
    forecasts = challenger.forecasts
    scores["bias"] = bias(forecasts["model"], challenger.truth)
    scores["coverage_80"] = coverage(forecasts["p10"], forecasts["p90"], challenger.truth)
    result: dict[str, Any] = _rounded(scores)
    return result


def _comparable(other: ScoredPairs | None, challenger: ScoredPairs) -> ScoredPairs | None:
    if other is None or not len(other.truth):
        return None
    same = np.array_equal(other.origins, challenger.origins) and np.array_equal(other.leads, challenger.leads)
    return other if same else None


def _rounded(value: Any) -> Any:
    """Return scores as recorded: four decimals, None for NaN or infinity, which JSON lacks."""
    if isinstance(value, float):
        return round(value, _DECIMALS) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    return value
