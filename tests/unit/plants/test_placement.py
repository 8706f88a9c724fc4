"""The air where a plant stands: physics of rooms and balconies, as properties."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantcast.common.vapour import saturation_vapour_pressure
from plantcast.plants.placement import Placement, air_at, observed_air_at
from tests.support.forecast_examples import forecast, path

outside_temperature = st.floats(-25, 40)
humidity = st.floats(0, 100)
place = st.sampled_from(["indoor", "balcony"])


def air(ta: float, hm: float, placement: Placement) -> tuple[float, float]:
    warmth, damp = observed_air_at([ta], [hm], placement)
    assert warmth[0] is not None
    assert damp[0] is not None
    return warmth[0], damp[0]


def vapour(ta: float, hm: float) -> float:
    return float(saturation_vapour_pressure(ta)) * hm / 100


@settings(max_examples=40, deadline=None)
@given(outside_temperature, humidity, st.floats(0, 15), place, st.floats(5, 35), st.floats(-5, 15))
def test_given_any_air_outside_then_ranges_are_in_order_and_humidity_is_possible(
    ta: float, hm: float, spread: float, where: str, room: float, offset: float
) -> None:
    outside = forecast(ta=path(ta, spread), hm=path(hm, spread))
    there = air_at(outside, Placement(where, room, offset))  # type: ignore[arg-type]
    for one in (there.ta, there.hm):
        assert all(low <= mean <= high for low, mean, high in zip(one.p10, one.mean, one.p90, strict=True))
    assert min(there.hm.p10) >= 0
    assert max(there.hm.p90) <= 100


@settings(max_examples=60, deadline=None)
@given(outside_temperature, humidity)
def test_given_a_room_then_it_holds_at_least_the_moisture_of_the_air_outside_unless_saturated(
    ta: float, hm: float
) -> None:
    warmth, damp = air(ta, hm, Placement("indoor"))
    assert vapour(warmth, damp) >= vapour(ta, hm) - 1e-9 or damp == 100


@settings(max_examples=60, deadline=None)
@given(outside_temperature, humidity, st.floats(5, 34))
def test_given_a_warmer_room_then_its_air_is_not_damper(ta: float, hm: float, room: float) -> None:
    assert air(ta, hm, Placement("indoor", room + 1))[1] <= air(ta, hm, Placement("indoor", room))[1]


@settings(max_examples=60, deadline=None)
@given(outside_temperature, humidity, place)
def test_given_a_little_warmer_outside_then_the_air_there_hardly_changes(
    ta: float, hm: float, where: str
) -> None:
    one, other = (air(ta + step, hm, Placement(where)) for step in (0, 0.01))  # type: ignore[arg-type]
    assert other == pytest.approx(one, abs=0.2)


@given(outside_temperature, humidity)
def test_given_a_plant_outdoors_then_its_air_is_that_of_the_station(ta: float, hm: float) -> None:
    outside = forecast(ta=path(ta), hm=path(hm))
    assert air_at(outside, Placement("outdoor")) is outside
    assert observed_air_at([ta], [hm], Placement("outdoor")) == ([ta], [hm])


def test_given_a_winter_day_then_a_heated_room_is_dry_and_a_balcony_a_little_warmer() -> None:
    frost = forecast(ta=path(-5.0), hm=path(50.0, 10.0))
    room, balcony = air_at(frost, Placement("indoor")), air_at(frost, Placement("balcony"))
    assert (room.ta.mean[0], room.ta.p10[0], room.ta.p90[0]) == (22.0, 20.0, 24.0)
    assert 15 < room.hm.mean[0] < 25
    assert room.hm.p90[0] - room.hm.p10[0] > 15  # how much moisture people add is hardly known
    assert (balcony.ta.mean[0], balcony.hm.mean[0]) == (-2.0, pytest.approx(40, abs=1))


def test_given_a_summer_day_then_a_room_is_a_little_cooler_and_a_balcony_as_outside() -> None:
    summer = forecast(ta=path(28.0), hm=path(75.0, 10.0))
    room, balcony = air_at(summer, Placement("indoor")), air_at(summer, Placement("balcony"))
    assert room.ta.mean[0] == pytest.approx(26.5, abs=0.1)
    assert balcony.ta.mean[0] == 28.0
    assert balcony.hm.mean[0] == pytest.approx(75.0)


def test_given_a_cold_night_then_a_room_stays_as_warm_and_moves_with_the_day_before_only_slowly() -> None:
    swing = [15.0 if 8 <= hour % 24 < 20 else 5.0 for hour in range(48)]
    room = air_at(forecast(ta=path(swing)), Placement("indoor", 18.0)).ta.mean
    assert max(abs(later - earlier) for earlier, later in pairwise(room)) < 0.2


def test_given_the_owners_own_numbers_then_these_count() -> None:
    assert air(-5, 50, Placement("indoor", room_temperature=15))[0] == 15
    assert air(-5, 50, Placement("balcony", balcony_offset=8))[0] == 3


def test_given_hours_that_were_not_observed_then_they_are_unknown_there_too() -> None:
    warmth, damp = observed_air_at([1.0, None, 2.0], [50.0, 50.0, None], Placement("indoor"))
    assert warmth[1:] == damp[1:] == [None, None]
    assert warmth[0] is not None
