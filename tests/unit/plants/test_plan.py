"""Water, air and soil put together: no part contradicts another."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from plantcast.plants.plan import Plan, plan
from plantcast.plants.profiles import Place
from tests.support.forecast_examples import forecast, path
from tests.unit.plants.test_soil import NOW, care, days_of

WINTER = forecast(ta=path(-3.0), hm=path(40.0, 5.0))


def made(key: str, place: Place, *hours_ago: float) -> Plan:
    return plan(WINTER, days_of(-3.0, 40.0), care(key, place, *hours_ago), None, NOW)


def test_given_dry_air_and_wet_soil_then_the_advice_is_humidity_and_not_water() -> None:
    wet = made("monstera", "indoor", 24)

    assert wet.soil is not None
    assert wet.soil.due is not None
    assert wet.soil.due > NOW.date() + timedelta(days=1)
    assert wet.water.answer == "no"
    assert [(day.mood, day.needs_water) for day in wet.days] == [("thirsty", False)] * 2
    for part in (*wet.days, wet.tonight):
        assert part is not None
        assert "습도" in part.advice_ko
        assert "물" not in part.advice_ko


def test_given_soil_that_is_dry_then_today_and_tomorrow_say_water_and_the_night_does_not() -> None:
    dry = made("monstera", "indoor", 24 * 20)

    assert dry.water.answer == "yes"
    assert [day.advice_ko for day in dry.days] == ["물을 줄 때예요."] * 2
    assert dry.tonight is not None
    assert "물" not in dry.tonight.advice_ko


def test_given_soil_that_is_not_known_then_dry_air_asks_to_feel_it() -> None:
    unknown = made("monstera", "indoor")

    assert unknown.water.answer == "check"
    assert [day.advice_ko for day in unknown.days] == ["흙이 빨리 마르니 만져 보고 물을 주세요."] * 2


@pytest.mark.parametrize("hours_ago", [(), (24.0,), (24.0 * 20,)])
def test_given_any_plant_then_only_hours_and_days_to_come_are_in_it(hours_ago: tuple[float, ...]) -> None:
    one = made("basil", "balcony", *hours_ago)

    assert one.hours[0].valid_at == NOW.replace(minute=0)
    assert [day.day for day in one.days] == [date(2025, 5, 30), date(2025, 5, 31)]
    assert all(condition.extreme_at >= one.hours[0].valid_at for condition in one.days[0].conditions)
