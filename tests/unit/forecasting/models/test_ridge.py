"""The linear part against a plain ridge, fold by fold, and against data whose answer is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd
import pytest
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from plantcast.common.clock import KST
from plantcast.forecasting import LEADS
from plantcast.forecasting.evaluation.metrics import BLOCKS
from plantcast.forecasting.models.baselines import calendar_terms, clock_terms
from plantcast.forecasting.models.ridge import STRENGTHS, LinearFit, design, fit_linear

FOLDS: Final = 5  # what less than six years are cut into
ASCENDING: Final = st.lists(st.integers(0, 150_000), min_size=1, max_size=200, unique=True).map(sorted)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Beside another process linear algebra's threads wait for each other, ten times as long as they work."""
    with threadpool_limits(limits=1, user_api="blas"):
        yield


@dataclass(frozen=True)
class Rows:
    """What `fit_linear` takes."""

    inputs: np.ndarray
    terms: np.ndarray
    clock: np.ndarray
    labels: np.ndarray
    positions: np.ndarray

    @property
    def design(self) -> np.ndarray:
        return design(self.inputs, self.terms, self.clock)

    def fit(self, labels: np.ndarray | None = None) -> LinearFit:
        return fit_linear(
            self.inputs, self.terms, self.clock, self.labels if labels is None else labels, self.positions
        )

    def spans(self) -> list[tuple[float, float]]:
        edges = np.linspace(self.positions[0], self.positions[-1] + 1, FOLDS + 1)
        return list(pairwise(edges))


def _rows(hours: int, noise: float, seed: int = 1) -> Rows:
    """Labels that follow the inputs, differently by season and hour and less with the lead; a gap."""
    rng = np.random.default_rng(seed)
    positions = np.flatnonzero((np.arange(hours) < hours // 3) | (np.arange(hours) > hours // 3 + 100))
    index = pd.date_range("2023-04-01", periods=hours, freq="h", tz=KST)[positions]
    terms, clock = calendar_terms(index), clock_terms(index)
    inputs = rng.normal(0, 1, (len(index), 6)).astype(np.float32)
    signal = inputs[:, 0] + 0.5 * inputs[:, 1] * clock[:, 2]
    labels = signal[:, None] * np.linspace(1, 0.2, LEADS) + rng.normal(0, noise, (len(index), LEADS))
    return Rows(inputs, terms, clock, labels, positions.astype(np.int64))


def _ridge(rows: Rows, kept: np.ndarray, strength: float) -> np.ndarray:
    """Ridge regression as ordinary least squares with a row √strength·eᵢ → 0 for each weight."""
    design, labels = rows.design[kept], rows.labels[kept]
    penalty = np.sqrt(strength) * np.eye(design.shape[1])
    zeros = np.zeros((design.shape[1], labels.shape[1]))
    weights, *_ = np.linalg.lstsq(np.vstack([design, penalty]), np.vstack([labels, zeros]), rcond=None)
    return np.asarray(weights)


def _far_from(rows: Rows, low: float, high: float) -> np.ndarray:
    """Rows neither in the span nor sharing an hour of truth with a row in it (48 h, taken as either's)."""
    return (rows.positions < low - LEADS) | (rows.positions >= high + LEADS)


def test_strengths_and_unseen_forecasts_are_those_of_a_cross_validation_row_by_row() -> None:
    # Much noise on the late leads, little on the early ones: blocks choose differently.
    rows = _rows(2_500, noise=0.0)
    noise = np.random.default_rng(2).normal(0, 1, rows.labels.shape) * np.linspace(0.05, 6, LEADS)
    rows = Rows(rows.inputs, rows.terms, rows.clock, rows.labels + noise, rows.positions)

    fitted = rows.fit()

    forecasts = np.empty((len(STRENGTHS), *rows.labels.shape))
    for low, high in rows.spans():
        own = (rows.positions >= low) & (rows.positions < high)
        for number, strength in enumerate(STRENGTHS):
            weights = _ridge(rows, _far_from(rows, low, high), strength)
            forecasts[number, own] = rows.design[own] @ weights
    errors = np.mean((forecasts - rows.labels) ** 2, axis=1)
    for block, (first, last) in enumerate(BLOCKS):
        best = int(np.argmin(errors[:, first - 1 : last].sum(axis=1)))
        assert fitted.strengths[block] == STRENGTHS[best]
        expected = forecasts[best][:, first - 1 : last]
        np.testing.assert_allclose(fitted.unseen[:, first - 1 : last], expected, atol=1e-8)
    assert len(set(fitted.strengths)) > 1
