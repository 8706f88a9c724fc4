"""The linear part: a ridge regression of all 48 leads at once, its weights varying with season and hour.

It forecasts the errors of the damped anomaly in units of their usual size. One set of normal equations
serves every lead, every fold of the cross-validation and every strength of the ridge, so ten years take
seconds. Forecasts of the training hours by weights that have not seen them come with it: the networks learn
from those, and ranges know from them how large errors are on unseen days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.linalg

from plantcast.forecasting import LEADS
from plantcast.forecasting.arrays import Arrays
from plantcast.forecasting.evaluation.metrics import BLOCKS
from plantcast.forecasting.features.anomalies import DECIMALS, chunks
from plantcast.forecasting.features.pairs import Matrix
from plantcast.forecasting.features.windows import Floats
from plantcast.forecasting.models.baselines import Ints

# Strengths of the ridge, in hours of evidence, of which the cross-validation chooses one for each block.
STRENGTHS: Final = (1e3, 3e3, 1e4, 3e4, 1e5, 3e5, 1e6)
_MOST_FOLDS, _LEAST_FOLDS = 10, 5  # a year each where there are years
_FOLD_HOURS: Final = 8_766


@dataclass(frozen=True)
class Linear(Arrays):
    """Weights [terms of `design`, 48]."""

    weights: Floats

    def predict(self, inputs: Matrix, terms: Floats, clock: Floats) -> Floats:
        """Return the forecast errors of the damped anomaly over their usual size, [hours, 48]."""
        result = np.empty((len(inputs), LEADS))
        for rows in chunks(len(inputs)):
            result[rows] = design(inputs[rows], terms[rows], clock[rows]) @ self.weights
        return result


@dataclass(frozen=True)
class LinearFit:
    """The fitted linear part, its cross-validated forecasts (`unseen`) and the ridge's strength by block."""

    linear: Linear
    unseen: Floats  # [rows, 48]
    strengths: Floats  # [blocks]


def design(inputs: Matrix, terms: Floats, clock: Floats) -> Floats:
    """Return the terms of the regression: inputs, inputs times each clock term, the calendar's terms."""
    values = inputs.astype(np.float64)
    return np.hstack([values, *(values * wave[:, None] for wave in clock.T), terms])


def fit_linear(
    inputs: Matrix,
    terms: Floats,
    clock: Floats,
    labels: Floats,
    positions: Ints,
    candidates: Sequence[float] = STRENGTHS,
) -> LinearFit:
    """Fit by ridge, the strength chosen for each block of leads by cross-validation over spans of time.

    Args:
        inputs, terms, clock: of the training hours, [rows, …].
        labels: errors of the damped anomaly over their usual size, [rows, 48], no NaN.
        positions: the hour of each row, ascending; rows within 48 h of a fold are kept from its weights,
            for their truth is in it.
        candidates: the strengths to choose from; each costs a factorisation for every fold.
    """
    folds = _folds(positions)
    sums, buffers = (
        [_Sums.of(inputs[rows], terms[rows], clock[rows], labels[rows]) for rows in part]
        for part in zip(*folds, strict=True)
    )
    everything = _Sums.total(sums)
    errors = np.zeros((len(candidates), LEADS))
    solved = []
    for fold, buffer in zip(sums, buffers, strict=True):
        others = everything.without(fold).without(buffer)
        weights = [others.solve(strength) for strength in candidates]
        errors += [fold.squared_errors(candidate) for candidate in weights]
        solved.append(weights)
    chosen = np.concatenate(
        [np.full(last - first + 1, _least(errors[:, first - 1 : last])) for first, last in BLOCKS]
    )
    unseen = np.empty_like(labels)
    for (rows, _), weights in zip(folds, solved, strict=True):
        mixed = Linear(_by_lead(weights, chosen))
        unseen[rows] = mixed.predict(inputs[rows], terms[rows], clock[rows])
    final = {choice: everything.solve(candidates[choice]) for choice in set(chosen.tolist())}
    linear = Linear(np.round(_by_lead(final, chosen), DECIMALS))
    firsts = [first - 1 for first, _ in BLOCKS]
    return LinearFit(linear, unseen, np.asarray(candidates)[chosen[firsts]])


@dataclass(frozen=True)
class _Sums:
    """The normal equations of some rows: additive, so that folds can be taken out."""

    gram: Floats
    moment: Floats
    squares: Floats  # [48]

    @classmethod
    def of(cls, inputs: Matrix, terms: Floats, clock: Floats, labels: Floats) -> _Sums:
        size = inputs.shape[1] * (1 + clock.shape[1]) + terms.shape[1]
        gram, moment = np.zeros((size, size)), np.zeros((size, LEADS))
        for rows in chunks(len(inputs)):
            part = design(inputs[rows], terms[rows], clock[rows])
            gram += part.T @ part
            moment += part.T @ labels[rows]
        return cls(gram, moment, np.sum(labels**2, axis=0))

    @classmethod
    def total(cls, parts: list[_Sums]) -> _Sums:
        return cls(
            np.sum([part.gram for part in parts], axis=0),
            np.sum([part.moment for part in parts], axis=0),
            np.sum([part.squares for part in parts], axis=0),
        )

    def without(self, other: _Sums) -> _Sums:
        return _Sums(self.gram - other.gram, self.moment - other.moment, self.squares - other.squares)

    def solve(self, strength: float) -> Floats:
        gram = self.gram + strength * np.eye(len(self.gram))
        weights = scipy.linalg.cho_solve(scipy.linalg.cho_factor(gram, overwrite_a=True), self.moment)
        return np.asarray(weights, np.float64)

    def squared_errors(self, weights: Floats) -> Floats:
        """Return the sum of squared errors of each lead without going through the rows again."""
        explained = np.sum(weights * (self.gram @ weights - 2 * self.moment), axis=0)
        return np.asarray(self.squares + explained, np.float64)


def _folds(positions: Ints) -> list[tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]]:
    """Return, for each span of time, the fold's rows and the buffer: rows around it with truth within it."""
    first, last = int(positions[0]), int(positions[-1]) + 1
    count = int(np.clip(round((last - first) / _FOLD_HOURS), _LEAST_FOLDS, _MOST_FOLDS))
    edges = np.linspace(first, last, count + 1)
    folds = []
    for low, high in pairwise(edges):
        fold = (positions >= low) & (positions < high)
        buffer = (positions >= low - LEADS) & (positions < high + LEADS) & ~fold
        folds.append((fold, buffer))
    return folds


def _least(errors: Floats) -> int:
    return int(np.argmin(errors.sum(axis=1)))


def _by_lead(weights: Mapping[int, Floats] | list[Floats], chosen: Ints) -> Floats:
    return np.stack([weights[int(choice)][:, lead] for lead, choice in enumerate(chosen)], axis=1)
