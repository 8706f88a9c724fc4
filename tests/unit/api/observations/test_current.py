"""`/api/current`: the last hour observed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from plantcast.common.clock import KST
from tests.support.api_data import ApiWorld, get, observed_day, problem

TODAY = date(2025, 5, 30)
YESTERDAY = TODAY - timedelta(days=1)


def until(hour: int, value: float) -> list[float | None]:
    """`value` up to `hour`, nothing after it."""
    return [value if position <= hour else None for position in range(24)]


def world_of(*days: Any) -> ApiWorld:
    made = ApiWorld()
    made.published(list(days))
    return made


def test_given_live_hours_of_today_when_asked_then_the_last_one_is_answered_as_provisional() -> None:
    today = observed_day(TODAY, ta=until(8, 21.3), hm=until(8, 54.0), rn=None, provisional=range(9))

    body = get(world_of(observed_day(YESTERDAY), today), "/api/current?station=108")

    assert (body["time"], body["age_minutes"]) == ("2025-05-30T08:00:00+09:00", 80)
    assert (body["feed"], body["provisional"]) == ("api_hub", True)
    assert (body["temperature_2m"], body["relative_humidity_2m"]) == (21.3, 54.0)
    assert (body["precipitation"], body["units"]["precipitation"]) == (None, "mm")
    assert (body["station"]["id"], body["source"]) == ("108", "synthetic")
    assert "not observations" in body["attribution"]


def test_given_confirmed_hours_only_when_asked_then_yesterday_is_the_last_and_its_age_says_so() -> None:
    body = get(
        world_of(observed_day(YESTERDAY, ta=3.5), observed_day(TODAY, ta=None, hm=None)), "/api/current"
    )

    assert (body["time"], body["age_minutes"]) == ("2025-05-29T23:00:00+09:00", 620)
    assert (body["feed"], body["provisional"], body["temperature_2m"]) == ("asos", False, 3.5)


def test_given_a_last_hour_with_humidity_alone_when_asked_then_the_temperature_is_null() -> None:
    body = get(world_of(observed_day(TODAY, ta=until(7, 21.3), hm=until(8, 54.0))), "/api/current")

    assert (body["time"][11:13], body["temperature_2m"], body["relative_humidity_2m"]) == ("08", None, 54.0)


def test_given_hours_after_now_when_asked_then_they_are_not_called_observed() -> None:
    world = world_of(observed_day(TODAY))
    world.now = datetime(2025, 5, 30, 5, 0, tzinfo=KST)

    assert get(world, "/api/current")["time"] == "2025-05-30T05:00:00+09:00"


@pytest.mark.parametrize("days", [[], [observed_day(TODAY, ta=None, hm=None)]])
def test_given_nothing_observed_when_asked_then_the_problem_has_a_remedy(days: list[Any]) -> None:
    with TestClient(world_of(*days).app()) as client:
        body = problem(client, "GET", "/api/current")

    assert body["status"] == 404
    assert "station 108" in body["detail"]
    assert "Run the pipeline" in body["remedy"]
