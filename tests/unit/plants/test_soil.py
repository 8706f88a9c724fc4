"""How dry the soil is: what the index must obey in any air, and what the owner is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantcast.common.clock import KST
from plantcast.forecasting.issued import Forecast
from plantcast.observations.published import PUBLISHED, ObservedDay
from plantcast.plants.advice import advise
from plantcast.plants.care import Care
from plantcast.plants.placement import Placement, air_at
from plantcast.plants.profiles import DEFAULT_PROFILE, Place, profile, profiles
from plantcast.plants.soil import Soil, Water, water_of
from plantcast.plants.soil import soil_of as soil_there
from tests.support.forecast_examples import forecast, path

NOW = datetime(2025, 5, 30, 8, 30, tzinfo=KST)  # the forecast of the examples reaches 31 May 23:00
HOURS_AGO = st.integers(1, 30 * 24)


def days_of(ta: float = 20.0, hm: float = 60.0, rain: dict[date, float] | None = None) -> list[ObservedDay]:
    """Thirty days of one weather up to 29 May; `rain` falls at 15:00."""
    made = []
    for back in range(30, 0, -1):
        day = NOW.date() - timedelta(days=back)
        fallen = (rain or {}).get(day)
        values: dict[str, tuple[float | None, ...]] = dict.fromkeys(PUBLISHED, (None,) * 24)
        values |= {"ta": (ta,) * 24, "hm": (hm,) * 24}
        values["rn"] = tuple(fallen if hour == 15 else None for hour in range(24))
        made.append(ObservedDay("108", day, "kma", values, ()))
    return made


def care(key: str = "monstera", place: Place = "indoor", *hours_ago: float) -> Care:
    watered = tuple(sorted(NOW - timedelta(hours=ago) for ago in hours_ago))
    return Care(profile(key), Placement(place), watered)


def soil_of(one: Care, observed: Sequence[ObservedDay], outside: Forecast, now: datetime) -> Soil | None:
    return soil_there(one, observed, air_at(outside, one.placement), now)


def soil(one: Care, observed: Sequence[ObservedDay] | None = None, now: datetime = NOW) -> Soil:
    found = soil_of(one, days_of() if observed is None else observed, forecast(), now)
    assert found is not None
    return found


def dry(one: Soil) -> float:
    assert one.drying is not None
    return one.drying


@settings(max_examples=30, deadline=None)
@given(HOURS_AGO, st.integers(0, 48), st.sampled_from(["indoor", "balcony", "outdoor"]))
def test_given_more_time_since_the_watering_then_the_soil_is_no_wetter(
    ago: int, more: int, place: Place
) -> None:
    later, earlier = soil(care("monstera", place, ago)), soil(care("monstera", place, ago + more))
    assert 0 <= dry(later) <= dry(earlier) <= 1
    assert later.due is not None
    assert earlier.due is not None
    assert earlier.due <= later.due


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 24), st.sampled_from(["indoor", "balcony", "outdoor"]))
def test_given_a_later_hour_then_the_soil_is_no_wetter(hours: int, place: Place) -> None:
    one = care("monstera", place, 96)
    assert dry(soil(one)) <= dry(soil(one, now=NOW + timedelta(hours=hours)))


def test_given_heat_ahead_then_water_is_due_earlier_and_the_soil_is_no_drier_now() -> None:
    one = care("monstera", "outdoor", 96)
    mild, hot = soil(one), soil_of(one, days_of(), forecast(ta=path([20.0] * 10 + [38.0] * 38)), NOW)
    assert hot is not None
    assert dry(hot) == dry(mild)
    assert hot.due is not None
    assert mild.due is not None
    assert hot.due < mild.due


@settings(max_examples=30, deadline=None)
@given(st.floats(10, 30), st.floats(20, 80), st.floats(1, 20))
def test_given_drier_or_warmer_air_then_the_soil_dries_no_slower(ta: float, hm: float, step: float) -> None:
    one = care("monstera", "outdoor", 48)
    assert dry(soil(one, days_of(ta, hm - step))) >= dry(soil(one, days_of(ta, hm)))
    assert dry(soil(one, days_of(ta + step / 4, hm))) >= dry(soil(one, days_of(ta, hm)))


@given(st.sampled_from([one for one in profiles().values() if one.watering]))
def test_given_a_plant_just_watered_then_its_soil_is_wet_and_the_days_are_in_order(plant: object) -> None:
    found = soil(replace(care("monstera", "indoor", 0), profile=plant))  # type: ignore[arg-type]
    assert dry(found) == 0
    assert found.due_earliest is not None
    assert found.due is not None
    assert found.due_latest is not None
    assert NOW.date() < found.due_earliest <= found.due <= found.due_latest


def test_given_reference_air_for_the_usual_interval_then_water_is_due() -> None:
    # In a room of 22 °C and 50 % a monstera is watered every 7 to 10 days, 8.4 in the middle.
    room = [replace(day, values={**day.values, "ta": (22.0,) * 24, "hm": (50.0,) * 24}) for day in days_of()]
    found = soil_of(care("monstera", "outdoor", 7 * 24), room, forecast(ta=path(22.0), hm=path(50.0)), NOW)
    assert found is not None
    assert found.drying == pytest.approx(7 / 8.37, abs=0.01)
    assert (found.interval_days, found.interval_from, found.confidence) == (8.4, "profile", "medium")
    assert found.due == date(2025, 5, 31)


@pytest.mark.parametrize(("place", "counts"), [("outdoor", True), ("balcony", False), ("indoor", False)])
def test_given_heavy_rain_then_only_plants_outdoors_are_watered_by_it(place: Place, counts: bool) -> None:
    rained = days_of(rain={date(2025, 5, 28): 26.0})
    found = soil(care("basil", place, 200), rained)
    assert found.rain is counts
    assert (found.since == datetime(2025, 5, 28, 15, tzinfo=KST)) is counts


@pytest.mark.parametrize(("amounts", "counts"), [((12.0, 12.0), False), ((12.0, 13.0), True)])
def test_given_rain_on_two_days_then_what_falls_within_a_day_is_added(
    amounts: tuple[float, float], counts: bool
) -> None:
    rained = days_of(rain={date(2025, 5, 27): amounts[0], date(2025, 5, 28): amounts[1]})
    shifted = replace(
        rained[-2],
        values={**rained[-2].values, "rn": tuple(amounts[1] if hour == 9 else None for hour in range(24))},
    )
    assert soil(care("basil", "outdoor", 200), [*rained[:-2], shifted, rained[-1]]).rain is counts


def test_given_the_owners_waterings_then_the_median_of_their_intervals_counts() -> None:
    # Every four days, once after nine: the median does not follow the exception.
    found = soil(care("monstera", "indoor", 24, 24 * 5, 24 * 9, 24 * 18, 24 * 22))
    assert found.interval_from == "owner"
    assert found.drying == pytest.approx(1 / 4, abs=0.02)
    assert found.due == date(2025, 6, 2)


def test_given_a_plant_without_an_interval_then_the_owners_are_enough() -> None:
    assert profile("lettuce").watering is None
    assert soil(care("lettuce", "balcony", 24)).drying is None
    assert soil(care("lettuce", "balcony", 24, 72, 120)).interval_from == "owner"


def on(day: date, key: str, *days_ago: float) -> Soil:
    """The soil of a plant in a room of 22 °C and 50 %, at noon of a day."""
    now = datetime(day.year, day.month, day.day, 12, tzinfo=KST)
    back = [now.date() - timedelta(days=number) for number in range(1, 61)]
    room = [replace(days_of(22.0, 50.0)[0], day=one) for one in reversed(back)]
    watered = tuple(sorted(now - timedelta(days=ago) for ago in days_ago))
    ahead = forecast(origin=now, ta=path(22.0), hm=path(50.0))
    found = soil_of(Care(profile(key), Placement("outdoor"), watered), room, ahead, now)
    assert found is not None
    return found


RESTING = [key for key, one in profiles().items() if one.watering and one.watering.winter_interval_days]


@pytest.mark.parametrize("key", RESTING)
def test_given_a_plant_at_rest_in_winter_then_it_waits_for_more_than_its_summer_interval(key: str) -> None:
    summer, winter = on(date(2025, 6, 10), key, 14), on(date(2025, 1, 10), key, 14)
    assert dry(winter) < 0.5 < dry(summer)
    assert summer.due is not None
    assert winter.due is not None
    assert winter.due - date(2025, 1, 10) > summer.due - date(2025, 6, 10) + timedelta(days=14)
    assert (winter.interval_days or 0) > 1.5 * (summer.interval_days or 0)


def test_given_a_plant_at_rest_then_only_the_owners_winter_intervals_count() -> None:
    weekly = on(date(2025, 11, 10), "cactus", 14, 21, 28, 35)
    assert weekly.interval_from == "profile"
    assert on(date(2025, 11, 10), "monstera", 14, 21, 28, 35).interval_from == "owner"
    assert on(date(2025, 1, 10), "cactus", 5, 25, 45).interval_from == "owner"


def test_given_two_waterings_within_half_a_day_then_they_are_one() -> None:
    assert soil(care("monstera", "indoor", 24, 24.5, 25, 96)).interval_from == "profile"


def test_given_no_observations_then_the_air_of_a_room_is_assumed_and_little_is_sure() -> None:
    found = soil(care("monstera", "indoor", 200), [])
    assert found.confidence == "low"
    assert 0.9 < dry(found) <= 1


def test_given_air_that_dries_nothing_then_the_day_is_put_off_but_there_is_one() -> None:
    damp = forecast(ta=path(20.0), hm=path(100.0, 0.0))
    found = soil_of(care("monstera", "outdoor", 24), days_of(20.0, 100.0), damp, NOW)
    assert found is not None
    assert (found.drying, found.due) == (0, date(2025, 9, 28))


def answer(one: Care, observed: Sequence[ObservedDay] | None = None, ta: float = 20.0) -> Water:
    issued = forecast(ta=path(ta))
    days = advise(issued, one.profile, now=NOW)
    return water_of(one, soil_of(one, days_of() if observed is None else observed, issued, NOW), days, NOW)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(profiles())),
    st.lists(st.floats(0, 30 * 24), max_size=6),
    st.sampled_from(["indoor", "balcony", "outdoor"]),
    st.floats(-10, 38),
)
def test_given_any_plant_without_a_known_interval_then_the_answer_is_never_yes(
    key: str, hours: list[float], place: Place, ta: float
) -> None:
    one = care(key, place, *hours)
    found = soil_of(one, days_of(), forecast(), NOW)
    known = found is not None and found.drying is not None
    if answer(one, ta=ta).answer == "yes":
        assert known or (key == DEFAULT_PROFILE and not hours)


@pytest.mark.parametrize(
    ("one", "ta", "expected", "text", "reason"),
    [
        (care("monstera", "indoor"), 20.0, "check", "흙을 만져 보세요", "마지막으로 물 준 날"),
        (care("monstera", "indoor", 3), 20.0, "no", "오늘은 물 안 줘도 돼요", "오늘 물을 줬어요"),
        (care("monstera", "indoor", 48), 20.0, "no", "오늘은 물 안 줘도 돼요", "6월 "),
        (care("monstera", "indoor", 600), 20.0, "yes", "물을 주세요", "물을 준 지 25일"),
        (care("lettuce", "balcony", 48), 20.0, "check", "흙을 만져 보세요", "물을 준 지 2일"),
        (care("default", "outdoor"), 20.0, "no", "오늘은 물 안 줘도 돼요", "덥거나 건조하지"),
        (care("default", "outdoor"), 35.0, "yes", "물을 주세요", "아침에 물을"),
        (care("default", "outdoor", 3), 35.0, "no", "오늘은 물 안 줘도 돼요", "오늘 물을 줬어요"),
        (care("basil", "balcony", 600), 1.0, "yes", "물을 주세요", "미지근한 물"),
    ],
)
def test_given_a_plant_then_the_answer_says_what_to_do_and_why(
    one: Care, ta: float, expected: str, text: str, reason: str
) -> None:
    made = answer(one, ta=ta)
    assert (made.answer, made.text_ko) == (expected, text)
    assert reason in made.reason_ko
    assert made.text_en
    assert made.reason_en.endswith(".")
