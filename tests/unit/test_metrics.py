"""Scores against values worked by hand, and what must hold for any forecasts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from plantcast.forecasting.metrics import bias, coverage, pinball, rmse, skill

FORECAST = np.array([1.0, 2.0, 3.0, np.nan])
TRUTH = np.array([2.0, 2.0, 1.0, 5.0])

values = arrays(np.float64, 12, elements=st.floats(-50, 50))


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


def test_without_a_complete_pair_every_score_is_nan() -> None:
    nothing, something = np.array([np.nan]), np.array([1.0])

    assert math.isnan(rmse(nothing, something))
    assert math.isnan(bias(nothing, something))
    assert math.isnan(pinball(nothing, something, 0.5))
    assert math.isnan(coverage(nothing, something, something))
    assert math.isnan(skill(1.0, 0.0))
    assert math.isnan(skill(1.0, math.nan))


@given(forecast=values, truth=values)
def test_squared_rmse_is_squared_bias_plus_variance(forecast: np.ndarray, truth: np.ndarray) -> None:
    variance = float(np.var(forecast - truth))

    assert rmse(forecast, truth) ** 2 == pytest.approx(bias(forecast, truth) ** 2 + variance, abs=1e-6)


@given(forecast=values, truth=values)
def test_twice_the_median_pinball_is_the_mean_absolute_error(forecast: np.ndarray, truth: np.ndarray) -> None:
    assert 2 * pinball(forecast, truth, 0.5) == pytest.approx(float(np.mean(np.abs(forecast - truth))))


@given(truth=values)
def test_the_empirical_quantile_has_the_least_pinball_loss(truth: np.ndarray) -> None:
    best = float(np.quantile(truth, 0.9, method="inverted_cdf"))

    least = pinball(np.full(12, best), truth, 0.9)

    assert all(pinball(np.full(12, other), truth, 0.9) >= least - 1e-9 for other in truth)
