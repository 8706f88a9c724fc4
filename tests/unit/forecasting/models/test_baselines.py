"""Persistence, climatology and the damped anomaly, against series whose answer is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from plantcast.common.clock import KST
from plantcast.common.errors import InvalidInputError
from plantcast.forecasting import LEADS
from plantcast.forecasting.models.baselines import (
    Climatology,
    DampedAnomaly,
    HourlySeries,
    carried,
    persistence,
    same_hour_before,
)
from tests.support.synthetic_weather import made_weather

START = pd.Timestamp("2022-01-01", tz=KST)


def _series(values: np.ndarray) -> HourlySeries:
    return HourlySeries(START, np.asarray(values, np.float64))


def _course(hours: int) -> np.ndarray:
    """A yearly and a daily wave without any weather."""
    index = pd.date_range(START, periods=hours, freq="h")
    day = (index.day_of_year.to_numpy() - 1 + index.hour.to_numpy() / 24) / 365.25
    return np.asarray(
        12 - 14 * np.cos(2 * np.pi * day) + 4 * np.cos(2 * np.pi * (index.hour.to_numpy() - 15) / 24)
    )


def test_persistence_repeats_the_newest_known_day_at_every_lead() -> None:
    series = _series(np.arange(200.0))
    leads = np.arange(1, LEADS + 1)
    origins = np.full(LEADS, 100)

    forecast = persistence(series, origins, leads)

    assert forecast[0] == 77  # one hour ahead: 101 - 24
    assert forecast[23] == 100  # a day ahead: the origin itself
    assert forecast[24] == 77  # 25 hours ahead: 125 - 48
    assert forecast[47] == 100
    assert np.all(same_hour_before(origins, leads) <= origins)


def test_climatology_recovers_waves_from_three_years_with_gaps() -> None:
    truth = _course(3 * 8766)
    noisy = truth + np.random.default_rng(2).normal(0, 2, len(truth))
    noisy[::7] = np.nan
    series = _series(noisy)

    fitted = Climatology.fit(series).at(series.hours())

    assert np.sqrt(np.mean((fitted - truth) ** 2)) < 0.2


@pytest.mark.parametrize("days", [7, 14, 30, 90, 200])
def test_climatology_of_a_short_history_stays_near_what_was_seen(days: int) -> None:
    values = made_weather(days * 24 + 72, start=START.to_pydatetime())["ta"].to_numpy()
    seen = values[: days * 24]
    series = _series(seen)

    ahead = Climatology.fit(series).at(series.hours(extra=LEADS))[-LEADS:]

    assert seen.min() - 5 < ahead.min()
    assert ahead.max() < seen.max() + 5


def test_climatology_without_a_value_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="no observed value"):
        Climatology.fit(_series(np.full(100, np.nan)))


def test_damping_recovers_the_memory_of_an_autoregressive_anomaly() -> None:
    rng = np.random.default_rng(5)
    anomaly = np.zeros(4 * 8766)
    for i in range(1, len(anomaly)):
        anomaly[i] = 0.97 * anomaly[i - 1] + rng.normal()
    series = _series(_course(len(anomaly)) + anomaly)

    fitted = DampedAnomaly.fit(series)

    assert fitted.damping[[0, 5, 23, 47]] == pytest.approx(0.97 ** np.array([1, 6, 24, 48]), abs=0.08)
    assert np.all(np.diff(fitted.scale) > -0.05)
    # The 80 % range of the errors one step ahead is that of the noise.
    assert fitted.low[0] == pytest.approx(-1.28, abs=0.1)
    assert fitted.high[0] == pytest.approx(1.28, abs=0.1)


def test_damped_anomaly_looks_at_nothing_at_or_after_its_limit() -> None:
    values = made_weather(1500)["ta"].to_numpy()
    changed = values.copy()
    changed[1000:] = 99.0

    before, after = DampedAnomaly.fit(_series(values), 1000), DampedAnomaly.fit(_series(changed), 1000)

    assert before.to_json() == after.to_json()


def test_a_missing_anomaly_is_carried_for_six_hours_only() -> None:
    result = carried(np.array([2.0] + [np.nan] * 8))

    assert np.all(result[:7] == 2.0)
    assert np.all(np.isnan(result[7:]))
