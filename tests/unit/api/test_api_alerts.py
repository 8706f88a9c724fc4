"""`/api/alerts`: plant states and notices, as notify leaves them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from plantcast.plants.profiles import profiles
from plantcast_api.app import create_app
from tests.api_world import ApiWorld, problem
from tests.forecast_examples import ISSUED, ORIGIN
from tests.notice_room import NIGHT, NoticeRoom, hot, mild

QUIET = "22:00-07:00"


@pytest.fixture
def world() -> ApiWorld:
    return ApiWorld()


@pytest.fixture
def room(world: ApiWorld, monkeypatch: pytest.MonkeyPatch) -> NoticeRoom:
    return NoticeRoom(monkeypatch, table=world.table, quiet_hours=QUIET)


def ask(world: ApiWorld, query: str = "", **deps: Any) -> dict[str, Any]:
    with TestClient(create_app(replace(world.deps(), **deps))) as client:
        reply = client.get(f"/api/alerts{query}")
    assert reply.status_code == 200, reply.text
    body: dict[str, Any] = reply.json()
    return body


def test_given_no_run_yet_when_asked_then_there_is_nothing_and_no_error(world: ApiWorld) -> None:
    body = ask(world)

    assert (body["alerts"], body["notices"], body["quiet_hours"]) == ([], [], None)
    assert (body["station"]["id"], body["source"]) == ("108", "synthetic")
    assert "not observations" in body["attribution"]


def test_given_a_night_when_asked_then_every_plant_and_the_waiting_notice_are_there(
    world: ApiWorld, room: NoticeRoom
) -> None:
    room.run("run-1", hot())

    body = ask(world, "?station=108", quiet_hours=QUIET)

    assert body["quiet_hours"] == QUIET
    assert [plant["profile"] for plant in body["alerts"]] == list(profiles())
    assert {plant["profile"] for plant in body["alerts"] if plant["notified"]} == {"default"}
    assert body["alerts"][0] == {
        "profile": "default",
        "name_ko": "화분",
        "name_en": "Potted plant",
        "mood": "hot",
        "needs_water": True,
        "since": NIGHT.isoformat(),
        "origin": ORIGIN.isoformat(),
        "day": "2025-05-30",
        "notified": True,
    }
    (notice,) = body["notices"]
    assert (notice["status"], notice["before"], notice["published_at"]) == ("waiting", None, None)
    assert (notice["created_at"], notice["due_at"]) == (NIGHT.isoformat(), "2025-05-30T07:00:00+09:00")
    assert notice["subject"].startswith("[Plantcast] Seoul, Potted plant: ")
    assert notice["text_ko"].startswith("서울 · 화분: ")
    assert notice["text_en"].startswith("Seoul · Potted plant today: ")


def test_given_many_notices_when_asked_then_the_newest_come_first_and_no_more_than_asked_for(
    world: ApiWorld, room: NoticeRoom
) -> None:
    noon = NIGHT + timedelta(hours=10)
    for day in range(4):
        room.run(f"run-{day}", (hot, mild)[day % 2](day), noon + timedelta(days=day))
    room.run("run-4", hot(4), NIGHT + timedelta(days=4))
    room.run("run-5", mild(4, issued_at=ISSUED + timedelta(days=9)), NIGHT + timedelta(days=4, hours=1))

    told = [(one["day"], one["mood"], one["before"], one["status"]) for one in ask(world)["notices"]]
    assert told == [
        ("2025-06-03", "hot", "happy", "superseded"),
        ("2025-06-02", "happy", "hot", "published"),
        ("2025-06-01", "hot", "happy", "published"),
        ("2025-05-31", "happy", "hot", "published"),
        ("2025-05-30", "hot", None, "published"),
    ]
    world.table.reads.clear()
    assert len(ask(world, "?limit=2")["notices"]) == 2
    assert len(world.table.reads) == len(profiles()) + 2


@pytest.mark.parametrize("kind", ["ALERT", "NOTICE"])
def test_given_a_damaged_item_when_asked_then_500_names_it_and_the_remedy(
    world: ApiWorld, room: NoticeRoom, kind: str
) -> None:
    room.run("run-1", hot())
    key = next(key for key in world.table.items if key[1].startswith(f"{kind}#"))
    world.table.items[key]["mood"] = "bored"

    with TestClient(world.app(), raise_server_exceptions=False) as client:
        found = problem(client, "GET", "/api/alerts")
    assert found["status"] == 500
    assert "/".join(key) in found["detail"]
    assert "Delete the item" in found["remedy"]
