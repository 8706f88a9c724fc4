"""The forecast otherwise: in another zone, as a file, an earlier one, as a simulation; and day by day."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from io import StringIO

import pytest
from fastapi.testclient import TestClient

from plantcast.common.clock import KST, iso_hour
from plantcast.common.vapour import vapour_pressure_deficit
from tests.support.api_data import ApiWorld, get, problem
from tests.support.forecast_examples import ORIGIN, forecast, path, with_hours

# ------------------------------------------------------------------ what it costs


@pytest.mark.parametrize(
    "url",
    [
        "/api/forecast",
        "/api/forecast?format=csv&timezone=UTC&simulate=hot_dry",
        "/api/forecast?origin=2025-05-29T23:00%2B09:00",
        "/api/latest",
        "/api/daily",
    ],
)
def test_given_a_question_about_the_forecast_then_one_item_is_read_and_no_object(
    client: TestClient, world: ApiWorld, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    world.table.reads.clear()
    monkeypatch.setattr(world.store, "get", lambda key: pytest.fail(f"{key} was read"))

    assert client.get(url).status_code == 200
    assert world.table.reads == [("STATION#108", "ISSUE#2025-05-29T23:00+09:00")]


# ------------------------------------------------------------------ place and zone


@pytest.mark.parametrize(
    ("zone", "first", "offset"),
    [
        ("UTC", "2025-05-29T15:00:00Z", 0),
        ("America/New_York", "2025-05-29T11:00:00-04:00", -14_400),
        ("Asia/Kathmandu", "2025-05-29T20:45:00+05:45", 20_700),
    ],
)
def test_given_a_zone_then_the_hours_are_in_it_and_nothing_else(
    client: TestClient, zone: str, first: str, offset: int
) -> None:
    here, there = (
        client.get("/api/forecast", params={"timezone": name}).json() for name in ("Asia/Seoul", zone)
    )

    assert (there["hourly"]["time"][0], there["timezone"], there["utc_offset_seconds"]) == (
        first,
        zone,
        offset,
    )
    moments = [[datetime.fromisoformat(text) for text in body["hourly"]["time"]] for body in (here, there)]
    assert moments[0] == moments[1]
    assert there["hourly"] | {"time": None} == here["hourly"] | {"time": None}
    assert (there["days"], there["origin"]) == (here["days"], here["origin"])


def test_given_a_change_of_the_clock_on_the_way_then_each_hour_has_its_own_offset(world: ApiWorld) -> None:
    # Berlin puts the clock forward at 01:00 UTC on 30 March 2025.
    world.forecasts.issue(forecast(origin=datetime(2025, 3, 29, 23, tzinfo=KST)))
    with TestClient(world.app()) as client:
        body = client.get("/api/forecast?timezone=Europe/Berlin&origin=2025-03-29T23:00%2B09:00").json()

    assert body["utc_offset_seconds"] == 3600
    assert body["hourly"]["time"][9:12] == [
        "2025-03-30T01:00:00+01:00",
        "2025-03-30T03:00:00+02:00",
        "2025-03-30T04:00:00+02:00",
    ]


@pytest.mark.parametrize(
    "zone",
    ["Mars/Olympus", "", "../../etc/passwd", "U\0C"],
)
def test_given_no_zone_of_the_world_then_the_problem_names_it(client: TestClient, zone: str) -> None:
    reply = client.get("/api/forecast", params={"timezone": zone})

    assert (reply.status_code, reply.json()["errors"][0]["name"]) == (422, "timezone")
    assert "Asia/Seoul" in reply.json()["detail"]


# ------------------------------------------------------------------ an earlier one


@pytest.mark.parametrize(
    "text", ["2025-05-28T23:00+09:00", "2025-05-28T23:00 09:00", "2025-05-28T23:00", "2025-05-28T14:00Z"]
)
def test_given_a_past_origin_then_the_forecast_issued_from_it_is_answered(world: ApiWorld, text: str) -> None:
    world.forecasts.issue(forecast(origin=ORIGIN - timedelta(days=1), ta=path(11.0)))
    with TestClient(world.app()) as client:
        body = client.get("/api/forecast", params={"origin": text}).json()

    assert (body["origin"], body["hourly"]["temperature_2m"][0]) == ("2025-05-28T23:00:00+09:00", 11.0)
    assert body["hourly"]["time"][0] == "2025-05-29T00:00:00+09:00"


def test_given_an_origin_nothing_was_issued_from_then_the_problem_names_it_and_the_newest(
    client: TestClient,
) -> None:
    body = problem(client, "GET", "/api/forecast?origin=2024-01-01T23:00%2B09:00")

    assert body["status"] == 404
    assert "2024-01-01T23:00+09:00" in str(body["detail"])
    assert "2025-05-29T23:00+09:00" in str(body["remedy"])


# ------------------------------------------------------------------ as a file


def table(text: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Return what a file says about the whole, and its rows."""
    rows = list(csv.reader(StringIO(text.removeprefix("\ufeff"))))
    assert rows[2] == []
    return dict(zip(rows[0], rows[1], strict=True)), [
        dict(zip(rows[3], row, strict=True)) for row in rows[4:]
    ]


def test_given_a_request_for_csv_then_it_is_a_file_with_the_numbers_of_the_answer(client: TestClient) -> None:
    reply = client.get("/api/forecast?format=csv&hours=30&timezone=UTC")
    body = client.get("/api/forecast?hours=30&timezone=UTC").json()

    assert reply.headers["content-type"] == "text/csv; charset=utf-8"
    assert reply.headers["content-disposition"] == 'attachment; filename="plantcast_108_2025-05-29T23.csv"'
    about, rows = table(reply.text)
    for name in ("latitude", "timezone", "utc_offset_seconds", "source", "attribution", "origin"):
        assert about[name] == str(body[name])
    assert (about["station"], about["name_ko"]) == ("108", "서울")
    assert [row["time"] for row in rows] == body["hourly"]["time"]
    for column, unit in (("temperature_2m_p10", "°C"), ("relative_humidity_2m", "%")):
        assert [float(row[f"{column} ({unit})"]) for row in rows] == body["hourly"][column]


# ------------------------------------------------------------------ as a simulation


@pytest.mark.parametrize("url", ["/api/forecast", "/api/daily"])
def test_given_a_simulation_then_it_says_so_and_nothing_of_it_is_stored(
    client: TestClient, world: ApiWorld, url: str
) -> None:
    before = dict(world.table.items)

    body = client.get(f"{url}?simulate=hot_dry").json()

    assert body["source"] == "simulation"
    assert "simulation" in body["attribution"]
    assert world.table.items == before
    assert client.get(url).json()["source"] == "synthetic"


# ------------------------------------------------------------------ day by day


@pytest.mark.parametrize(
    ("now", "labels"),
    [
        (datetime(2025, 5, 29, 23, 30, tzinfo=KST), ["tomorrow", None]),
        (datetime(2025, 5, 30, 0, 0, tzinfo=KST), ["today", "tomorrow"]),
        (
            datetime(2025, 5, 31, 0, 0, tzinfo=KST),
            ["yesterday", "today"],
        ),  # before the run, or it is late
        (datetime(2025, 6, 1, 2, 0, tzinfo=KST), [None, "yesterday"]),
    ],
)
def test_given_a_time_when_asked_then_days_are_called_as_the_reader_calls_them(
    world: ApiWorld, now: datetime, labels: list[str | None]
) -> None:
    world.now = now
    with TestClient(world.app()) as client:
        days = [client.get(route).json()["days"] for route in ("/api/forecast", "/api/latest", "/predict")]
        columns = client.get("/api/daily").json()["daily"]
    for shown in days:
        assert [(day["date"], day["label"]) for day in shown] == list(
            zip(["2025-05-30", "2025-05-31"], labels, strict=True)
        )
    assert (columns["date"], columns["label"]) == (["2025-05-30", "2025-05-31"], labels)


@pytest.mark.parametrize(
    ("day", "shown"), [(29, ["2025-05-29", "2025-05-30"]), (30, ["2025-05-29", "2025-05-30", "2025-05-31"])]
)
def test_given_an_origin_in_the_afternoon_then_the_third_day_is_shown_once_it_is_tomorrow(
    world: ApiWorld, day: int, shown: list[str]
) -> None:
    origin = datetime(2025, 5, 29, 14, tzinfo=KST)
    world.table.items.pop(("STATION#108", f"ISSUE#{iso_hour(ORIGIN)}"))
    world.forecasts.issue(forecast(origin=origin))
    world.now = datetime(2025, 5, day, 20, tzinfo=KST)
    with TestClient(world.app()) as client:
        assert client.get("/api/daily").json()["daily"]["date"] == shown
        assert [one["date"] for one in client.get("/api/forecast").json()["days"]] == shown
        advised = client.get("/api/plants/default/advice").json()["days"]
        assert [one["date"] for one in advised] == [one for one in shown if one >= f"2025-05-{day}"]


def test_given_a_forecast_then_today_and_tomorrow_have_their_extremes_and_when_they_come(
    world: ApiWorld,
) -> None:
    temperatures = path(with_hours(20.0, {6: 11.04, 7: 11.0, 15: 31.25, 16: 31.2, 30: 9.5}), spread=1.5)
    world.forecasts.issue(forecast(ta=temperatures, hm=path(with_hours(60, {15: 28.0, 40: 95.0}), 3.0)))

    body = get(world, "/api/daily")

    assert set(body["daily"]) == set(body["daily_units"]) | {"label"}
    columns = body["daily"]
    assert (columns["date"], columns["label"]) == (["2025-05-30", "2025-05-31"], ["today", "tomorrow"])
    assert columns["hours"] == [24, 24]
    assert (columns["temperature_2m_min"], columns["temperature_2m_max"]) == ([11.0, 9.5], [31.2, 20.0])
    # Of hours that are shown the same the first.
    assert columns["temperature_2m_min_time"] == ["2025-05-30T05:00:00+09:00", "2025-05-31T05:00:00+09:00"]
    assert columns["temperature_2m_max_time"] == ["2025-05-30T14:00:00+09:00", "2025-05-31T00:00:00+09:00"]
    assert columns["temperature_2m_min_p10"] == [9.5, 8.0]
    assert columns["temperature_2m_max_p90"] == [32.8, 21.5]
    assert (columns["relative_humidity_2m_min"], columns["relative_humidity_2m_max"]) == ([28, 60], [60, 95])
    deficit = round(vapour_pressure_deficit(31.25, 28.0), 2)
    assert columns["vapour_pressure_deficit_max"] == [deficit, round(vapour_pressure_deficit(20.0, 60.0), 2)]
