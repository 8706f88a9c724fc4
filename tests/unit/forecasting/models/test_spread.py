"""How wide ranges must be: factors worked by hand, blind to what comes, the same from a cut history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from plantcast.common.clock import KST
from plantcast.forecasting import LEADS
from plantcast.forecasting.evaluation.metrics import BLOCKS
from plantcast.forecasting.models.baselines import calendar_terms
from plantcast.forecasting.models.spread import DAYS, Spread

HOURS: Final = 120 * 24
WINDOW: Final = DAYS * 24
TERMS: Final = calendar_terms(pd.date_range("2023-06-01", periods=3 * 8_766, freq="h", tz=KST))
LEAD: Final = np.arange(1, LEADS + 1)
ALL: Final = len(BLOCKS)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Beside another process linear algebra's threads wait for each other, ten times as long as they work."""
    with threadpool_limits(limits=1, user_api="blas"):
        yield


def _plain(seen: float = 1.0, unseen: float = 1.0) -> Spread:
    """Errors of 1 are expected in every season, of which the 80 % quantiles are given."""
    expected = np.zeros((TERMS.shape[1], ALL))
    expected[0] = 1
    return Spread(expected, np.full(ALL, seen), np.full(ALL, unseen))


def _errors(hours: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1, (hours, LEADS))


@pytest.mark.parametrize(("times", "factor"), [(2.0, 2.0), (1.5, 1.5), (1.0, 1.0), (0.7, 0.7)])
def test_ranges_follow_the_errors_of_the_last_30_days(times: float, factor: float) -> None:
    """Given a year of errors of one size, and 30 days (and the longest lead) of another."""
    history = _errors(8_766)
    spread = Spread.fit(history, history, TERMS[:8_766])
    recent = _errors(HOURS, seed=2)
    recent[-WINDOW - LEADS :] *= times

    factors = spread.factors(recent, TERMS[8_766 : 8_766 + HOURS], seen_until=0)

    assert factors.shape == (HOURS, ALL)
    assert factors[-1] == pytest.approx(np.full(ALL, factor), rel=0.1)
    # 80 % of 720 truths: a standard deviation of 4 % in the factor.
    assert factors[WINDOW + LEADS : -WINDOW - LEADS].mean(axis=0) == pytest.approx(np.ones(ALL), rel=0.1)


def test_a_factor_worked_by_hand() -> None:
    # The last 720 errors known are 1, 2, … 720 in some order, either sign, before them 9999; the quantile
    # lies at 1 + 0.8 · 719 = 576.2.
    sizes = np.random.default_rng(1).permutation(np.arange(1.0, WINDOW + 1))
    by_valid_hour = np.concatenate([np.full(400, 9_999.0), sizes])
    by_valid_hour[::2] *= -1
    errors = np.full((len(by_valid_hour), LEADS), np.nan)
    for lead in LEAD:
        errors[:-lead, lead - 1] = by_valid_hour[lead:]

    factors = _plain(unseen=500.0).factors(errors, TERMS[: len(errors)], seen_until=0)

    assert factors[-1] == pytest.approx(np.full(ALL, 576.2 / 500))


def test_an_error_counts_from_the_hour_it_becomes_known() -> None:
    """An origin's error at lead 42 is known 42 hours later; a step in errors arrives block by block."""
    errors = np.ones((HOURS, LEADS))
    errors[1_000:] = 1.8
    factors = _plain().factors(errors, TERMS[:HOURS], seen_until=0)

    # The quantile begins to rise as soon as more than a fifth of the window, 144 of 720, is larger.
    risen = np.argmax(factors > 1, axis=0)

    middle = [(first + last) // 2 for first, last in BLOCKS]
    assert risen.tolist() == [1_000 + lead + 143 for lead in middle]


@pytest.mark.parametrize(("known", "factor"), [(0, 1.0), (WINDOW // 3 - 1, 1.0), (WINDOW // 3, 1.7)])
def test_ten_days_must_be_known(known: int, factor: float) -> None:
    errors = np.full((HOURS, LEADS), np.nan)
    valid = np.arange(HOURS)[:, None] + LEAD
    errors[(valid >= HOURS - 3 * known) & (valid % 3 == (HOURS - 1) % 3)] = 1.7

    factors = _plain().factors(errors, TERMS[:HOURS], seen_until=0)

    np.testing.assert_allclose(factors[-1], factor)


@given(seed=st.integers(0, 2**32 - 1), origin=st.integers(0, 1_199), known=st.floats(0, 1))
@settings(max_examples=25, deadline=None)
def test_nothing_after_the_origin_changes_its_factor(seed: int, origin: int, known: float) -> None:
    rng = np.random.default_rng(seed)
    errors = np.where(rng.random((1_200, LEADS)) < known, rng.normal(0, 1, (1_200, LEADS)), np.nan)
    changed = errors.copy()
    later = np.arange(1_200)[:, None] + LEAD > origin
    changed[later] = rng.choice([np.nan, 0.0, 1e6], later.sum())

    spread = _plain(seen=0.8, unseen=1.1)
    before, after = (spread.factors(part, TERMS[:1_200], seen_until=700) for part in (errors, changed))

    np.testing.assert_array_equal(after[: origin + 1], before[: origin + 1])


def test_a_restless_season_is_no_surprise() -> None:
    """Given errors twice as large in winter as in summer, year after year, neither changes a factor much."""
    hours = 2 * 8_766
    winter = 1.5 + 0.5 * TERMS[:hours, 9]  # the first cosine of the year, nine terms of the day apart
    errors = _errors(hours) * winter[:, None]
    spread = Spread.fit(errors, errors, TERMS[:hours])

    new = _errors(8_766, seed=3) * (1.5 + 0.5 * TERMS[hours:, 9])[:, None]
    factors = spread.factors(new, TERMS[hours:], seen_until=0)[WINDOW + LEADS :]

    assert np.quantile(factors, 0.01) > 0.85
    assert np.quantile(factors, 0.99) < 1.15
