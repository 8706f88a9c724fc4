"""Advice from a forecast with its range: moods, water, hysteresis and words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantcast.forecasting.issued import Forecast
from plantcast.plants.advice import DayAdvice, advise, advise_hours
from plantcast.plants.conditions import Condition, active_from, active_until, is_active
from plantcast.plants.profiles import Kind, Limit, Profile, profile, profiles
from plantcast.plants.text import percent_en, percent_ko
from tests.support.forecast_examples import forecast, path, with_hours

LIMITS = [(plant, limit) for plant in profiles().values() for limit in plant.limits]
MOODS = {"cold": "cold", "hot": "hot", "dry": "thirsty"}
AT_TWO = 15  # the lead of 14:00 on the first day


def condition(day: DayAdvice, kind: str) -> Condition:
    return next(one for one in day.conditions if one.kind == kind)


def peak(*temperatures: float) -> Forecast:
    """20 °C but at 14:00 of today (and of tomorrow), with an 80 % range of ±2 °C."""
    peaks = {AT_TWO + 24 * day: value for day, value in enumerate(temperatures)}
    return forecast(ta=path(with_hours(20.0, peaks)))


def crossing(plant: Profile, limit: Limit) -> Forecast:
    """A forecast beyond one limit of a plant at 14:00 today, and beyond no other."""
    mild = plant.comfortable.ta[0] + 2 if plant.comfortable.ta else 20.0
    ta, hm = {
        "cold": (limit.threshold - 3, 95.0),
        "hot": (limit.threshold + 3, 95.0),
        # Below the plant's heat limit, in air with next to no water.
        "dry": ((plant.comfortable.ta or (0, 25))[1], 8.0),
    }[limit.kind]
    return forecast(
        ta=path(with_hours(mild, {AT_TWO: ta}), 0.5), hm=path(with_hours(70.0, {AT_TWO: hm}), 4.0)
    )


@pytest.mark.parametrize(("plant", "limit"), LIMITS, ids=lambda one: getattr(one, "key", None) or one.kind)
def test_given_a_limit_crossed_when_advised_then_face_water_and_words_follow(
    plant: Profile, limit: Limit
) -> None:
    today, tomorrow = advise(crossing(plant, limit), plant)

    assert today.mood == MOODS[limit.kind]
    assert today.needs_water is limit.waters
    assert {kind for kind, active in today.active.items() if active} == {limit.kind}
    crossed = condition(today, limit.kind)
    assert (crossed.extreme_at.hour, [hour.hour for hour in crossed.hours]) == (14, [14])
    for reason in (crossed.reason_ko, crossed.reason_en):
        decimals = 2 if limit.variable == "vpd" else 1
        assert f"{crossed.extreme:.{decimals}f} {limit.unit}" in reason
        assert "14:00" in reason
        assert f"{limit.threshold:g} {limit.unit}" in reason
    assert not re.search("오늘|내일", today.advice_ko + crossed.reason_ko)
    assert not re.search("today|tomorrow", today.advice_en + crossed.reason_en)
    assert today.advice_ko.count(".") == today.advice_en.count(".") == 1
    assert ("물" in today.advice_ko) is limit.waters
    assert (tomorrow.mood, tomorrow.needs_water) == ("happy", False)


def test_given_a_likely_crossing_when_worded_then_day_hour_value_limit_and_probability_are_named() -> None:
    tomorrow = advise(peak(20.0, 31.2), profile())[1]

    assert condition(tomorrow, "hot").reason_ko == "14:00쯤 31.2 °C까지 올라요 (30 °C 이상일 확률 77 %)"
    assert condition(tomorrow, "hot").reason_en == (
        "Temperature up to 31.2 °C around 14:00 (77 % chance of 30 °C or more)"
    )


@pytest.mark.parametrize("key", ["stuckyi", "sansevieria", "echeveria", "cactus"])
def test_given_a_plant_that_stores_water_when_it_is_hot_and_dry_then_nobody_is_told_to_water(
    key: str,
) -> None:
    today, _ = advise(forecast(ta=path(42.0), hm=path(10.0)), profile(key))

    assert (today.mood, today.needs_water, today.state, today.hours) == ("hot", False, "ok", ())
    assert "물" not in today.advice_ko
    assert today.reasons_en[0].startswith("Temperature reaches 42.0 °C")


def test_given_winter_air_when_advised_then_a_deficit_asks_for_less_than_humidity_would() -> None:
    # 25 % at −2 °C dries a pot less than 60 % at 20 °C: the deficit knows, the humidity does not.
    winter = forecast(ta=path(-2.0), hm=path(25.0, 1.0))

    assert advise(winter, profile())[0].needs_water
    assert not advise(winter, profile("ivy"))[0].needs_water


def test_given_hours_just_short_of_the_limit_when_advised_then_the_day_is_hot_though_none_crosses() -> None:
    near = forecast(ta=path(with_hours(20.0, dict.fromkeys(range(12, 19), 29.8))))

    today, _ = advise(near, profile())

    assert condition(today, "hot").probability > 0.5
    assert (today.mood, condition(today, "hot").hours) == ("hot", ())
    assert today.state == "ok"  # the plain rule sees the values alone


def test_given_today_active_when_tomorrow_is_doubtful_then_it_lasts_and_says_so() -> None:
    today, tomorrow = advise(peak(31.0, 29.5), profile())

    assert (today.mood, tomorrow.mood) == ("hot", "hot")
    assert condition(tomorrow, "hot").reason_ko.endswith(
        "(30 °C 이상일 확률 37 %, 30 % 아래로 내려갈 때까지 이어져요)"
    )
    assert "it lasts until that falls below 30 %" in condition(tomorrow, "hot").reason_en
    assert tomorrow.state == "ok"


def test_given_nights_that_waver_around_the_limit_when_advised_then_advice_changes_once() -> None:
    advised: list[bool] = []
    before: Mapping[Kind, bool] | None = None
    for temperature in (28.0, 30.2, 29.8, 30.1, 29.7, 30.3, 29.6):
        today = advise(peak(temperature), profile(), before)[0]
        # What is stored between runs is plain JSON.
        before = json.loads(json.dumps(today.active))
        advised.append(today.needs_water)

    assert advised == [False, True, True, True, True, True, True]
    assert advise(peak(28.0), profile(), before)[0].needs_water is False


@given(st.sampled_from(LIMITS), st.floats(0, 1), st.booleans())
def test_given_any_probability_when_judged_then_only_the_band_between_depends_on_before(
    limited: tuple[Profile, Limit], probability: float, before: bool
) -> None:
    limit = limited[1]
    expected = probability >= active_from(limit) or (before and probability >= active_until(limit))

    assert is_active(limit, probability, before=before) is expected
    # Judged from its own outcome, nothing changes.
    assert is_active(limit, probability, before=expected) is expected


def test_given_a_path_when_advised_by_the_hour_then_each_hour_has_values_chances_and_a_face() -> None:
    hours = advise_hours(peak(31.0), profile("monstera"))

    assert len(hours) == 48
    two = hours[AT_TWO - 1]
    assert (two.valid_at.hour, two.ta, two.hm, two.vpd) == (14, 31.0, 60.0, 1.79)
    assert set(two.probability) == {"cold", "hot", "dry"}
    assert set(hours[0].probability) == {"cold", "hot", "dry"}
    assert hours[0].mood == "happy"


@given(st.floats(0, 1))
def test_given_any_probability_when_worded_then_it_is_never_certain_and_never_overstated(
    probability: float,
) -> None:
    words = {percent_ko(probability), percent_en(probability)}

    assert not words & {"0 %", "100 %"}
    if 0.01 <= probability < 0.99:
        (text,) = words
        assert int(text.removesuffix(" %")) / 100 <= probability + 1e-9
    else:
        assert words in ({"1 % 미만", "under 1 %"}, {"99 % 이상", "at least 99 %"})
