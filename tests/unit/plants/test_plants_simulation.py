"""The hot and dry spell of the "물이 필요한 기상 재연하기" switch, and the notes beside advice."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantcast.forecasting.issued import attribution
from plantcast.plants.advice import advise
from plantcast.plants.profiles import profile
from plantcast.plants.simulation import LOWEST_HUMIDITY, PEAK_TEMPERATURE, hot_and_dry
from tests.support.forecast_examples import forecast, path


def daily_course(middle: float, swing: float, trend: float = 0.0) -> list[float]:
    """48 hours with their extreme at 15:00, `trend` higher on the second day."""
    return [
        middle + trend * (lead > 24) + swing * math.cos((lead - 16) / 24 * 2 * math.pi)
        for lead in range(1, 49)
    ]


seasons = st.tuples(st.floats(-15, 33), st.floats(0.5, 8), st.floats(-8, 8))
airs = st.tuples(st.floats(25, 75), st.floats(2, 25))


@given(seasons, airs)
def test_given_any_season_when_made_hot_and_dry_then_plants_need_water_on_both_days(
    season: tuple[float, float, float], air: tuple[float, float]
) -> None:
    middle, swing, trend = season
    damp, dampswing = air
    real = forecast(
        ta=path(daily_course(middle, swing, trend), 3.0), hm=path(daily_course(damp, -dampswing), 8.0)
    )

    made = hot_and_dry(real)

    assert made.source == "simulation"
    assert (made.origin, made.valid_at, made.models) == (real.origin, real.valid_at, real.models)
    for day in advise(made, profile()):
        assert (day.mood, day.needs_water, day.state) == ("hot", True, "water")
        assert day.active["dry"]
        assert day.temperature_max >= PEAK_TEMPERATURE - 0.1
        assert day.humidity_min <= LOWEST_HUMIDITY + 0.1
    for lead in range(48):
        assert made.ta.p90[lead] - made.ta.p10[lead] == pytest.approx(6.0)
        assert 0.0 <= made.hm.p10[lead] <= made.hm.mean[lead] <= made.hm.p90[lead] <= 100.0


def test_given_a_daily_course_when_made_hot_and_dry_then_the_extremes_stay_where_they_were() -> None:
    real = forecast(ta=path(daily_course(2.0, 5.0)), hm=path(daily_course(55.0, -15.0), 5.0))

    made = hot_and_dry(real)

    for start in (0, 24):
        hours = range(start, start + 24)
        assert max(hours, key=lambda lead: made.ta.mean[lead]) == start + 15
        assert min(hours, key=lambda lead: made.hm.mean[lead]) == start + 15
    assert max(made.ta.mean) - min(made.ta.mean) == pytest.approx(10.0)


def test_given_a_simulation_when_its_origin_is_told_then_it_says_so_in_both_languages() -> None:
    words = attribution("simulation")

    assert "재연" in words
    assert "not a real forecast" in words
