"""Champion and challenger on the same (origin, lead) pairs: matched first, scored then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from plantcast.clock import iso_hour
from plantcast.forecasting import LEADS
from plantcast.forecasting.backtest import ScoredPairs
from plantcast.forecasting.baselines import Ints
from plantcast.forecasting.dataset import BASELINES
from plantcast.forecasting.events import finite
from plantcast.forecasting.metrics import DAYS, bias, coverage

# Of °C and %: far under what decides, and a decision can be made again from the record, digit by digit.
_DECIMALS: Final = 4
_BLOCKS: Final[Mapping[str, tuple[int, int]]] = {"leads_1_48": (1, LEADS), **DAYS}


@dataclass(frozen=True)
class Comparison:
    """Challenger and champion (None: it could not be scored) on the pairs that both forecast.

    `left_out` counts the challenger's pairs that the champion has no forecast of. The truth and the
    baselines decide which pairs there are, and both see the same observations, so it is 0 unless a stored
    climatology is damaged.
    """

    challenger: ScoredPairs
    champion: ScoredPairs | None
    left_out: int = 0

    @classmethod
    def of(cls, challenger: ScoredPairs, champion: ScoredPairs | None) -> Comparison:
        """Match the pairs; a champion that shares none with the challenger cannot be scored.

        Both must have been forecast from the same frame and first hour: origins are row positions.
        """
        if champion is None:
            return cls(challenger, None)
        shared, own, others = np.intersect1d(
            _numbers(challenger), _numbers(champion), assume_unique=True, return_indices=True
        )
        if not len(shared):
            return cls(challenger, None, len(challenger.truth))
        left_out = len(challenger.truth) - len(shared)
        return cls(_chosen(challenger, own), _chosen(champion, others), left_out)

    def scores(self, start: datetime, origin: datetime) -> dict[str, Any]:
        """Return `scores` as in docs/contracts.md for hours [start, origin]; None where there is none."""
        challenger, champion = self.challenger, self.champion
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
                **{name: challenger.rmse(name, *leads) for name in BASELINES},
            }
        forecasts = challenger.forecasts
        scores["bias"] = bias(forecasts["model"], challenger.truth)
        scores["coverage_80"] = coverage(forecasts["p10"], forecasts["p90"], challenger.truth)
        result: dict[str, Any] = finite(_rounded(scores))
        return result


def _numbers(scored: ScoredPairs) -> Ints:
    """Return one number for each (origin, lead)."""
    return scored.origins * (LEADS + 1) + scored.leads


def _chosen(scored: ScoredPairs, rows: npt.NDArray[np.intp]) -> ScoredPairs:
    forecasts = {name: values[rows] for name, values in scored.forecasts.items()}
    return ScoredPairs(scored.origins[rows], scored.leads[rows], scored.truth[rows], forecasts)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _DECIMALS)
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    return value
