"""Scores of forecasts. Arrays of one shape; pairs with a NaN in any of them are left out.

With no complete pair every score is NaN, which no gate passes.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from plantcast.forecasting.features.windows import Floats

# The two days ahead, as reported, and the finer blocks in which ranges and blends are fitted: errors grow
# fast in the first hours and slowly later.
DAYS: Final = {"leads_1_24": (1, 24), "leads_25_48": (25, 48)}
BLOCKS: Final = ((1, 3), (4, 6), (7, 12), (13, 24), (25, 36), (37, 48))


def rmse(forecast: Floats, truth: Floats) -> float:
    """Root mean square error, in the unit of the truth."""
    forecast, truth = _complete(forecast, truth)
    return float(np.sqrt(np.mean((forecast - truth) ** 2))) if len(truth) else float("nan")


def bias(forecast: Floats, truth: Floats) -> float:
    """Mean of forecast minus truth: positive when the forecast is too warm, or too humid."""
    forecast, truth = _complete(forecast, truth)
    return float(np.mean(forecast - truth)) if len(truth) else float("nan")


def coverage(low: Floats, high: Floats, truth: Floats) -> float:
    """Share of truths within [low, high], ends included."""
    low, high, truth = _complete(low, high, truth)
    return float(np.mean((truth >= low) & (truth <= high))) if len(truth) else float("nan")


def pinball(quantile: Floats, truth: Floats, level: float) -> float:
    """Mean pinball loss of a quantile forecast (Koenker and Bassett 1978), in the unit of the truth."""
    quantile, truth = _complete(quantile, truth)
    error = truth - quantile
    return float(np.mean(np.maximum(level * error, (level - 1) * error))) if len(truth) else float("nan")


def skill(score: float, reference: float) -> float:
    """Share of the reference's error that is gone: 1 - score / reference; 0 means no better."""
    return 1.0 - score / reference if reference > 0 else float("nan")


def _complete(*arrays: Floats) -> tuple[npt.NDArray[np.float64], ...]:
    present = ~np.isnan(np.stack(arrays)).any(axis=0)
    return tuple(np.asarray(array, np.float64)[present] for array in arrays)
