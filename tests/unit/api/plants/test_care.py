"""Advice where a plant stands and since it was watered: one plant, several, and the form for devices."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from plantcast.common.clock import KST
from plantcast.common.schema import PLANT
from plantcast.plants.placement import Placement, air_at
from plantcast.plants.profiles import profiles
from tests.support.api_data import ApiWorld, get, observed_day, problem
from tests.support.forecast_examples import ISSUED, forecast, path

MONSTERA = "/api/plants/monstera/advice"
TODAY = date(2025, 5, 30)


@pytest.fixture
def winter(world: ApiWorld) -> ApiWorld:
    world.forecasts.issue(forecast(ta=path(-5.0), hm=path(50.0, 10.0), issued_at=ISSUED + timedelta(hours=1)))
    return world


def test_given_a_winter_night_then_advice_is_for_the_air_where_the_plant_stands(winter: ApiWorld) -> None:
    issued = winter.forecasts.latest("108")
    assert issued is not None
    for query, placement in (
        ("", Placement("indoor")),
        ("?place=indoor&room_temperature=17.5", Placement("indoor", 17.5)),
        ("?place=balcony&balcony_offset=8", Placement("balcony", balcony_offset=8)),
        ("?place=outdoor", Placement("outdoor")),
    ):
        body = get(winter, f"{MONSTERA}{query}")
        there = air_at(issued, placement)
        assert body["hourly"]["temperature_2m"][0] == pytest.approx(there.ta.mean[9], abs=0.05)
        assert body["place"] == {
            "place": placement.place,
            "room_temperature": placement.room_temperature if placement.place == "indoor" else None,
            "balcony_offset": placement.balcony_offset if placement.place == "balcony" else None,
        }
        assert (body["tonight"]["mood"] == "cold") is (placement.place != "indoor")
        assert body["tonight"]["temperature_min_p10"] < body["tonight"]["temperature_min"]


def test_given_a_watering_then_the_soil_says_when_the_next_is_due(world: ApiWorld) -> None:
    world.published([observed_day(TODAY - timedelta(days=back)) for back in range(1, 20)])

    body = get(world, f"{MONSTERA}?watered=2025-05-27T08:00")

    assert (body["water"]["answer"], body["water"]["text_ko"]) == ("no", "오늘은 물 안 줘도 돼요")
    soil = body["soil"]
    assert 0 < soil["drying"] < 100
    assert soil["since"] == "2025-05-27T08:00:00+09:00"
    assert soil["due_earliest"] <= soil["due"] <= soil["due_latest"]
    assert (soil["interval_from"], soil["interval_days"]) == ("profile", 8.4)
    assert get(world, MONSTERA)["soil"] is None
    own = get(world, f"{MONSTERA}?watered=2025-05-20T08:00,2025-05-23T08:00,2025-05-26T08:00")
    assert (own["water"]["answer"], own["soil"]["interval_from"]) == ("yes", "owner")
    assert own["soil"]["drying"] == 100


def test_given_waterings_then_days_since_the_first_are_read_once_and_none_without(world: ApiWorld) -> None:
    world.published([observed_day(TODAY - timedelta(days=back)) for back in range(1, 5)])
    plants = "&".join(f"plant={key}" for key in ("monstera", "cactus", "basil"))

    def days_read(url: str) -> list[str]:
        world.table.reads.clear()
        get(world, url)
        return sorted(sk for _, sk in world.table.reads if sk.startswith("OBS#"))

    assert days_read(f"/api/advice?{plants}") == []
    read = days_read(f"/api/advice?{plants};watered=2025-05-27&plant=ivy;watered=2025-05-29")
    assert read == ["OBS#2025-05-27", "OBS#2025-05-28", "OBS#2025-05-29"]


def test_given_several_plants_then_each_is_as_if_asked_for_alone_and_in_order(winter: ApiWorld) -> None:
    texts = [
        "monstera;place=indoor;room_temperature=20;watered=2025-05-25T08:00",
        "cactus;place=balcony;balcony_offset=2",
        "default",
    ]
    body = get(winter, "/api/advice?" + "&".join(f"plant={quote(text)}" for text in texts))

    assert [one["profile"]["id"] for one in body["plants"]] == ["monstera", "cactus", "default"]
    for text, shown in zip(texts, body["plants"], strict=True):
        key, *values = text.split(";")
        alone = get(winter, f"/api/plants/{key}/advice?{'&'.join(values)}")
        assert {name: alone[name] for name in shown} == shown
        assert (alone["origin"], alone["source"]) == (body["origin"], body["source"])
    # Unescaped, as people type it.
    assert get(winter, "/api/advice?" + "&".join(f"plant={text}" for text in texts)) == body


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("/api/plants/monstera/advice?place=garden", "garden"),
        ("/api/plants/monstera/advice?room_temperature=60", "60"),
        ("/api/plants/monstera/advice?room_temperature=warm", "warm"),
        ("/api/plants/monstera/advice?balcony_offset=nan", "balcony_offset"),
        ("/api/plants/monstera/advice?watered=yesterday", "yesterday"),
        ("/api/plants/monstera/advice?watered=2025-05-31T08:00", "future"),
        ("/api/plants/monstera/advice?watered=2024-05-31T08:00", "120 days"),
        ("/api/plants/monstera/advice?watered=" + ",".join(["2025-05-20T08:00"] * 7), "7 times"),
        ("/api/plants/monstera/advice?watering=2025-05-20T08:00", "watering"),
        ("/api/plants/monstera/device?simulate=hot_dry", "simulate"),
        ("/api/advice", "plant"),
        ("/api/advice?plant=", "plant profile"),
        ("/api/advice?plant=monstera;place=garden", "garden"),
        ("/api/advice?plant=monstera;place=indoor;place=balcony", "twice"),
        ("/api/advice?plant=monstera;shade=yes", "shade"),
        ("/api/advice?plant=monstera;watered=2025-06-30T08:00", "future"),
        ("/api/advice?" + "&".join(["plant=monstera"] * 21), "plant"),
        ("/api/advice?plant=monstera&place=indoor", "place"),
    ],
)
def test_given_nonsense_in_a_parameter_then_the_error_names_it_and_what_to_do(
    client: TestClient, url: str, named: str
) -> None:
    found = problem(client, "GET", url)
    assert found["status"] in (404, 422)
    assert named in f"{found['detail']} {found.get('errors')}"
    assert found["remedy"]


def test_given_any_plant_then_the_form_for_devices_fits_and_says_when_to_ask_again(world: ApiWorld) -> None:
    with TestClient(world.app()) as client:
        for key in profiles():
            reply = client.get(f"/api/plants/{key}/device?watered=2025-05-01T08:00")
            assert len(reply.content) < 300
            assert reply.json()["until"] == "2025-05-30T10:20:00+09:00"
    assert get(world, "/api/plants/monstera/device") == {
        "water": None,
        "drying": None,
        "due": None,
        "until": "2025-05-30T10:20:00+09:00",
        "stale": False,
        "source": "synthetic",
    }
    wet = get(world, "/api/plants/monstera/device?watered=2025-05-30T08:00")
    assert (wet["water"], wet["drying"]) == (False, 0)
    dry = get(world, "/api/plants/monstera/device?watered=2025-05-01T08:00")
    assert (dry["water"], dry["drying"], dry["due"]) == (True, 100, "2025-05-30")


def test_given_a_stale_forecast_then_no_answer_is_given_on_water(world: ApiWorld) -> None:
    world.now = ISSUED + timedelta(hours=37)
    url = "/api/plants/monstera{}?watered=2025-05-01T08:00"

    body: dict[str, Any] = get(world, url.format("/advice"))
    device = get(world, url.format("/device"))

    assert (body["water"]["answer"], body["tonight"]) == (None, None)
    assert "조언을 드리지 않아요" in body["water"]["reason_ko"]
    assert (device["water"], device["drying"], device["due"], device["stale"]) == (None, None, None, True)


def test_given_the_states_of_the_usual_place_then_another_place_starts_anew(world: ApiWorld) -> None:
    world.table.put(
        {
            "pk": "STATION#108",
            "sk": "ALERT#default",
            "schema_version": PLANT.version,
            "station": "108",
            "profile": "default",
            "day": "2025-05-29",
            "origin": "2025-05-28T23:00:00+09:00",
            "mood": "hot",
            "needs_water": True,
            "active": {"hot": True},
            "since": datetime(2025, 5, 29, 7, tzinfo=KST).isoformat(),
        }
    )
    world.forecasts.issue(forecast(ta=path(28.9, 2.0), issued_at=ISSUED + timedelta(hours=1)))

    def mood(query: str) -> str:
        return str(get(world, f"/api/plants/default/advice{query}")["days"][0]["mood"])

    assert (mood(""), mood("?place=outdoor")) == ("hot", "hot")
    assert mood("?place=balcony") == "happy"
