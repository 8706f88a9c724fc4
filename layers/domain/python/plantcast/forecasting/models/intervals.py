"""Calibration: convex weights of members and baselines, and conformal ranges.

Both are fitted for each block of leads on days the boosters did not see, and both give way to a cautious
prior where those days are few.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import nnls

from plantcast.forecasting.arrays import Arrays
from plantcast.forecasting.evaluation.metrics import BLOCKS
from plantcast.forecasting.features.windows import Floats
from plantcast.forecasting.models.baselines import Ints

LEVEL: Final = 0.1  # each tail of the 80 % range
# What was learnt comes first, then the baselines.
CANDIDATES: Final = ("trees", "linear", "network", "persistence", "climatology", "damped_anomaly")
_LEARNT: Final = 3
# How the trust in what was learnt is shared before any evidence.
_SHARES: Final = np.array([0.4, 0.1, 0.5, 0.0, 0.0, 0.0])
# Weights of the baselines before any evidence (in the order of CANDIDATES, the model's apart): from the
# second half day on a little persistence and climatology insure against a damping that is off.
_PRIOR_SOON: Final = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
_PRIOR_LATER: Final = np.array([0.0, 0.0, 0.0, 0.1, 0.1, 0.8])
# The prior weight of what was learnt grows with the days it was fitted on, dᵖ / (dᵖ + halfᵖ), up to a bound.
# For leads over a day it starts slower, since there is less to learn, and ends higher: p = 2 trusts a year as
# d / (d + 1500) did (0.17), and three or four years twice as much (docs/forecasting.md has the figures).
_HALF_TRUST_DAYS: Final = (500.0, 500.0, 500.0, 500.0, 700.0, 700.0)
_TRUST_POWER: Final = (1, 1, 1, 1, 2, 2)
_MOST_TRUST: Final = (0.85, 0.85, 0.85, 0.85, 0.95, 0.95)
_SOON: Final = 2  # blocks
# Days of validation that weigh as much as the prior, for each block: the later the lead, the fewer situations
# a day has. With 60 days for the last two, humidity at leads 37-48 was 1.7 % worse than the best baseline
# after a year of history.
_PRIOR_DAYS: Final = (20.0, 20.0, 20.0, 40.0, 120.0, 120.0)
# A conformal factor settles faster than weights do: it is one quantile of many hours.
_RANGE_PRIOR_DAYS: Final = 6.0
# Ranges fitted on few days are too narrow for the days after them, by about this many days over theirs
# (30 days of Seoul, 2016-2018: 68 % of the truths lay in the unwidened 80 % range).
_NARROW_DAYS: Final = 10.0
# So are those of a history that has met each season once or never, though the days before its end do not show
# it: 90 and 365 days contained 68-79 % of the truths without this factor.
_UNFAMILIAR, _FAMILIAR_DAYS = 0.13, 700.0
_NARROWEST: Final = 0.05  # a range never shrinks to nothing


def block_of(leads: Ints) -> Ints:
    """Return the index into `BLOCKS` of each lead."""
    return np.searchsorted([last for _, last in BLOCKS], leads).astype(np.int64)


@dataclass(frozen=True)
class Blend(Arrays):
    """Convex weights of `CANDIDATES` for each block of leads: [blocks, candidates], rows sum to 1."""

    weights: Floats

    @classmethod
    def fit(
        cls,
        candidates: Mapping[str, Floats],
        truth: Floats,
        leads: Ints,
        days: float,
        fitted_days: float,
    ) -> Blend:
        """Minimise the squared error over convex weights, pulled towards the prior.

        Args:
            candidates: forecasts of `CANDIDATES`; a NaN is replaced by the damped anomaly.
            truth: observations, no NaN.
            leads: the lead of each entry.
            days: how many days the entries span; the prior weighs as `_PRIOR_DAYS` of them.
            fitted_days: how many days the model was fitted on.
        """
        table = _table(candidates)
        blocks = block_of(leads)
        weights = np.stack([_prior(block, fitted_days) for block in range(len(BLOCKS))])
        for block in range(len(BLOCKS)):
            rows = blocks == block
            if np.any(rows):
                prior_share = _PRIOR_DAYS[block] / max(days, 1.0)
                weights[block] = _convex(table[rows], truth[rows], weights[block], prior_share)
        return cls(weights)

    def apply(self, candidates: Mapping[str, Floats], leads: Ints) -> Floats:
        """Return the blended forecast."""
        return np.asarray(np.sum(_table(candidates) * self.weights[block_of(leads)], axis=1))

    def trust(self, leads: Ints) -> Floats:
        """Return the weight of all that was learnt at each lead."""
        return np.asarray(self.weights[:, :_LEARNT].sum(axis=1)[block_of(leads)])


@dataclass(frozen=True)
class Ranges(Arrays):
    """Split-conformal factors for each block of leads, one for each side: [blocks].

    The distance of a quantile from the mean is scaled so that on the validation days one tenth of the
    truths lay beyond it (normalised one-sided conformal prediction: Lei et al. 2018, section 5.2; Romano,
    Patterson and Candès 2019 for quantile regression). A factor of 1 leaves the quantiles as they are.
    """

    low: Floats
    high: Floats

    @classmethod
    def fit(
        cls,
        mean: Floats,
        low: Floats,
        high: Floats,
        truth: Floats,
        leads: Ints,
        days: float,
        fitted_days: float,
    ) -> Ranges:
        """Fit on forecasts and observations (arrays of one length, no NaN; low < mean < high).

        `days` is how many days the entries span, `fitted_days` what the forecasts were fitted on.
        """
        prior = 1 + _NARROW_DAYS / max(fitted_days, 1.0)
        blocks = block_of(leads)
        below = (mean - truth) / np.maximum(mean - low, 1e-9)
        above = (truth - mean) / np.maximum(high - mean, 1e-9)
        factors = np.full((2, len(BLOCKS)), prior)
        evidence = days / (days + _RANGE_PRIOR_DAYS)
        for block in range(len(BLOCKS)):
            rows = blocks == block
            if np.any(rows):
                for side, scores in enumerate((below[rows], above[rows])):
                    factors[side, block] = prior + evidence * (conformal_quantile(scores) - prior)
        factors = np.maximum(factors, _NARROWEST) * (1 + _UNFAMILIAR * np.exp(-fitted_days / _FAMILIAR_DAYS))
        return cls(factors[0], factors[1])

    def apply(self, mean: Floats, low: Floats, high: Floats, leads: Ints) -> tuple[Floats, Floats]:
        """Return the calibrated 10 % and 90 % quantiles; low ≤ mean ≤ high in, the same out."""
        blocks = block_of(leads)
        return mean - self.low[blocks] * (mean - low), mean + self.high[blocks] * (high - mean)


def _table(candidates: Mapping[str, Floats]) -> Floats:
    safe = candidates["damped_anomaly"]
    return np.stack(
        [np.where(np.isnan(candidates[name]), safe, candidates[name]) for name in CANDIDATES], axis=1
    )


def _prior(block: int, fitted_days: float) -> Floats:
    days, half = fitted_days ** _TRUST_POWER[block], _HALF_TRUST_DAYS[block] ** _TRUST_POWER[block]
    trust = min(_MOST_TRUST[block], days / (days + half))
    return np.asarray((1 - trust) * (_PRIOR_SOON if block < _SOON else _PRIOR_LATER) + trust * _SHARES)


def _convex(table: Floats, truth: Floats, prior: Floats, prior_share: float) -> Floats:
    """Solve min |truth - table·w|² + prior_share·scale·|w - prior|² with w ≥ 0 and sum(w) = 1."""
    scale = float(np.mean((truth - table[:, -1]) ** 2)) + 1e-12
    # The sum is fixed by one heavy row: far above the data's weight, far below losing digits.
    heavy = 1e3 * np.sqrt(scale)
    # Errors against a common reference keep the system well conditioned.
    centred = (table - truth[:, None]) / np.sqrt(len(truth))
    gram = centred.T @ centred + prior_share * scale * np.eye(len(prior))
    root = np.linalg.cholesky(gram + 1e-12 * scale * np.eye(len(prior))).T
    right = np.linalg.solve(root.T, prior_share * scale * prior)
    matrix = np.vstack([root, np.full(len(prior), heavy)])
    weights, _ = nnls(matrix, np.append(right, heavy))
    return np.asarray(weights / weights.sum())


def conformal_quantile(scores: Floats, beyond: float = LEVEL) -> float:
    """Return the smallest score that at least (n + 1)(1 - beyond) / n of the n scores do not exceed."""
    level = min(1.0, (len(scores) + 1) * (1 - beyond) / len(scores))
    return float(np.quantile(scores, level, method="higher"))
