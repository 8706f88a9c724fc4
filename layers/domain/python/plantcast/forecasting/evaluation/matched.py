"""Challenger, champion and benchmark on the same (origin, lead) pairs: matched first, scored then."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np

from plantcast.common.clock import iso_hour
from plantcast.forecasting import LEADS
from plantcast.forecasting.evaluation.backtest import ScoredPairs
from plantcast.forecasting.evaluation.metrics import DAYS, bias, coverage
from plantcast.forecasting.features.pairs import BASELINES
from plantcast.forecasting.models.baselines import Ints

# Of °C and %: far under what decides, and a decision can be made again from the record, digit by digit.
_DECIMALS: Final = 4
_BLOCKS: Final[Mapping[str, tuple[int, int]]] = {"leads_1_48": (1, LEADS), **DAYS}


@dataclass(frozen=True)
class MatchedScores:
    """Challenger, champion and benchmark (None: it could not be scored) on the pairs that all forecast.

    `left_out` counts the challenger's pairs that one of the others has no forecast of. The truth and the
    baselines decide which pairs there are, and all see the same observations, so it is 0 unless a stored
    climatology is damaged.
    """

    challenger: ScoredPairs
    champion: ScoredPairs | None
    benchmark: ScoredPairs | None = None
    left_out: int = 0

    @classmethod
    def of(
        cls, challenger: ScoredPairs, champion: ScoredPairs | None, benchmark: ScoredPairs | None = None
    ) -> MatchedScores:
        """Match the pairs; a version that shares none with the others cannot be scored.

        All must have been forecast from the same frame and first hour: origins are row positions.
        """
        pairs, left_out = _numbers(challenger), 0
        scored: list[ScoredPairs | None] = []
        for other in (champion, benchmark):
            shared = pairs if other is None else np.intersect1d(pairs, _numbers(other), assume_unique=True)
            if not len(shared):
                left_out = len(challenger.truth)
            scored.append(other if len(shared) else None)
            pairs = shared if len(shared) else pairs
        champion, benchmark = (None if one is None else _only(one, pairs) for one in scored)
        left_out = max(left_out, len(challenger.truth) - len(pairs))
        return cls(_only(challenger, pairs), champion, benchmark, left_out)

    def scores(self, start: datetime, origin: datetime) -> dict[str, Any]:
        """Return `scores` as in docs/contracts.md for hours [start, origin]; None where there is none."""
        challenger, champion, benchmark = self.challenger, self.champion, self.benchmark
        scores: dict[str, Any] = {
            "from": iso_hour(start),
            "to": iso_hour(origin),
            "pairs": len(challenger.truth),
            "pairs_left_out": self.left_out,
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


def _numbers(scored: ScoredPairs) -> Ints:
    """Return one number for each (origin, lead)."""
    return scored.origins * (LEADS + 1) + scored.leads


def _only(scored: ScoredPairs, pairs: Ints) -> ScoredPairs:
    """Return the pairs with these numbers, in the order of the numbers."""
    _, rows, _ = np.intersect1d(_numbers(scored), pairs, assume_unique=True, return_indices=True)
    forecasts = {name: values[rows] for name, values in scored.forecasts.items()}
    return ScoredPairs(scored.origins[rows], scored.leads[rows], scored.truth[rows], forecasts)


def _rounded(value: Any) -> Any:
    """Return scores as recorded: four decimals, None for NaN or infinity, which JSON lacks."""
    if isinstance(value, float):
        return round(value, _DECIMALS) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    return value
