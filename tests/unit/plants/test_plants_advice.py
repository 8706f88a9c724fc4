"""Advice from a forecast with its range: moods, water, hysteresis and words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantcast.forecasting.issued import Forecast
from plantcast.plants.advice import DayAdvice, advise, advise_days, advise_hours, advise_night
from plantcast.plants.conditions import Condition, active_from, active_until, is_active
from plantcast.plants.hours import hours_of
from plantcast.plants.placement import Placement, air_at
from plantcast.plants.profiles import Kind, Limit, Profile, profile, profiles
from plantcast.plants.text import hour_ko, percent_en, percent_ko
from tests.support.forecast_examples import forecast, path, with_hours

LIMITS = [(plant, limit) for plant in profiles().values() for limit in plant.limits]
MOODS = {"cold": "cold", "hot": "hot", "dry": "thirsty"}
OUTDOORS = Placement("outdoor")
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
    value, threshold = (
        (f"{one:.1f}" if limit.variable == "vpd" else f"{one:.0f}").replace("-", "−")
        for one in (crossed.extreme, limit.threshold)
    )
    unit_ko = "도" if limit.variable == "ta" else f" {limit.unit}"
    assert crossed.reason_ko.startswith("오후 2시쯤 ")
    assert f"{value}{unit_ko} 안팎, " in crossed.reason_ko
    assert f"({threshold}{unit_ko} " in crossed.reason_ko
    assert f"round {value} {limit.unit} at 14:00, " in crossed.reason_en
    assert f"chance of {threshold} {limit.unit} or " in crossed.reason_en
    assert not re.search("오늘|내일", today.advice_ko + crossed.reason_ko)
    assert not re.search("today|tomorrow", today.advice_en + crossed.reason_en)
    assert today.advice_ko.count(".") == today.advice_en.count(".") == 1
    assert ("물" in today.advice_ko) is limit.waters
    assert (tomorrow.mood, tomorrow.needs_water) == ("happy", False)


def test_given_a_likely_crossing_when_worded_then_day_hour_value_limit_and_probability_are_named() -> None:
    tomorrow = advise(peak(20.0, 31.2), profile())[1]

    hot = condition(tomorrow, "hot")
    assert hot.reason_ko == "오후 2시쯤 31도 안팎, 더우면 33도 (30도 이상일 확률 77 %)"
    assert hot.reason_en == "Around 31 °C at 14:00, 33 °C if it gets hot (77 % chance of 30 °C or more)"
    assert (hot.extreme, hot.extreme_likely) == (31.2, 33.2)


@pytest.mark.parametrize(
    ("hour", "said"),
    [
        (0, "자정"),
        (1, "새벽 1시"),
        (6, "아침 6시"),
        (11, "오전 11시"),
        (12, "낮 12시"),
        (14, "오후 2시"),
        (18, "저녁 6시"),
        (23, "밤 11시"),
    ],
)
def test_given_an_hour_when_worded_in_korean_then_it_is_as_people_say_it(hour: int, said: str) -> None:
    assert hour_ko(hour) == said


def test_given_a_value_just_short_of_the_limit_when_worded_then_it_does_not_read_as_the_limit() -> None:
    near = condition(advise(peak(29.6), profile())[0], "hot")
    assert near.reason_ko.startswith("오후 2시쯤 29.6도 안팎")


@pytest.mark.parametrize("hour", [0, 14, 15, 23])
def test_given_a_peak_at_14_when_advised_later_in_the_day_then_it_is_not_mentioned(hour: int) -> None:
    now = forecast().valid_at[0].replace(hour=hour, minute=30)
    today, tomorrow = advise(peak(35.0), profile(), now=now)

    assert (today.mood == "hot") is (hour <= 14)
    assert all(one.extreme_at + timedelta(hours=1) > now for one in today.conditions)
    assert today.state == "water"  # the plain rule is on the whole day
    assert today.temperature_max == 35.0
    assert tomorrow.mood == "happy" or hour <= 14


def test_given_a_day_gone_by_when_advised_then_it_is_left_out() -> None:
    now = forecast().valid_at[24]
    assert [day.day.isoformat() for day in advise(peak(35.0), profile(), now=now)] == ["2025-05-31"]


@pytest.mark.parametrize(
    ("clock", "start", "end"),
    [
        ("30T10", "30T18", "31T09"),
        ("30T22", "30T22", "31T09"),
        ("31T03", "31T03", "31T09"),
        ("31T09", "31T18", "31T23"),
    ],
)
def test_given_a_time_when_asked_for_the_night_then_it_is_the_coming_or_the_running_one(
    clock: str, start: str, end: str
) -> None:
    now = datetime.fromisoformat(f"2025-05-{clock}:20+09:00")
    cold = forecast(ta=path(with_hours(8.0, {31: -3.0})))  # 06:00 on the 31st
    night = advise_night(hours_of(cold, profile()), profile(), None, now=now, placement=OUTDOORS)

    assert night is not None
    assert (f"{night.start:%dT%H}", f"{night.end:%dT%H}") == (start, end)
    assert (night.mood == "cold") is (clock != "31T09")
    assert night.temperature_min_p10 == night.temperature_min - 2


def test_given_a_path_that_ends_before_the_night_when_asked_for_it_then_there_is_none() -> None:
    hours, late = hours_of(forecast(), profile()), forecast().valid_at[-1] + timedelta(hours=3)
    assert advise_night(hours, profile(), None, now=late, placement=OUTDOORS) is None


def test_given_a_january_night_when_advised_then_only_plants_in_the_cold_are_said_to_be_cold() -> None:
    frost = forecast(ta=path(-8.0), hm=path(40.0, 10.0))
    moods = {
        (key, place): advise_days(
            hours_of(air_at(frost, Placement(place)), profile(key)),
            profile(key),
            None,
            now=None,
            placement=Placement(place),
        )[0]
        for key, place in [
            ("monstera", "indoor"),
            ("cactus", "indoor"),
            ("cactus", "balcony"),
            ("default", "outdoor"),
        ]
    }

    assert {place: day.mood for place, day in moods.items()} == {
        ("monstera", "indoor"): "thirsty",
        ("cactus", "indoor"): "happy",
        ("cactus", "balcony"): "cold",
        ("default", "outdoor"): "cold",
    }
    assert len({day.advice_ko for day in moods.values()}) == 4


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
        "(30도 이상일 확률 37 %, 30 % 아래로 내려갈 때까지 이어져요)"
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
    hours = advise_hours(hours_of(peak(31.0), profile("monstera")), profile("monstera"))

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
