"""Station model and corrected guidance as one forecast, by what each has proven at this station.

The weight of the station model minimises the squared error of the combination over past pairs of one block of
leads; it follows from the covariance of both errors (Bates and Granger 1969) and is pulled towards a prior
that favours the station model below six hours and the guidance beyond. Ranges are those of the station model,
scaled so that they would have held 80 % of the combination's own errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from plantcast.forecasting import Target
from plantcast.forecasting.correction import faded_sums
from plantcast.forecasting.features.windows import Floats
from plantcast.forecasting.models.baselines import Ints
from plantcast.forecasting.models.ensemble import BOUNDS
from plantcast.forecasting.models.intervals import block_of, conformal_quantile

# The prior weight of the station model falls with the lead, 0.85 / (1 + exp((lead − 5.5) / 2)), and counts as
# much as so many hours of evidence in each block.
_PRIOR_WEIGHT, _PRIOR_LEAD, _PRIOR_WIDTH, _PRIOR_HOURS = 0.85, 5.5, 2.0, 15 * 24.0
# Width of the ranges over the station model's before any evidence, for each of `BLOCKS`, and the days of
# evidence that weigh as much.
_PRIOR_FACTORS: Final = (1.0, 1.0, 0.95, 0.85, 0.8, 0.8)
_PRIOR_DAYS: Final = 2.0
_WINDOW_HOURS: Final = 15 * 24  # errors of before the correction had learnt are soon forgotten


@dataclass(frozen=True)
class Combined:
    """Combined forecasts, arrays of one length: low ≤ mean ≤ high, within physical bounds.

    `weights` are those of the station model, 0…1.
    """

    mean: Floats
    low: Floats
    high: Floats
    weights: Floats


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
    mean, p10, p90 = model
    blocks, valid = block_of(leads), origins + leads
    weights, low_factor, high_factor = np.zeros(len(mean)), np.ones(len(mean)), np.ones(len(mean))
    for block in np.unique(blocks):
        rows = np.flatnonzero(blocks == block)
        difference, error = (values[rows] - corrected[rows] for values in (mean, truth))
        weights[rows] = _weights(origins[rows], leads[rows], valid[rows], difference, error)
    combined = corrected + weights * (mean - corrected)
    for block in np.unique(blocks):
        rows = np.flatnonzero(blocks == block)
        misses = truth[rows] - combined[rows]
        for factors, distance, beyond in (
            (low_factor, mean[rows] - p10[rows], -misses),
            (high_factor, p90[rows] - mean[rows], misses),
        ):
            scores = beyond / np.maximum(distance, 1e-9)
            factors[rows] = _factors(origins[rows], valid[rows], scores, _PRIOR_FACTORS[block])
    low, high = BOUNDS[target]
    return Combined(
        np.clip(combined, low, high),
        np.clip(combined - low_factor * (mean - p10), low, high),
        np.clip(combined + high_factor * (p90 - mean), low, high),
        weights,
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
    return np.clip((product + prior * usual) / (square + usual), 0.0, 1.0)


def _factors(origins: Ints, valid: Ints, scores: Floats, prior: float) -> Floats:
    """Return the factor of one side, renewed once a day from the scores known by then."""
    known = np.flatnonzero(~np.isnan(scores))
    known = known[np.argsort(valid[known], kind="stable")]
    times = valid[known]
    result = np.full(len(origins), float(prior))
    days = origins // 24
    for day in np.unique(days):
        rows = days == day
        now = int(origins[rows].min())
        first, last = np.searchsorted(times, [now - _WINDOW_HOURS, now], side="right")
        if last > first:
            learnt = (now - times[first]) / 24
            evidence = learnt / (learnt + _PRIOR_DAYS)
            result[rows] += evidence * (conformal_quantile(scores[known[first:last]]) - prior)
    return np.maximum(result, 0.0)
