"""Subscribing to push messages by the API: what is stored, what is refused, whose pages may."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from plantcast.notifications.push import subscriptions as limits
from plantcast.notifications.push.subscriptions import Subscriptions
from tests.support.api_data import NOW, PROBLEM, ApiWorld
from tests.support.push_service import FCM, Browser, KeyPair

PUBLIC_KEY = KeyPair().public
BROWSER = Browser(f"{FCM}/fcm/send/abc")
SITE = "https://plants.example.org"


@pytest.fixture
def world() -> ApiWorld:
    made = ApiWorld(stations=("108", "112"))
    made.push_public_key = PUBLIC_KEY
    made.allowed_origins = (SITE,)
    return made


def body(**changes: Any) -> dict[str, Any]:
    stored = BROWSER.subscription()
    keys = {"p256dh": stored.p256dh, "auth": stored.auth}
    facts = {"endpoint": stored.endpoint, "keys": keys, "hour": 21, "plants": ["monstera"]}
    return {**facts, **changes}


def test_a_browser_subscribes_renews_and_unsubscribes(client: TestClient, world: ApiWorld) -> None:
    assert client.get("/api/push").json() == {"public_key": PUBLIC_KEY}

    first = client.post("/api/push/subscriptions", json=body())
    plants = ["monstera;place=indoor;watered=2025-05-25T08:00", "cactus"]
    second = client.post(
        "/api/push/subscriptions", json=body(hour=7, station="112", lang="en", plants=plants)
    )

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    stored = BROWSER.subscription(hour=7, station="112", lang="en", plants=tuple(plants))
    assert first.json()["id"] == stored.key
    assert Subscriptions(world.table).all(NOW) == [stored]
    for _ in range(2):
        reply = client.post("/api/push/unsubscribe", json={"endpoint": BROWSER.endpoint})
        assert (reply.status_code, reply.content) == (204, b"")
    assert Subscriptions(world.table).all(NOW) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"endpoint": "http://169.254.169.254/latest"}, "is not https"),
        ({"endpoint": "https://fcm.googleapis.com.evil.example/a"}, "no known push service"),
        ({"keys": {"p256dh": "AAAA", "auth": "AAAA"}}, "P-256"),
        ({"keys": {"p256dh": PUBLIC_KEY, "auth": "AAAA"}}, "16 bytes"),
        ({"plants": []}, "plants"),
        ({"plants": ["monstera"] * 21}, "plants"),
        ({"plants": ["m" * 301]}, "plants"),
        ({"plants": ["triffid"]}, "triffid"),
        ({"hour": 24}, "hour"),
        ({"lang": "fr"}, "lang"),
        ({"name": "Kim"}, "name"),
    ],
)
def test_what_is_wrong_is_refused_by_name_and_not_stored(
    client: TestClient, world: ApiWorld, changes: dict[str, Any], said: str
) -> None:
    reply = client.post("/api/push/subscriptions", json=body(**changes))

    assert reply.status_code in {404, 422}, reply.text
    assert reply.headers["content-type"] == PROBLEM
    assert said in reply.json()["detail"]
    assert reply.json()["remedy"]
    assert world.table.items == {}


def test_beyond_the_limits_the_answer_says_when(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_NEW_AN_HOUR", 1)
    assert client.post("/api/push/subscriptions", json=body()).status_code == 201
    assert client.post("/api/push/subscriptions", json=body()).status_code == 201
    reply = client.post("/api/push/subscriptions", json=body(endpoint=f"{FCM}/another"))
    assert (reply.status_code, reply.json()["remedy"]) == (429, "Try again in the next hour.")


def test_pages_of_other_origins_may_not_subscribe(client: TestClient) -> None:
    for origin, allowed in ((SITE, SITE), ("https://evil.example", None)):
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        headers["Access-Control-Request-Headers"] = "content-type"
        reply = client.options("/api/push/subscriptions", headers=headers)
        assert reply.headers.get("access-control-allow-origin") == allowed


def test_without_a_key_every_route_says_that_there_is_no_push(client: TestClient, world: ApiWorld) -> None:
    world.push_public_key = ""
    with TestClient(world.app()) as without:
        assert without.get("/api/push").json() == {"public_key": None}
        replies = [
            without.post("/api/push/subscriptions", json=body()),
            without.post("/api/push/unsubscribe", json={"endpoint": BROWSER.endpoint}),
        ]
    for reply in replies:
        assert reply.status_code == 404
        assert "PushKeyParameter" in reply.json()["remedy"]
    assert world.table.items == {}
