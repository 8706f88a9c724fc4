"""Station model and corrected guidance as one forecast, by what each has proven at this station.

The weight of the station model minimises the squared error of the combination over past pairs of one block of
leads; it follows from the covariance of both errors (Bates and Granger 1969) and is pulled towards a prior
that favours the station model below six hours and the guidance beyond. Ranges are those of the station model
and of the guidance's usual errors, weighed alike and scaled so that they would have held 80 % of the
combination's own errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from plantcast.forecasting import LEADS, Target
from plantcast.forecasting.correction import faded_sums
from plantcast.forecasting.features.windows import Floats
from plantcast.forecasting.models.baselines import Ints
from plantcast.forecasting.models.ensemble import BOUNDS
from plantcast.forecasting.models.intervals import LEVEL, block_of, conformal_quantile

# The prior weight of the station model falls with the lead, 0.85 / (1 + exp((lead − 5.5) / 2)), and counts as
# much as so many hours of evidence in each block.
_PRIOR_WEIGHT, _PRIOR_LEAD, _PRIOR_WIDTH, _PRIOR_HOURS = 0.85, 5.5, 2.0, 90 * 24.0
# The usual error of corrected guidance at leads 0 and 48, linear between (Seoul and Gwangju).
_GUIDANCE_ERROR: Final[Mapping[Target, tuple[float, float]]] = {"ta": (1.1, 1.6), "hm": (5.8, 6.6)}
_NORMAL_90: Final = 1.2816  # the 90 % quantile of the standard normal distribution
# Days of evidence that weigh as much as the unscaled ranges.
_PRIOR_DAYS: Final = 1.0
_WINDOW_HOURS: Final = 15 * 24  # errors of before the correction had learnt are soon forgotten


@dataclass(frozen=True)
class Combined:
    """Combined forecasts, arrays of one length: low ≤ mean ≤ high, within physical bounds.

    `weights` are those of the station model, 0…1; `factors` scaled the ranges.
    """

    mean: Floats
    low: Floats
    high: Floats
    weights: Floats
    factors: Floats


def combine(
    target: Target,
    origins: Ints,
    leads: Ints,
    model: tuple[Floats, Floats, Floats],
    corrected: Floats,
    truth: Floats,
) -> Combined:
    """Combine forecasts in the order of their origins; each rests on what was observed by its origin.

    Args:
        target: gives the physical bounds.
        origins, leads: of each pair; origins are hours from 0 on.
        model: the station model's mean, p10 and p90.
        corrected: the corrected guidance.
        truth: what was observed; NaN where it is not known.
    """
    blocks, valid = block_of(leads), origins + leads
    weights, factors = np.zeros(len(leads)), np.ones(len(leads))
    for block in np.unique(blocks):
        rows = np.flatnonzero(blocks == block)
        difference, error = (values[rows] - corrected[rows] for values in (model[0], truth))
        weights[rows] = _weights(origins[rows], leads[rows], valid[rows], difference, error)
    mean, below, above = _mixed(target, leads, model, corrected, weights)
    for block in np.unique(blocks):
        rows = np.flatnonzero(blocks == block)
        misses = truth[rows] - mean[rows]
        scores = np.abs(misses) / np.maximum(np.where(misses < 0, below[rows], above[rows]), 1e-9)
        factors[rows] = _factors(origins[rows], valid[rows], scores)
    return _bounded(target, mean, below * factors, above * factors, weights, factors)


def combine_with(
    target: Target,
    leads: Ints,
    model: tuple[Floats, Floats, Floats],
    corrected: Floats,
    weights: Floats,
    factors: Floats,
) -> Combined:
    """Combine forecasts with weights and factors that an earlier `combine` found, one for each entry."""
    mean, below, above = _mixed(target, leads, model, corrected, weights)
    return _bounded(target, mean, below * factors, above * factors, weights, factors)


def _mixed(
    target: Target,
    leads: Ints,
    model: tuple[Floats, Floats, Floats],
    corrected: Floats,
    weights: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Return the combination's mean and how far its unscaled range reaches below and above it."""
    mean, p10, p90 = model
    first, last = _GUIDANCE_ERROR[target]
    usual = _NORMAL_90 * (first + (last - first) * leads / LEADS)
    below, above = (weights * part + (1 - weights) * usual for part in (mean - p10, p90 - mean))
    return corrected + weights * (mean - corrected), below, above


def _bounded(
    target: Target, mean: Floats, below: Floats, above: Floats, weights: Floats, factors: Floats
) -> Combined:
    low, high = BOUNDS[target]
    return Combined(
        np.clip(mean, low, high),
        np.clip(mean - below, low, high),
        np.clip(mean + above, low, high),
        weights,
        factors,
    )


def _weights(origins: Ints, leads: Ints, valid: Ints, difference: Floats, error: Floats) -> Floats:
    """Return the model's weight: the slope of the guidance's error over how the two forecasts differ."""
    hours = int(valid.max()) + 1
    known = ~np.isnan(error)
    count = np.bincount(valid[known], minlength=hours)
    sums = np.zeros((hours, 3))
    for column, values in enumerate((difference * error, difference**2)):
        sums[:, column] = np.bincount(valid[known], values[known], hours) / np.maximum(count, 1)
    sums[:, 2] = count > 0
    product, square, evidence = faded_sums(sums)[origins].T
    prior = _PRIOR_WEIGHT / (1 + np.exp((leads - _PRIOR_LEAD) / _PRIOR_WIDTH))
    usual = np.where(evidence > 0, square / np.maximum(evidence, 1e-9), 1.0) * _PRIOR_HOURS + 1e-9
    return np.asarray(np.clip((product + prior * usual) / (square + usual), 0.0, 1.0))


def _factors(origins: Ints, valid: Ints, scores: Floats) -> Floats:
    """Return the factor of the ranges, renewed once a day from the scores known by then."""
    known = np.flatnonzero(~np.isnan(scores))
    known = known[np.argsort(valid[known], kind="stable")]
    times = valid[known]
    result = np.ones(len(origins))
    days = origins // 24
    for day in np.unique(days):
        rows = days == day
        now = int(origins[rows].min())
        first, last = np.searchsorted(times, [now - _WINDOW_HOURS, now], side="right")
        if last > first:
            learnt = (now - times[first]) / 24
            evidence = learnt / (learnt + _PRIOR_DAYS)
            result[rows] += evidence * (conformal_quantile(scores[known[first:last]], 2 * LEVEL) - 1)
    return np.maximum(result, 0.0)
