"""Correction and combination: they learn what they should, only from the past, and hurt little without it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from plantcast.common.clock import KST
from plantcast.forecasting.combination import Combined, combine
from plantcast.forecasting.correction import Correction, GuidancePairs
from plantcast.forecasting.features.windows import Floats
from plantcast.forecasting.models.baselines import Ints

FIRST = pd.Timestamp("2025-07-01", tz=KST)
DAYS = 40
HOURS = DAYS * 24


@dataclass(frozen=True)
class Case:
    """Made-up temperature, a published forecast every three hours up to 48 h ahead, and a station model."""

    truth: Floats
    table: pd.DataFrame
    origins: Ints
    leads: Ints
    model: tuple[Floats, Floats, Floats]

    def corrected(self, truth: Floats | None = None) -> tuple[Floats, Floats]:
        """Return guidance as issued and corrected, at the case's pairs."""
        pairs = GuidancePairs.of(self.table, "ta", FIRST, HOURS)
        rows = pairs.newest(self.origins, self.leads)
        assert (rows >= 0).all()
        correction = Correction.fit(pairs, self.truth if truth is None else truth, "ta")
        return pairs.values[rows], correction.apply(self.origins, self.leads, rows)

    def combined(self, truth: Floats | None = None) -> Combined:
        known = self.truth if truth is None else truth
        _, corrected = self.corrected(truth)
        observed = known[self.origins + self.leads]
        return combine("ta", self.origins, self.leads, self.model, corrected, observed)

    def rmse(self, values: Floats, *, leads: tuple[int, int] = (1, 48), after_day: int = 10) -> float:
        rows = (self.origins >= after_day * 24) & (self.leads >= leads[0]) & (self.leads <= leads[1])
        return float(np.sqrt(np.mean((values - self.truth[self.origins + self.leads])[rows] ** 2)))


def case(*, bias: float = 1.5, noise: float = 1.0, seed: int = 3) -> Case:
    rng = np.random.default_rng(seed)
    weather = np.zeros(HOURS + 48)
    for hour in range(1, len(weather)):
        weather[hour] = 0.97 * weather[hour - 1] + rng.normal(0, 0.6)
    time = np.arange(HOURS + 48)
    truth = 20 + 5 * np.sin(2 * np.pi * time / 24) + weather
    issues = np.repeat(np.arange(-24, HOURS - 48, 3), 48)
    valid = issues + np.tile(np.arange(1, 49), len(issues) // 48)
    errors = bias + 0.8 * np.cos(2 * np.pi * valid / 24) + noise * rng.normal(0, 1, len(valid))
    kept = valid >= 0
    table = pd.DataFrame(
        {
            "issued_at": FIRST + pd.to_timedelta(issues[kept], unit="h"),
            "valid_at": FIRST + pd.to_timedelta(valid[kept], unit="h"),
            "ta": truth[valid[kept]] + errors[kept],
            "sky": np.nan,
            "pop": np.nan,
        }
    ).sort_values(["valid_at", "issued_at"], ignore_index=True)
    # From the newest issue's hour on it has leads up to 48, so at its age of two hours 46.
    origins = np.repeat(np.arange(0, HOURS - 50), 45)
    leads = np.tile(np.arange(1, 46), len(origins) // 45)
    spread = 0.45 * np.sqrt(leads)  # the guidance's noise is as large five hours ahead
    mean = truth[origins + leads] + spread * rng.normal(0, 1, len(leads))
    model = (mean, mean - 1.28 * spread, mean + 1.28 * spread)
    return Case(truth[:HOURS], table, origins, leads, model)


@pytest.fixture(scope="module")
def biased() -> Case:
    return case()


def test_the_course_of_errors_over_the_day_is_learnt_within_ten_days(biased: Case) -> None:
    raw, corrected = biased.corrected()

    assert biased.rmse(corrected, leads=(13, 48)) < 0.85 * biased.rmse(raw, leads=(13, 48))


def test_a_mean_error_of_humidity_is_removed_within_ten_days() -> None:
    dry = case(bias=-7.0, noise=4.0)
    table = dry.table.rename(columns={"ta": "hm"})
    pairs = GuidancePairs.of(table, "hm", FIRST, HOURS)
    rows = pairs.newest(dry.origins, dry.leads)
    corrected = Correction.fit(pairs, dry.truth, "hm").apply(dry.origins, dry.leads, rows)

    assert dry.rmse(pairs.values[rows]) > 8
    assert dry.rmse(corrected) < 4.2


def test_a_forecast_without_systematic_error_is_hardly_changed() -> None:
    fair = case(bias=0.0)
    raw, corrected = fair.corrected()

    # The course over the day is systematic, too: leave it in both.
    assert fair.rmse(corrected, after_day=0) < 1.01 * fair.rmse(raw, after_day=0)


def test_the_combination_is_better_than_either_source_in_every_block(biased: Case) -> None:
    _, corrected = biased.corrected()
    combined = biased.combined()

    for leads in ((1, 3), (4, 6), (7, 12), (13, 24), (25, 45)):
        single = min(biased.rmse(biased.model[0], leads=leads), biased.rmse(corrected, leads=leads))
        assert biased.rmse(combined.mean, leads=leads) < 1.01 * single
    early, late = biased.leads <= 2, biased.leads >= 30
    assert combined.weights[early].mean() > 0.6
    assert combined.weights[late].mean() < 0.4


def test_ranges_hold_80_percent_and_never_cross(biased: Case) -> None:
    combined = biased.combined()

    assert (combined.low <= combined.mean).all()
    assert (combined.mean <= combined.high).all()
    rows = biased.origins >= 20 * 24
    truth = biased.truth[biased.origins + biased.leads]
    inside = (combined.low <= truth) & (truth <= combined.high)
    assert inside[rows].mean() == pytest.approx(0.8, abs=0.04)


def test_nothing_that_is_observed_later_changes_a_forecast(biased: Case) -> None:
    now = 20 * 24 + 5
    changed = biased.truth.copy()
    changed[now + 1 :] += 7.0
    until = biased.origins <= now

    before, after = biased.combined(), biased.combined(changed)

    for name in ("mean", "low", "high", "weights"):
        np.testing.assert_array_equal(getattr(before, name)[until], getattr(after, name)[until])
    assert not np.array_equal(before.mean, after.mean)


def test_an_issue_counts_from_its_own_hour_on_and_only_the_newest_does() -> None:
    table = pd.DataFrame(
        {
            "issued_at": FIRST + pd.to_timedelta([2, 5, 2], unit="h"),
            "valid_at": FIRST + pd.to_timedelta([8, 8, 9], unit="h"),
            "ta": [1.0, 2.0, 3.0],
            "sky": np.nan,
            "pop": np.nan,
        }
    )
    table = table.sort_values(["valid_at", "issued_at"], ignore_index=True)
    pairs = GuidancePairs.of(table, "ta", FIRST, 24)

    def values(origin: int, lead: int) -> float | None:
        (row,) = pairs.newest(np.array([origin]), np.array([lead]))
        return None if row < 0 else float(pairs.values[row])

    assert values(1, 7) is None
    assert values(2, 6) == values(4, 4) == 1.0
    assert values(5, 3) == 2.0
    assert values(4, 5) == 3.0
    assert values(5, 4) is None  # the newest issue does not have 09:00


def test_an_hour_without_observation_is_left_out(biased: Case) -> None:
    gaps = biased.truth.copy()
    gaps[::5] = np.nan

    combined = biased.combined(gaps)

    assert np.isfinite(combined.mean).all()
    assert biased.rmse(combined.mean) < 1.05 * biased.rmse(biased.combined().mean)
