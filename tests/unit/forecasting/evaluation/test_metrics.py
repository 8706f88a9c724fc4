"""Scores against values worked by hand, and what must hold for any forecasts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from plantcast.forecasting.evaluation.metrics import bias, coverage, pinball, rmse, skill

FORECAST = np.array([1.0, 2.0, 3.0, np.nan])
TRUTH = np.array([2.0, 2.0, 1.0, 5.0])

values = arrays(np.float64, 12, elements=st.floats(-50, 50))
gappy = arrays(np.float64, 12, elements=st.floats(-50, 50) | st.just(math.nan))
levels = st.floats(0.01, 0.99)


def test_scores_worked_by_hand() -> None:
    # Errors -1, 0, 2 (the pair with NaN is left out): squares 1 + 0 + 4 over 3; mean 1/3.
    assert rmse(FORECAST, TRUTH) == pytest.approx(math.sqrt(5 / 3))
    assert bias(FORECAST, TRUTH) == pytest.approx(1 / 3)
    # At level 0.1: truth above by 1 costs 0.1, below by 2 costs 0.9 * 2; (0.1 + 0 + 1.8) / 3.
    assert pinball(FORECAST, TRUTH, 0.1) == pytest.approx(1.9 / 3)
    assert skill(2.0, 2.5) == pytest.approx(0.2)


def test_the_ends_of_a_range_belong_to_it() -> None:
    low, high = np.array([1.0, 1.0, 1.0, 1.0]), np.array([2.0, 2.0, 2.0, np.nan])

    assert coverage(low, high, np.array([1.0, 2.0, 2.1, 1.5])) == pytest.approx(2 / 3)


@given(forecast=gappy, truth=gappy, level=levels)
@example(forecast=np.full(12, np.nan), truth=np.zeros(12), level=0.1)
def test_scores_are_those_of_the_complete_pairs_one_by_one(
    forecast: np.ndarray, truth: np.ndarray, level: float
) -> None:
    complete = ~np.isnan(forecast) & ~np.isnan(truth)
    scores = rmse(forecast, truth), pinball(forecast, truth, level)

    if complete.any():
        errors = truth[complete] - forecast[complete]
        expected = (
            np.linalg.norm(errors) / np.sqrt(errors.size),
            np.mean([level * error if error >= 0 else (level - 1) * error for error in errors]),
        )
        assert scores == pytest.approx(expected, rel=1e-9, abs=1e-12)
    else:
        assert np.isnan(scores).all()
