"""Correction of published forecasts by what they missed at this station (model output statistics, MOS).

The error of an issue at a valid hour, observation − guidance, is modelled as a linear function of the hour
of the day, cloud and probability of precipitation. The coefficients follow from Bayesian linear regression
(Bishop 2006, Pattern Recognition and Machine Learning, section 3.3) with a prior around zero, "as issued": a
few days change little, a week already removes a bias. Evidence fades with its age, so that the correction
follows the seasons and changes of the published model. What is left of the newest errors is carried on into
the next hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np
import pandas as pd

from plantcast.common.clock import HOUR
from plantcast.forecasting import Target
from plantcast.forecasting.features.windows import Floats
from plantcast.forecasting.models.baselines import Ints

# The usual error of the KMA's forecast (Seoul and Gwangju, leads 6-30), which the prior is in units of.
_USUAL_ERROR: Final[Mapping[Target, float]] = {"ta": 1.3, "hm": 6.5}
# Standard deviations of the coefficients before any evidence, in usual errors: constant, sine and cosine of
# the hour, cloud (a step of the code), precipitation (50 %). A mean error of humidity stays; one of
# temperature passes with the weather (Seoul, July 2025: from −1.4 to +2 °C within a week) and must be proven
# for long.
_PRIOR: Final[Mapping[Target, tuple[float, ...]]] = {
    "ta": (0.1, 0.4, 0.4, 0.4, 0.4),
    "hm": (0.9, 0.4, 0.4, 0.4, 0.4),
}
_MEAN_SKY, _MEAN_POP, _POP_SCALE = 2.5, 30.0, 50.0
# Errors of neighbouring hours are alike: so many hours hold one independent error.
_HOURS_ALIKE: Final = 12.0
FADING: Final = timedelta(days=60)
TERMS: Final = 5
# The mean of the newest three errors counts by 0.7 at first and fades in five hours.
_RECENT_HOURS, _RECENT_SHARE, _RECENT_FADES = 3, 0.7, 5.0


@dataclass(frozen=True)
class GuidancePairs:
    """Guidance for one target as arrays of one length, sorted by valid hour, then issue.

    `issues` and `valid` are hours since the frame's first one (issues may precede it), `values` the guidance
    in the target's unit, `terms` the regressors, [pairs, terms].
    """

    issues: Ints
    valid: Ints
    values: Floats
    terms: Floats

    @classmethod
    def none(cls) -> GuidancePairs:
        """Return no pairs."""
        nothing = np.empty(0, np.int64)
        return cls(nothing, nothing, np.empty(0), np.empty((0, TERMS)))

    @classmethod
    def of(cls, table: pd.DataFrame, target: Target, first: pd.Timestamp, hours: int) -> GuidancePairs:
        """Return the pairs of a guidance table that are valid within the frame.

        Args:
            table: a guidance table (see `plantcast.guidance`).
            first, hours: the frame's first hour and how many it has.
        """
        valid = _hours(table["valid_at"], first)
        kept = (valid >= 0) & (valid < hours) & table[target].notna().to_numpy()
        rows = table[kept]
        clock = 2 * np.pi * rows["valid_at"].dt.hour.to_numpy() / 24
        terms = np.stack(
            [
                np.ones(len(rows)),
                np.sin(clock),
                np.cos(clock),
                rows["sky"].fillna(_MEAN_SKY).to_numpy() - _MEAN_SKY,
                (rows["pop"].fillna(_MEAN_POP).to_numpy() - _MEAN_POP) / _POP_SCALE,
            ],
            axis=1,
        )
        return cls(_hours(rows["issued_at"], first), valid[kept], rows[target].to_numpy(np.float64), terms)

    def newest(self, origins: Ints, leads: Ints) -> Ints:
        """Return the row of the newest issue released by each origin, for each lead; −1 where there is none.

        Issue and observation of an hour are released together, so an issue counts from the origin of its own
        hour on. Only that issue counts: where it does not have the valid hour, nothing does.
        """
        if not len(self.issues):
            return np.full(len(origins), -1, np.int64)
        released = np.unique(self.issues)
        position = np.searchsorted(released, origins, side="right") - 1
        rows = self.rows(released[np.maximum(position, 0)], origins + leads)
        return np.where(position >= 0, rows, -1)

    def rows(self, issues: Ints, valid: Ints) -> Ints:
        """Return the row of each issue and valid hour, −1 where there is none."""
        if not len(self.issues):
            return np.full(len(valid), -1, np.int64)
        first = int(min(self.issues.min(), issues.min(initial=0)))
        width = int(max(self.issues.max(), issues.max(initial=0))) - first + 1
        keys = self.valid * width + self.issues - first
        wanted = valid * width + issues - first
        row = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return np.where(keys[row] == wanted, row, -1)


@dataclass(frozen=True)
class Correction:
    """The correction as it stands at each hour of the frame, from nothing observed later.

    `coefficients` are [hours, terms] in the target's unit, `recent` [hours] the mean error of the newest
    hours after correction.
    """

    pairs: GuidancePairs
    coefficients: Floats
    recent: Floats

    @classmethod
    def fit(cls, pairs: GuidancePairs, truth: Floats, target: Target) -> Correction:
        """Learn from each hour what it shows; `truth` is the observed target at each hour of the frame."""
        errors = truth[pairs.valid] - pairs.values
        known = ~np.isnan(errors)
        valid, terms, left = pairs.valid[known], pairs.terms[known], errors[known]
        # However many issues an hour has, it is one piece of evidence.
        each = np.bincount(valid, minlength=len(truth))[valid]
        weights = 1 / (each * _HOURS_ALIKE * _USUAL_ERROR[target] ** 2)
        size = pairs.terms.shape[1]
        precision, moment = np.zeros((len(truth), size, size)), np.zeros((len(truth), size))
        np.add.at(precision, valid, weights[:, None, None] * terms[:, :, None] * terms[:, None, :])
        np.add.at(moment, valid, (weights * left)[:, None] * terms)
        prior = np.diag(1 / (np.array(_PRIOR[target]) * _USUAL_ERROR[target]) ** 2)
        solved = np.linalg.solve(prior + faded_sums(precision), faded_sums(moment)[:, :, None])
        coefficients = np.asarray(solved[:, :, 0], np.float64)
        return cls(pairs, coefficients, _recent(pairs, errors, coefficients))

    @classmethod
    def learnt(cls, pairs: GuidancePairs, truth: Floats, coefficients: Floats) -> Correction:
        """Return a correction by coefficients of an earlier `fit`, [terms], and this frame's errors."""
        everywhere = np.tile(coefficients, (len(truth), 1))
        return cls(pairs, everywhere, _recent(pairs, truth[pairs.valid] - pairs.values, everywhere))

    def apply(self, origins: Ints, leads: Ints, rows: Ints) -> Floats:
        """Return the corrected guidance of rows found by `GuidancePairs.newest` or `rows`."""
        change = np.sum(self.pairs.terms[rows] * self.coefficients[origins], axis=1)
        carried = _RECENT_SHARE * np.exp(-leads / _RECENT_FADES) * self.recent[origins]
        return np.asarray(self.pairs.values[rows] + change + carried)


def faded_sums(values: Floats) -> Floats:
    """Return, at each hour, the sum of what is given up to it, each weighed by exp(−age / `FADING`).

    `values` is [hours, …]; so is the result.
    """
    kept = float(np.exp(-HOUR / FADING))
    sums = np.empty_like(values)
    total = np.zeros(values.shape[1:])
    for hour in range(len(values)):
        total = kept * total + values[hour]
        sums[hour] = total
    return sums


def _recent(pairs: GuidancePairs, errors: Floats, coefficients: Floats) -> Floats:
    """Return the mean error after correction over the newest hours, [hours]; 0 where none is known."""
    newest = np.flatnonzero(np.diff(pairs.valid, append=-1) != 0)  # the last issue of each valid hour
    newest = newest[~np.isnan(errors[newest])]
    total, count = np.zeros(len(coefficients)), np.zeros(len(coefficients))
    for back in range(_RECENT_HOURS):
        rows = newest[pairs.valid[newest] + back < len(coefficients)]
        at = pairs.valid[rows] + back
        total[at] += errors[rows] - np.sum(pairs.terms[rows] * coefficients[at], axis=1)
        count[at] += 1
    return np.asarray(total / np.maximum(count, 1))


def _hours(times: pd.Series, first: pd.Timestamp) -> Ints:
    return np.asarray((times - first) // pd.Timedelta(HOUR), np.int64)
