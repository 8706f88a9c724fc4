"""What the linear part and the networks see: every feature of an origin as an anomaly of usual size 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from plantcast.forecasting.arrays import Arrays
from plantcast.forecasting.features.pairs import Matrix
from plantcast.forecasting.features.windows import Floats
from plantcast.forecasting.models.baselines import calendar_penalties

# A downpour is 30 standard deviations of an hour's rain; beyond 4 it predicts no more of tomorrow, and would
# carry a linear forecast away.
_MOST: Final = 4.0
_CHUNK: Final = 8_192
_GAPS: Final = 0.01  # share of hours missing from which on a column's gaps are filled in rounds
_ROUNDS: Final = 8  # a gap of a quarter of the hours is forgotten to one part in ten thousand
# Weights are kept with so many decimals: what is stored is what is used, and the last bits, in which
# machines differ, are gone. Inputs are of size 1, so the forecast moves by less than 1e-4 of its error.
DECIMALS: Final = 6


@dataclass(frozen=True)
class Inputs(Arrays):
    """Standardisation of the origin's features: centre and scale, season and hour of day removed.

    Trees find any threshold; to a linear map 1 °C must look cold in July.
    """

    centre: Floats  # [names]
    spread: Floats  # [names]
    seasonal: Floats  # [terms, names], of the standardised values
    scale: Floats  # [names], of what is left

    @classmethod
    def fit(cls, table: Matrix, terms: Floats) -> Inputs:
        """Fit on a table [hours, names] (NaN: unknown) and the `calendar_terms` of its hours."""
        present = ~np.isnan(table)
        count = np.maximum(present.sum(axis=0), 1)
        centre = np.where(present, table, 0).sum(axis=0, dtype=np.float64) / count
        squares = np.zeros(table.shape[1])
        for rows in chunks(len(table)):
            squares += (np.nan_to_num(table[rows].astype(np.float64) - centre) ** 2).sum(axis=0)
        spread = _never_tiny(np.sqrt(squares / count))
        seasonal = _seasonal(table, terms, centre, spread)
        squares[:] = 0
        for rows in chunks(len(table)):
            left = (table[rows] - centre) / spread - terms[rows] @ seasonal
            squares += (np.nan_to_num(left) ** 2).sum(axis=0)
        scale = _never_tiny(np.sqrt(squares / count))
        return cls(*(np.round(part, DECIMALS) for part in (centre, spread, seasonal, scale)))

    def apply(self, table: Matrix, terms: Floats) -> Matrix:
        """Return the table standardised, float32 [hours, names]; what is not known is 0, its usual value."""
        result = np.empty(table.shape, np.float32)
        for rows in chunks(len(table)):
            values = (table[rows] - self.centre) / self.spread - terms[rows] @ self.seasonal
            result[rows] = np.clip(np.nan_to_num(values / self.scale), -_MOST, _MOST)
        return result


def _seasonal(table: Matrix, terms: Floats, centre: Floats, spread: Floats) -> Floats:
    """Return each column's seasonal part, [terms, names], of the standardised values.

    All columns share one Gram matrix: a gap is filled with what the last estimate expects there, which a few
    rounds bring to where the known values want it.
    """
    gram = np.diag(calendar_penalties())
    for rows in chunks(len(table)):
        gram += terms[rows].T @ terms[rows]
    gappy = np.flatnonzero(np.isnan(table).mean(axis=0) > _GAPS)
    seasonal = np.zeros((terms.shape[1], table.shape[1]))
    for columns, rounds in ((slice(None), 1), (gappy, _ROUNDS if len(gappy) else 0)):
        for _ in range(rounds):
            moment = np.zeros_like(seasonal[:, columns])
            for rows in chunks(len(table)):
                values = (table[rows][:, columns] - centre[columns]) / spread[columns]
                expected = terms[rows] @ seasonal[:, columns]
                moment += terms[rows].T @ np.where(np.isnan(values), expected, values)
            seasonal[:, columns] = np.linalg.solve(gram, moment)
    return seasonal


def chunks(rows: int) -> list[slice]:
    """Split so many rows into pieces that fit into the cache's neighbourhood."""
    return [slice(first, min(first + _CHUNK, rows)) for first in range(0, rows, _CHUNK)]


def _never_tiny(scale: Floats) -> Floats:
    # A feature that never varies (a variable the station lacks) must become 0, not noise blown up.
    return np.where(scale > 1e-4, scale, 1.0)
