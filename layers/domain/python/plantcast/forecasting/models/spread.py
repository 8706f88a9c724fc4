"""How wide ranges must be now: forecast errors cluster in time.

The linear part's errors of the last `DAYS` days, each over what is usual for its season and hour, say by
which factor ranges must be stretched so that eight in ten of the truths would have fallen in: conformal
prediction over a sliding window (Gibbs and Candès 2021 adapt the level to the same end). Without it the share
of truths in the 80 % range of a whole year lay between 75 and 85 % (Seoul 2013-2021, cross-validated), with
it between 79 and 81 %; the price is an interval score about 1 % worse.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np
import pandas as pd

from plantcast.forecasting import LEADS
from plantcast.forecasting.arrays import Arrays
from plantcast.forecasting.evaluation.metrics import BLOCKS
from plantcast.forecasting.features.anomalies import DECIMALS
from plantcast.forecasting.features.windows import Floats, shift
from plantcast.forecasting.models.baselines import calendar_penalties

DAYS: Final = 30
# Looked at before an origin: the days, and the longest lead that ends in them.
LOOKBACK: Final = timedelta(days=DAYS + LEADS // 24)
_HOURS: Final = DAYS * 24
_LEAST_HOURS: Final = _HOURS // 3  # with fewer known the factor is 1
_SHARE: Final = 0.8  # of the truths that a range is to hold
# One lead represents its block: errors of neighbouring leads are nearly equal.
_REPRESENTATIVE_LEADS: Final = tuple((first + last) // 2 for first, last in BLOCKS)
_LEAST, _MOST = 0.5, 2.0  # beyond, a sensor is broken
_FLOOR: Final = 0.3  # least seasonal error, as a share of the mean


@dataclass(frozen=True)
class Spread(Arrays):
    """The usual size of the linear part's errors, for one lead of each block.

    `expected` [terms, blocks] is the mean absolute error by season and hour; `seen` and `unseen` [blocks]
    are the 80 % quantiles of errors over it, on the hours the weights were fitted on and on others.
    """

    expected: Floats
    seen: Floats
    unseen: Floats

    @classmethod
    def fit(cls, seen: Floats, unseen: Floats, terms: Floats) -> Spread:
        """Fit on errors [hours, 48] at consecutive origins (NaN: not known) and the hours' calendar terms."""
        valid_seen, valid_unseen = _by_valid_hour(seen), _by_valid_hour(unseen)
        expected = np.zeros((terms.shape[1], len(BLOCKS)))
        for block in range(len(BLOCKS)):
            known = ~np.isnan(valid_unseen[:, block])
            gram = np.diag(calendar_penalties() + 1e-9) + terms[known].T @ terms[known]
            expected[:, block] = np.linalg.solve(gram, terms[known].T @ np.abs(valid_unseen[known, block]))
        expected = np.round(expected, DECIMALS)
        usual = _usual(expected, terms)
        return cls(expected, _quantiles(valid_seen, usual), _quantiles(valid_unseen, usual))

    def factors(self, errors: Floats, terms: Floats, seen_until: int) -> Floats:
        """Return by how much to stretch ranges at each origin, [hours, blocks]; 1 where too little is known.

        Args:
            errors: of the linear part, [hours, 48] (NaN: not known), at consecutive origins.
            terms: the calendar's terms of the hours, [hours, terms].
            seen_until: position of the first hour that the weights have not seen.
        """
        usual = _usual(self.expected, terms)
        seen = np.arange(len(errors))[:, None] < seen_until
        ratios = np.abs(_by_valid_hour(errors)) / usual / np.where(seen, self.seen, self.unseen)
        windows = pd.DataFrame(ratios).rolling(_HOURS, min_periods=_LEAST_HOURS)
        factors = windows.quantile(_SHARE).to_numpy(np.float64)
        return np.where(np.isnan(factors), 1.0, np.clip(factors, _LEAST, _MOST))

    def season(self, terms: Floats) -> Floats:
        """Return the usual size of errors at hours with these terms over its mean, [hours, blocks]."""
        return np.asarray(_usual(self.expected, terms) / np.maximum(self.expected[0], 1e-6))


def _by_valid_hour(errors: Floats) -> Floats:
    """Return the representative leads' errors at the hour they were forecast for, when they become known."""
    return np.stack([shift(errors[:, lead - 1], lead) for lead in _REPRESENTATIVE_LEADS], axis=1)


def _quantiles(errors: Floats, usual: Floats) -> Floats:
    ratios = np.abs(errors) / usual
    known = [column[~np.isnan(column)] for column in ratios.T]
    return np.array([np.quantile(column, _SHARE).round(DECIMALS) if len(column) else 1.0 for column in known])


def _usual(expected: Floats, terms: Floats) -> Floats:
    # The constant is the first term: the mean over all seasons and hours.
    return np.asarray(np.maximum(terms @ expected, np.maximum(_FLOOR * expected[0], 1e-6)))
