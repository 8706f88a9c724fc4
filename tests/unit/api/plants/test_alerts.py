"""`/api/alerts`: states of plants and notices, as notify stores them."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from plantcast.plants.profiles import profiles
from tests.support.api_data import ApiWorld, get, problem
from tests.support.forecast_examples import ORIGIN
from tests.support.notify_setup import DAY, MORNING, Notices, hot, mild


@pytest.fixture
def world() -> ApiWorld:
    return ApiWorld()


@pytest.fixture
def notices(world: ApiWorld, monkeypatch: pytest.MonkeyPatch) -> Notices:
    return Notices(monkeypatch, table=world.table)


def test_given_no_notices_yet_then_there_is_nothing_and_no_error(world: ApiWorld) -> None:
    body = get(world, "/api/alerts")

    assert (body["alerts"], body["notices"]) == ([], [])
    assert (body["station"]["id"], body["source"]) == ("108", "synthetic")
    assert "not observations" in body["attribution"]


def test_given_a_morning_then_every_plant_and_the_notice_are_there(world: ApiWorld, notices: Notices) -> None:
    notices.morning(hot())

    body = get(world, "/api/alerts?station=108")

    assert [plant["profile"] for plant in body["alerts"]] == list(profiles())
    assert {plant["profile"] for plant in body["alerts"] if plant["notified"]} == {"default"}
    assert body["alerts"][0] == {
        "profile": "default",
        "name_ko": "일반 화분",
        "name_en": "Potted plant",
        "mood": "hot",
        "needs_water": True,
        "since": MORNING.isoformat(),
        "origin": ORIGIN.isoformat(),
        "day": "2025-05-30",
        "notified": True,
    }
    (notice,) = body["notices"]
    assert (notice["created_at"], notice["published_at"], notice["before"]) == (MORNING.isoformat(),) * 2 + (
        None,
    )
    assert notice["subject"].startswith("[Plantcast] Seoul, Potted plant: ")
    assert notice["text_ko"].startswith("서울 · 일반 화분: ")
    assert notice["text_en"].startswith("Seoul · Potted plant today: ")


def test_given_many_notices_then_the_newest_come_first_and_no_more_than_the_limit(
    world: ApiWorld, notices: Notices
) -> None:
    for day in range(4):
        notices.morning((hot, mild)[day % 2](day), MORNING + day * DAY)

    assert [(one["day"], one["mood"], one["before"]) for one in get(world, "/api/alerts")["notices"]] == [
        ("2025-06-02", "happy", "hot"),
        ("2025-06-01", "hot", "happy"),
        ("2025-05-31", "happy", "hot"),
        ("2025-05-30", "hot", None),
    ]
    world.table.reads.clear()
    assert len(get(world, "/api/alerts?limit=2")["notices"]) == 2
    assert len(world.table.reads) == len(profiles()) + 2


@pytest.mark.parametrize("kind", ["ALERT", "NOTICE"])
def test_given_a_damaged_item_then_500_names_it_and_the_remedy(
    world: ApiWorld, notices: Notices, kind: str
) -> None:
    notices.morning(hot())
    key = next(key for key in world.table.items if key[1].startswith(f"{kind}#"))
    world.table.items[key]["mood"] = "bored"

    with TestClient(world.app(), raise_server_exceptions=False) as client:
        found = problem(client, "GET", "/api/alerts")
    assert found["status"] == 500
    assert "/".join(key) in found["detail"]
    assert "Delete the item" in found["remedy"]
