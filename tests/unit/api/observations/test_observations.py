"""Stations, and the observations at them, as the API returns them from the items that ingest writes."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from plantcast.common.clock import KST
from plantcast.common.stations import STATIONS
from plantcast.observations.published import Masked
from tests.support.api_data import NOW, ApiWorld, get, observed_day, problem
from tests.support.ingest_setup import TODAY, Environment, FakeKma, weather

YESTERDAY = date(2025, 5, 29)
STATUS = {
    "pk": "STATION#108",
    "sk": "STATUS",
    "schema_version": 1,
    "first_observation": "2024-05-30T00:00:00+09:00",
    "last_observation": "2025-05-29T23:00:00+09:00",
}


@pytest.fixture
def full() -> ApiWorld:
    """A world of 35 published days, the temperature of each its day of the month."""
    made = ApiWorld()
    made.table.put(STATUS)
    days = [YESTERDAY - timedelta(days=back) for back in range(40)]
    made.published([observed_day(day, ta=float(day.day)) for day in days])
    return made


def ask(world: ApiWorld, query: str = "") -> dict[str, Any]:
    body = get(world, f"/api/observations?{query}")
    assert {len(column) for column in body["hourly"].values()} == {len(body["hourly"]["time"])}
    return body


def refusal(world: ApiWorld, query: str) -> dict[str, Any]:
    with TestClient(world.app()) as client:
        return problem(client, "GET", f"/api/observations?{query}")


# ------------------------------------------------------------------ observations


def test_given_no_days_then_the_last_three_are_answered_hour_by_hour(full: ApiWorld) -> None:
    body = ask(full)

    assert (body["start"], body["end"]) == ("2025-05-27", "2025-05-29")
    assert (body["first"], body["last"]) == ("2025-04-25", "2025-05-29")
    hourly = body["hourly"]
    assert len(hourly["time"]) == 72
    assert (hourly["time"][0], hourly["time"][-1]) == (
        "2025-05-27T00:00:00+09:00",
        "2025-05-29T23:00:00+09:00",
    )
    assert hourly["temperature_2m"] == [27.0] * 24 + [28.0] * 24 + [29.0] * 24
    assert set(body["hourly_units"]) == set(hourly)
    # `pa` is the pressure at the station, `ps` that at sea level; the example day counts its variables.
    assert (hourly["precipitation"][0], hourly["surface_pressure"][0], hourly["pressure_msl"][0]) == (5, 6, 7)
    assert body["attribution"] == "합성 자료 (synthetic weather), not observations"
    assert (body["station"]["id"], body["source"], body["elevation"]) == ("108", "synthetic", 85.7)


def test_given_days_of_the_lake_then_they_have_its_values() -> None:
    hours = weather(20)
    hours[datetime(2025, 5, 28, 18, tzinfo=KST)] = "49.0"
    env = Environment(FakeKma(hours))
    env.ingest.night("108", TODAY)
    world = ApiWorld()
    world.table.items |= env.table.items

    body = ask(world, "start=2025-05-20&end=2025-05-29")

    frame = env.lake.read("108", datetime(2025, 5, 20, tzinfo=KST), datetime(2025, 5, 29, 23, tzinfo=KST))
    for column, name in (("temperature_2m", "ta"), ("relative_humidity_2m", "hm"), ("wind_speed_10m", "ws")):
        assert body["hourly"][column] == [None if value != value else value for value in frame[name]]
    assert [one["time"] for one in body["masked"] if one["variable"] == "temperature_2m"] == [
        "2025-05-28T18:00:00+09:00"
    ]
    assert body["first"] == "2025-05-20"


@pytest.mark.parametrize(
    ("query", "start", "end"),
    [
        ("start=2025-04-25&end=2025-05-25", "2025-04-25", "2025-05-25"),
        ("start=2025-04-25", "2025-04-25", "2025-05-25"),
        ("start=2025-05-30", "2025-05-30", "2025-05-30"),
        ("end=2025-05-10", "2025-05-08", "2025-05-10"),
        ("end=2025-05-30", "2025-05-28", "2025-05-30"),
    ],
)
def test_given_days_then_those_are_answered_and_what_is_left_out_completed(
    full: ApiWorld, query: str, start: str, end: str
) -> None:
    body = ask(full, query)

    assert (body["start"], body["end"]) == (start, end)
    days = [date.fromisoformat(text[:10]) for text in body["hourly"]["time"]]
    assert days == [date.fromisoformat(start) + timedelta(days=hour // 24) for hour in range(len(days))]
    expected = [float(day.day) if day <= YESTERDAY else None for day in days]
    assert body["hourly"]["temperature_2m"] == expected


@pytest.mark.parametrize(
    ("query", "value", "remedy"),
    [
        ("start=2025-05-29&end=2025-05-28", "start=2025-05-29 is after end=2025-05-28", "Exchange"),
        ("start=2025-04-25&end=2025-05-29", "35 days; 31", "end=2025-05-25"),
        ("start=2025-04-24&end=2025-04-30", "start=2025-04-24 is before", "2025-04-25"),
        ("end=2025-05-31", "end=2025-05-31 is in the future", "2025-05-29"),
        ("start=9999-12-31", "start=9999-12-31 is in the future", "2025-05-29"),
    ],
)
def test_given_days_that_make_no_sense_then_the_problem_names_value_and_remedy(
    full: ApiWorld, query: str, value: str, remedy: str
) -> None:
    body = refusal(full, query)

    assert body["status"] == 422
    assert value in str(body["detail"])
    assert remedy in str(body["remedy"])


def test_given_masked_values_then_they_are_null_and_listed_with_the_reason_in_the_zone(
    world: ApiWorld,
) -> None:
    temperatures = [10.0] * 24
    masked = [Masked("ta", 4, "spike"), Masked("pa", 23, "inconsistent")]
    world.published([observed_day(YESTERDAY, ta=[*temperatures[:4], None, *temperatures[5:]], masked=masked)])

    body = ask(world, "start=2025-05-29&timezone=UTC")

    assert body["hourly"]["temperature_2m"][3:6] == [10.0, None, 10.0]
    assert (body["hourly"]["time"][0], body["utc_offset_seconds"]) == ("2025-05-28T15:00:00Z", 0)
    assert body["masked"] == [
        {"time": "2025-05-28T19:00:00Z", "variable": "temperature_2m", "reason": "spike"},
        {"time": "2025-05-29T14:00:00Z", "variable": "surface_pressure", "reason": "inconsistent"},
    ]


def test_given_the_usual_question_then_three_days_and_the_status_are_read(full: ApiWorld) -> None:
    full.table.reads.clear()
    ask(full)
    usual = list(full.table.reads)
    ask(full, "start=2025-05-20&end=2025-05-21")

    assert [sk for _, sk in usual] == ["OBS#2025-05-29", "OBS#2025-05-28", "OBS#2025-05-27", "STATUS"]
    assert [sk for _, sk in full.table.reads[-2:]] == ["OBS#2025-05-20", "OBS#2025-05-21"]


def test_given_nothing_observed_or_a_damaged_day_then_the_problem_has_a_remedy(world: ApiWorld) -> None:
    nothing = refusal(ApiWorld(), "")
    world.table.items["STATION#108", "OBS#2025-05-28"]["hm"] = "rubbish"
    damaged = refusal(world, "")

    assert (nothing["status"], damaged["status"]) == (404, 500)
    assert "Run the pipeline" in nothing["remedy"]
    assert "Run the pipeline" in damaged["remedy"]


# ------------------------------------------------------------------ stations


def test_given_two_stations_served_then_they_are_listed_with_place_and_hours_held() -> None:
    world = ApiWorld(stations=("112", "108"))
    world.table.put(STATUS)
    body = get(world, "/api/stations")

    seoul, incheon = body["stations"]
    assert seoul == {
        "id": "108",
        "name_ko": "서울",
        "name_en": "Seoul",
        "latitude": 37.5714,
        "longitude": 126.9658,
        "elevation": 85.7,
        "served": True,
        "first_observation": "2024-05-30T00:00:00+09:00",
        "last_observation": "2025-05-29T23:00:00+09:00",
    }
    assert (incheon["id"], incheon["first_observation"], incheon["last_observation"]) == ("112", None, None)
    assert body["attribution"]


def test_given_a_request_for_all_then_the_network_is_listed_and_what_is_held_of_it(world: ApiWorld) -> None:
    world.observed_until(NOW.replace(hour=0, minute=0), "159")
    stations = get(world, "/api/stations?all=true")["stations"]

    assert [one["id"] for one in stations] == list(STATIONS)
    assert [one["id"] for one in stations if one["served"]] == ["108"]
    held = {one["id"]: one["last_observation"] for one in stations if one["last_observation"]}
    assert held == {"108": "2025-05-29T23:00:00+09:00", "159": "2025-05-30T00:00:00+09:00"}
