"""`/api/quality`: the newest quality report, as ingest leaves it, through the API."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from plantcast.common.clock import HOUR, KST, FixedClock
from plantcast.observations import VARIABLES
from plantcast.observations.bookkeeping import Bookkeeping
from plantcast.observations.lake import ObservationLake
from plantcast.observations.report import Received, Scope
from tests.support.api_data import NOW, ApiWorld, get, problem
from tests.support.observed import observed

FIRST, END = datetime(2025, 5, 20, tzinfo=KST), datetime(2025, 5, 29, 23, tzinfo=KST)
KEY = "quality/station=108/run=run-1/report.json"


def ingested(world: ApiWorld) -> dict[str, Any]:
    """Ten days as the KMA may send them, through lake, checks and report; return the report as stored."""
    sent = observed(236, start=FIRST)  # the last four hours are not there yet
    sent.loc[FIRST + 124 * HOUR, "ta"] = 41.3
    sent.loc[FIRST + 30 * HOUR, "qc_flags"] = '{"hm": ["unreadable", "6O.0"]}'
    sent.loc[FIRST + 31 * HOUR, "qc_flags"] = '{"hm": ["flagged-error", null]}'
    sent.loc[FIRST + 30 * HOUR : FIRST + 31 * HOUR, "hm"] = float("nan")
    lake = ObservationLake(world.store, "synthetic")
    merged = lake.merge("108", sent, received_at=NOW.astimezone(UTC))
    received = Received(calls=2, pages=1, rows=239, duplicates=2, rejected=1, blank=4, merged=merged)
    scope = Scope("108", "night", "run=night-1", "night-1", FIRST, END)
    books = Bookkeeping(world.store, lake, world.table, FixedClock(NOW - timedelta(hours=7)))
    stored: dict[str, Any] = json.loads(world.store.objects[books.record(scope, received)[1]])
    return stored


def test_given_a_night_ingested_when_asked_then_every_field_of_its_report_arrives() -> None:
    world = ApiWorld()
    stored = ingested(world)
    body = get(world, "/api/quality?station=108")

    assert body["station"] == {"id": "108", "name_ko": "서울", "name_en": "Seoul"}
    assert (body["timezone"], body["source"]) == ("Asia/Seoul", "synthetic")
    assert "not observations" in body["attribution"]
    unchanged = set(stored) - {"schema_version", "station"}
    assert set(body) == unchanged | {"station", "timezone", "attribution"}
    # Stored hours have no seconds; the API's are RFC 3339 times.
    text = re.sub(r"(T\d\d:00)(\+09:00)", r"\1:00\2", json.dumps({name: stored[name] for name in unchanged}))
    assert {name: body[name] for name in unchanged} == {**json.loads(text), "created_at": body["created_at"]}
    assert datetime.fromisoformat(body["created_at"]) == datetime.fromisoformat(stored["created_at"])


def test_given_a_night_ingested_when_asked_then_the_figures_are_those_of_the_hours() -> None:
    world = ApiWorld()
    ingested(world)
    body = get(world, "/api/quality")

    assert (body["hours_expected"], body["hours_present"]) == (240, 236)
    assert body["missing"] == [["2025-05-29T20:00:00+09:00", "2025-05-29T23:00:00+09:00"]]
    assert body["freshness"] == {
        "last_observation": "2025-05-29T19:00:00+09:00",
        "expected": "2025-05-29T23:00:00+09:00",
        "hours_behind": 4,
    }
    assert list(body["variables"]) == list(VARIABLES)
    assert (body["variables"]["ta"]["completeness"], body["variables"]["ta"]["masked"]) == (0.9792, 1)
    assert [(one["variable"], one["sent"], one["reason"]) for one in body["masked"]] == [
        ("hm", "6O.0", "unreadable"),
        ("hm", None, "flagged-error"),
        ("ta", 41.3, "spike"),
    ]
    assert body["lake"]["years"]["2025"]["completeness"]["ta"] == 0.9958


def test_given_another_day_when_asked_then_freshness_is_that_of_now_and_the_rest_of_the_report(
    world: ApiWorld,
) -> None:
    world.now = NOW + timedelta(days=2)
    body = get(world, "/api/quality")

    assert body["freshness"] == {
        "last_observation": "2025-05-29T23:00:00+09:00",
        "expected": "2025-05-31T23:00:00+09:00",
        "hours_behind": 48,
    }
    assert body["to"] == "2025-05-29T23:00:00+09:00"


# ------------------------------------------------------------------ when there is none


def test_given_no_report_yet_when_asked_then_the_problem_says_how_to_get_one() -> None:
    with TestClient(ApiWorld().app()) as client:
        body = problem(client, "GET", "/api/quality")

    assert body["status"] == 404
    assert "station 108" in body["detail"]
    assert "Run the pipeline" in body["remedy"]


def test_given_the_report_is_gone_when_asked_then_its_key_is_named(
    client: TestClient, world: ApiWorld
) -> None:
    del world.store.objects[KEY]

    body = problem(client, "GET", "/api/quality")

    assert body["status"] == 404
    assert KEY in body["detail"]
    assert "writes a new report" in body["remedy"]


def changed(**changes: Any) -> Callable[[bytes], bytes]:
    return lambda body: json.dumps(json.loads(body) | changes).encode()


def without(name: str) -> Callable[[bytes], bytes]:
    return lambda body: json.dumps({k: v for k, v in json.loads(body).items() if k != name}).encode()


@pytest.mark.parametrize(
    "damage",
    [
        lambda body: b"",
        lambda body: body[:200],
        lambda body: b"\xff\xfe",
        lambda body: b"null",
        changed(hours_present=-1),
        changed(kind="guess"),
        without("lake"),
    ],
)
def test_given_a_damaged_report_when_asked_then_it_is_a_fault_that_names_the_key_and_the_remedy(
    client: TestClient, world: ApiWorld, damage: Callable[[bytes], bytes]
) -> None:
    world.store.objects[KEY] = damage(world.store.objects[KEY])

    body = problem(client, "GET", "/api/quality")

    assert body["status"] == 500
    assert KEY in body["detail"]
    assert "writes a new report" in body["remedy"]
