"""`/api/models` and the way back: versions and decisions of the registry; the key, conflicts, damage."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from plantcast.forecasting import TARGETS
from plantcast.forecasting.evaluation.gates import ChampionFound
from tests.support.api_data import KEY, NOW, ApiWorld, get, problem
from tests.support.registry_examples import decision_on, held_out_scores, version_files

URL = "/api/models/rollback"
KEYED = {"X-Api-Key": KEY}
PREFIX = "models/station=108/ta"


@pytest.fixture
def world() -> ApiWorld:
    """v1 was promoted, then v2; v3 was not, since its range was too narrow."""
    made = ApiWorld()
    made.all_well()
    made.promote("v2", NOW - timedelta(days=1))
    for target in TARGETS:
        made.registry.save_version("108", target, "v3", version_files("v3", target))
        poor = held_out_scores(1.1, 1.2, coverage_80=0.5)
        decisions = {
            "v1": decision_on("v1", target=target),
            "v2": decision_on("v2", held_out_scores(1.2, 1.3), ChampionFound("scored", "v1"), target),
            "v3": decision_on("v3", poor, ChampionFound("scored", "v2"), target),
        }
        for version, decision in decisions.items():
            made.registry.record_decision("108", target, version, decision)
    return made


@pytest.fixture
def client(world: ApiWorld) -> Iterator[TestClient]:
    with TestClient(world.app()) as made:
        yield made


def pointer_version(world: ApiWorld, target: Any = "ta") -> str | None:
    pointer = world.registry.pointer("108", target)
    return None if pointer is None else pointer.version


# ------------------------------------------------------------------ models


def test_given_versions_when_asked_then_champion_and_versions_are_listed_newest_first(
    client: TestClient,
) -> None:
    body = client.get("/api/models?station=108").json()

    assert body["station"]["name_ko"] == "서울"
    ta, hm = body["targets"]
    assert [(one["target"], one["unit"]) for one in (ta, hm)] == [("ta", "°C"), ("hm", "%")]
    champion = ta["champion"]
    assert (champion["version"], champion["previous"]) == ("v2", "v1")
    assert champion["since"] == "2025-05-29T09:20:00+09:00"
    assert (champion["reason_ko"], champion["reason_en"]) == ("더 정확함", "more accurate")
    assert [one["version"] for one in ta["versions"]] == ["v3", "v2", "v1"]
    assert [one["in_production"] for one in ta["versions"]] == [False, True, False]


def test_given_a_version_when_asked_then_what_it_learned_and_why_it_was_refused_are_answered(
    client: TestClient,
) -> None:
    newest = client.get("/api/models").json()["targets"][0]["versions"][0]

    assert (newest["trained_from"], newest["trained_to"]) == (
        "2024-05-30T00:00:00+09:00",
        "2025-05-29T23:00:00+09:00",
    )
    assert (newest["hours"], newest["rows"], newest["trees"]) == (8760, 400_000, 750)
    assert newest["validation_rmse"] == 1.523
    decision = newest["decision"]
    assert decision["promoted"] is False
    assert "coverage of the 80 % range 0.500" in decision["reason_en"]
    assert "적중률 0.500" in decision["reason_ko"]
    assert [gate["name"] for gate in decision["gates"] if not gate["passed"]] == ["coverage_80"]
    assert decision["scores"]["from"] == "2025-05-02T00:00:00+09:00"
    assert decision["scores"]["leads_1_48"]["champion"] == 1.2
    assert newest["problem"] is None


def test_given_damage_when_asked_then_it_is_named_and_the_rest_still_answers(
    client: TestClient, world: ApiWorld
) -> None:
    world.store.put(f"{PREFIX}/production.json", b"{")
    world.store.put(f"{PREFIX}/versions/v1/metadata.json", b"[]")
    world.store.put(f"{PREFIX}/decisions/v2.json", b'{"schema_version": 1, "promoted": "maybe"}')
    rows = version_files("v3", rows="many")["metadata.json"]
    world.store.put(f"{PREFIX}/versions/v3/metadata.json", rows)

    reply = client.get("/api/models")
    ta, hm = reply.json()["targets"]

    assert reply.status_code == 200
    assert ta["champion"] is None
    assert "production.json" in ta["problem"]
    problems = {one["version"]: one["problem"] for one in ta["versions"]}
    assert "no JSON object" in problems["v1"]
    assert "cannot be read (decision)" in problems["v2"]
    assert "cannot be read (rows)" in problems["v3"]
    assert ta["versions"][0]["rows"] is None
    assert hm["champion"]["version"] == "v2"


# ------------------------------------------------------------------ rollback


def test_given_the_key_when_rolled_back_then_the_one_before_serves_and_the_forecast_stays(
    client: TestClient, world: ApiWorld
) -> None:
    forecast = client.get("/api/forecast").json()

    reply = client.post(URL, json={"target": "ta"}, headers=KEYED)

    body = reply.json()
    assert reply.status_code == 200
    assert (body["station"], body["target"], body["changed"], body["replaced"]) == ("108", "ta", True, "v2")
    assert (body["champion"]["version"], body["champion"]["previous"]) == ("v1", "v2")
    assert body["champion"]["since"] == "2025-05-30T09:20:00+09:00"
    assert "from v2 to v1" in body["champion"]["reason_en"]
    assert body["champion"]["scores"]["leads_1_48"]["challenger"] == 1.2
    assert "POST /predict does that" in body["message"]
    assert (pointer_version(world), pointer_version(world, "hm")) == ("v1", "v2")
    assert client.get("/api/forecast").json() == forecast
    assert world.predict.calls == []


def test_given_the_same_call_twice_when_it_names_what_it_expects_then_it_moves_once(
    client: TestClient, world: ApiWorld
) -> None:
    options = {"target": "ta", "expected": "v2"}

    replies = [client.post(URL, json=options, headers=KEYED).status_code for _ in range(2)]

    assert replies == [200, 409]
    assert pointer_version(world) == "v1"


@pytest.mark.parametrize(
    ("options", "status", "named"),
    [
        ({"target": "ta", "version": "v9"}, 404, "v9"),
        ({"target": "ta", "version": "../v1"}, 422, "version"),
        ({}, 422, "target"),
        ({"target": "ta", "versoin": "v1"}, 422, "versoin"),
        ({"target": "ta", "station": "999"}, 404, "999"),
    ],
)
def test_given_a_request_that_cannot_be_met_when_rolled_back_then_it_is_named(
    client: TestClient, world: ApiWorld, options: dict[str, str], status: int, named: str
) -> None:
    body = problem(client, "POST", URL, json=options, headers=KEYED)

    assert body["status"] == status
    assert named in body["detail"]
    assert pointer_version(world) == "v2"


def test_given_no_version_before_when_rolled_back_then_it_is_not_found() -> None:
    world = ApiWorld()
    assert [one["champion"] for one in get(world, "/api/models")["targets"]] == [None, None]
    world.promote("v1")
    with TestClient(world.app()) as client:
        body = problem(client, "POST", URL, json={"target": "hm"}, headers=KEYED)

    assert body["status"] == 404
    assert "no earlier hm version" in body["detail"]


def test_given_a_damaged_pointer_when_rolled_back_then_it_is_named_with_its_remedy(
    client: TestClient, world: ApiWorld
) -> None:
    world.store.put(f"{PREFIX}/production.json", b"{")

    body = problem(client, "POST", URL, json={"target": "ta", "version": "v1"}, headers=KEYED)

    assert body["status"] == 500
    assert "production.json" in body["detail"]
