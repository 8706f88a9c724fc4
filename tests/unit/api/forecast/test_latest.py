"""The stored forecast: hour by hour, and now."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from plantcast.common.clock import KST
from tests.support.api_data import ApiWorld, get, problem
from tests.support.forecast_examples import ISSUED, forecast, path, with_hours

# ------------------------------------------------------------------ forecast


def test_given_a_forecast_when_asked_for_then_the_answer_is_as_the_contract_says(
    client: TestClient, world: ApiWorld
) -> None:
    world.forecasts.issue(forecast(issued_at=ISSUED, ta=path(with_hours(17.123, {15: 31.25}))))

    body = client.get("/api/forecast").json()

    assert body["station"] == {"id": "108", "name_ko": "서울", "name_en": "Seoul"}
    assert (body["latitude"], body["longitude"], body["elevation"]) == (37.5714, 126.9658, 85.7)
    assert (body["timezone"], body["source"], body["status"]) == ("Asia/Seoul", "synthetic", "ok")
    assert (body["origin"], body["issued_at"]) == ("2025-05-29T23:00:00+09:00", "2025-05-30T02:01:12+09:00")
    assert body["models"]["ta"] == {"kind": "lightgbm", "version": "v1"}
    assert body["models"]["hm"] == {"kind": "damped_anomaly", "version": None}
    assert body["hourly_units"] == {
        "time": "iso8601",
        "temperature_2m": "°C",
        "relative_humidity_2m": "%",
        "precipitation_probability": "%",
    }
    hourly = body["hourly"]
    assert {len(column) for column in hourly.values()} == {48}
    assert (hourly["time"][0], hourly["time"][-1]) == (
        "2025-05-30T00:00:00+09:00",
        "2025-05-31T23:00:00+09:00",
    )
    assert hourly["lead"] == list(range(1, 49))
    assert (hourly["temperature_2m"][0], hourly["temperature_2m_p10"][0]) == (17.1, 15.1)
    assert hourly["relative_humidity_2m_p90"][0] == 70.0
    today, tomorrow = body["days"]
    assert (today["date"], today["label"], today["temperature_max"]) == ("2025-05-30", "today", 31.2)
    assert today["plant"]["profile"] == "default"
    assert today["plant"]["state"] == "water"
    assert today["plant"]["hours"] == ["2025-05-30T14:00:00+09:00"]
    assert (tomorrow["label"], tomorrow["plant"]["state"]) == ("tomorrow", "ok")
    assert "not observations" in body["attribution"]


@pytest.mark.parametrize("url", ["/api/forecast", "/api/plants/default/advice", "/predict"])
def test_given_a_station_not_served_when_asked_then_the_served_ones_are_named(
    client: TestClient, url: str
) -> None:
    body = problem(client, "GET", f"{url}?station=159")

    assert body["status"] == 404
    assert "159" in str(body["detail"])
    assert "108" in str(body["remedy"])


@pytest.mark.parametrize("url", ["/api/forecast", "/api/daily", "/api/plants/default/calendar.ics"])
def test_given_no_forecast_yet_when_asked_then_the_problem_says_how_to_get_one(url: str) -> None:
    with TestClient(ApiWorld().app()) as client:
        body = problem(client, "GET", url)

    assert body["status"] == 404
    assert "Run the pipeline" in str(body["remedy"])


# ------------------------------------------------------------------ latest


def test_given_a_morning_when_latest_is_asked_then_the_present_hour_is_answered(
    client: TestClient, world: ApiWorld
) -> None:
    # 09:20 belongs to the hour of 09:00, lead 10.
    world.forecasts.issue(forecast(ta=path(with_hours(17.0, {10: 21.44})), hm=path(with_hours(60, {10: 51}))))

    body = client.get("/api/latest").json()

    assert (body["valid_at"], body["temperature"], body["humidity"]) == (
        "2025-05-30T09:00:00+09:00",
        21.4,
        51.0,
    )
    assert (body["stale"], body["needs_water"]) == (False, False)
    assert [day["label"] for day in body["days"]] == ["today", "tomorrow"]
    assert body["attribution"]


@pytest.mark.parametrize(
    ("now", "valid_at", "stale", "needs_water"),
    [
        (datetime(2025, 5, 29, 23, 30, tzinfo=KST), "2025-05-30T00:00:00+09:00", False, True),
        (datetime(2025, 5, 30, 23, 59, tzinfo=KST), "2025-05-30T23:00:00+09:00", False, True),
        (datetime(2025, 5, 31, 0, 0, tzinfo=KST), "2025-05-31T00:00:00+09:00", False, False),
        (ISSUED + timedelta(hours=36), "2025-05-31T14:00:00+09:00", False, False),
        (ISSUED + timedelta(hours=36, seconds=1), "2025-05-31T14:00:00+09:00", True, None),
        (datetime(2025, 6, 1, 0, 0, tzinfo=KST), "2025-05-31T23:00:00+09:00", True, None),
    ],
)
def test_given_another_time_when_latest_is_asked_then_the_nearest_covered_hour_answers(
    now: datetime, valid_at: str, stale: bool, needs_water: bool | None
) -> None:
    world = ApiWorld()
    world.now = now
    world.forecasts.issue(forecast(ta=path(with_hours(20.0, {15: 31.0}))))
    body = get(world, "/api/latest")

    assert (body["valid_at"], body["stale"], body["needs_water"]) == (valid_at, stale, needs_water)
