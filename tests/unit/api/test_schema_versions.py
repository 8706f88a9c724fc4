"""What the API says of data that newer code stored: a problem that names it, and the rest still answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from fastapi.testclient import TestClient

from plantcast.common.clock import KST
from tests.support.api_data import KEY, ApiWorld, problem
from tests.support.forecast_examples import forecast
from tests.support.quality_examples import quality_report

POINTER = "models/station=108/ta/production.json"

_NEWER: dict[str, Callable[[ApiWorld], str]] = {
    "/api/forecast": lambda world: _newer_item(world, "ISSUE#2025-05-29T23:00+09:00"),
    "/api/latest": lambda world: _newer_item(world, "ISSUE#2025-05-29T23:00+09:00"),
    "/api/quality": lambda world: _newer_item(world, "QUALITY"),
    "/api/stations": lambda world: _newer_item(world, "STATUS"),
}


def _newer_item(world: ApiWorld, sk: str) -> str:
    world.table.items["STATION#108", sk]["schema_version"] = 99
    return sk


@pytest.mark.parametrize("url", _NEWER)
def test_given_newer_data_when_asked_then_the_problem_names_it_and_the_remedy(url: str) -> None:
    world = ApiWorld()
    world.observed_until(datetime(2025, 5, 29, 23, tzinfo=KST))
    world.reported(quality_report())
    world.forecasts.issue(forecast())
    named = _NEWER[url](world)

    with TestClient(world.app()) as client:
        body = problem(client, "GET", url)

    assert (body["status"], body["type"]) == (500, "urn:plantcast:problem:schema-version")
    assert named in body["detail"]
    assert "schema version 99; this code reads 1" in body["detail"]
    assert "Deploy" in body["remedy"]


def test_given_a_newer_pointer_when_models_are_asked_for_then_the_rest_answers_and_says_why() -> None:
    world = ApiWorld()
    world.store.put(POINTER, b'{"schema_version": 7}')

    with TestClient(world.app()) as client:
        (ta, _) = client.get("/api/models").json()["targets"]
        refused = client.post(
            "/api/models/rollback",
            json={"target": "ta", "version": "v1"},
            headers={"X-Api-Key": KEY},
        )

    assert "schema version 7" in ta["problem"]
    assert (refused.status_code, refused.json()["type"]) == (500, "urn:plantcast:problem:schema-version")
    assert world.store.objects[POINTER] == b'{"schema_version": 7}'
