"""What a night's run learns of published forecasts at a station, and applying it to the newest issue.

The formulas are those of `correction` and `combination`, which a backtest applies at every hour of the past;
here they are evaluated at one origin.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import pandas as pd

from plantcast.common.clock import HOUR
from plantcast.forecasting import LEADS, Target
from plantcast.forecasting.arrays import Arrays
from plantcast.forecasting.combination import Combined, combine, combine_with
from plantcast.forecasting.correction import TERMS, Correction, GuidancePairs
from plantcast.forecasting.features.windows import Floats
from plantcast.forecasting.models.baselines import Ints

_LEADS = np.arange(1, LEADS + 1)


@dataclass(frozen=True)
class ModelForecasts:
    """Past forecasts of the station model: arrays of one length, one entry for each (origin, lead) pair.

    `origins` are positions in the frame that is learnt from.
    """

    origins: Ints
    leads: Ints
    mean: Floats
    p10: Floats
    p90: Floats

    @classmethod
    def none(cls) -> ModelForecasts:
        """Return no forecasts: the weights are then those before any evidence."""
        nothing, no_values = np.empty(0, np.int64), np.empty(0)
        return cls(nothing, nothing, no_values, no_values, no_values)


@dataclass(frozen=True)
class Learnt(Arrays):
    """What was learnt of one source and target.

    `coefficients` [terms] are those of `Correction` in the target's unit, `weights` [48] the station model's
    by lead, `factors` [48] the scale of the combination's ranges.
    """

    coefficients: Floats
    weights: Floats
    factors: Floats

    @classmethod
    def prior(cls, target: Target) -> Learnt:
        """Return what holds before any evidence: guidance as issued, prior weights, unscaled ranges."""
        return cls.fit(target, np.full(1, np.nan), GuidancePairs.none(), ModelForecasts.none())

    @classmethod
    def fit(cls, target: Target, truth: Floats, pairs: GuidancePairs, past: ModelForecasts) -> Learnt:
        """Learn from a frame of hours; its last one is the origin that the result is for.

        Args:
            truth: the observed target at each hour, NaN where unknown.
            pairs: guidance valid in the frame.
            past: forecasts by a model that has not seen what they forecast.
        """
        at = len(truth) - 1
        correction = Correction.fit(pairs, truth, target)
        rows = pairs.newest(past.origins, past.leads)
        kept = rows >= 0
        origins, leads, rows = past.origins[kept], past.leads[kept], rows[kept]
        corrected = correction.apply(origins, leads, rows)
        # Forecasts from the last hour, of which nothing is known yet, get what was learnt by then. `combine`
        # renews factors once in 24 hours of the frame: it begins a day here.
        unknown = np.full(LEADS, np.nan)
        result = combine(
            target,
            np.append(origins, np.full(LEADS, at)) + (-at) % 24,
            np.append(leads, _LEADS),
            tuple(np.append(values[kept], unknown) for values in (past.mean, past.p10, past.p90)),  # type: ignore[arg-type]
            np.append(corrected, unknown),
            np.append(truth[origins + leads], unknown),
        )
        return cls(correction.coefficients[-1], result.weights[-LEADS:], result.factors[-LEADS:])

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Restore from `to_json`; ValueError where a length is wrong or a value is not finite."""
        found = super().from_json(data)
        for field, length in zip(fields(cls), (TERMS, LEADS, LEADS), strict=True):
            values = getattr(found, field.name)
            if values.shape != (length,) or not np.isfinite(values).all():
                raise ValueError(f"{field.name} is not {length} finite numbers")
        return found

    def combined(
        self,
        target: Target,
        model: tuple[Floats, Floats, Floats],
        observed: pd.Series,
        table: pd.DataFrame,
        issue: pd.Timestamp,
    ) -> tuple[Combined, Ints]:
        """Combine the station model's path with one issue, where that has a value after its own hour.

        Args:
            target: gives regressors and bounds.
            model: mean, p10 and p90 of leads 1…48.
            observed: the target at consecutive hours, the last of which is the origin.
            table: guidance table with that issue and those before it, for their errors.
            issue: when it was issued; it may be later than the origin.

        Returns:
            The combination and the leads it is for.
        """
        at = len(observed) - 1
        first = observed.index[0]
        pairs = GuidancePairs.of(table, target, first, len(observed) + LEADS)
        number = int((issue - first) // pd.Timedelta(HOUR))
        rows = pairs.rows(np.full(LEADS, number), at + _LEADS)
        kept = (rows >= 0) & (at + _LEADS > number)
        leads, rows = _LEADS[kept], rows[kept]
        truth = np.append(observed.to_numpy(np.float64), np.full(LEADS, np.nan))
        correction = Correction.learnt(pairs, truth, self.coefficients)
        corrected = correction.apply(np.full(len(leads), at), leads, rows)
        mean, p10, p90 = (values[kept] for values in model)
        weights, factors = self.weights[kept], self.factors[kept]
        return combine_with(target, leads, (mean, p10, p90), corrected, weights, factors), leads
