"""What `/health` makes of what the stores hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from plantcast.forecasting import TARGETS
from plantcast.pipeline.runs import Run
from tests.support.api_data import NOW, ApiWorld
from tests.support.forecast_examples import forecast
from tests.support.quality_examples import quality_report


def health(world: ApiWorld) -> tuple[int, str, dict[str, str]]:
    with TestClient(world.app()) as client:
        reply = client.get("/health")
    body = reply.json()
    assert reply.headers["cache-control"] == "no-store"
    return reply.status_code, body["status"], {check["name"]: check["status"] for check in body["checks"]}


def test_given_a_good_night_when_examined_then_every_check_passes(world: ApiWorld) -> None:
    status, overall, checks = health(world)

    assert (status, overall) == (200, "pass")
    assert set(checks) == {
        "table",
        "observations:108",
        "forecast:108",
        "last_run",
        "model:108:ta",
        "model:108:hm",
    }
    assert set(checks.values()) == {"pass"}


def test_given_a_good_night_when_examined_then_each_check_says_how_old_what_it_found_is(
    client: TestClient,
) -> None:
    ages = {check["name"]: check["age_hours"] for check in client.get("/health").json()["checks"]}

    # At 09:20: observations and origin of 23:00, a run begun at 02:00, models promoted two days ago.
    assert ages == {
        "table": None,
        "observations:108": 10.3,
        "forecast:108": 10.3,
        "last_run": 7.3,
        "model:108:ta": 48.0,
        "model:108:hm": 48.0,
    }


def failed_run(world: ApiWorld) -> None:
    started = NOW - timedelta(hours=1)
    world.runs.start(Run("run-2", started, None, (), retrain=None))
    world.runs.finish("run-2", outcome="failed", finished_at=NOW, started_at=started, message_en="disk full")


def hanging_run(world: ApiWorld) -> None:
    world.table.items.clear()
    ApiWorld.all_well(world)
    world.runs.start(Run("hung", NOW - timedelta(hours=2), None, (), retrain=None))
    world.now = NOW + timedelta(hours=19)


def no_run_since(world: ApiWorld) -> None:
    world.now = NOW + timedelta(days=1, hours=5)
    world.forecasts.issue(forecast(issued_at=NOW + timedelta(days=1)))  # on demand


def two_days_later(world: ApiWorld) -> None:
    world.now = NOW + timedelta(days=2)


def no_status(world: ApiWorld) -> None:
    del world.table.items["STATION#108", "STATUS"]


def no_forecast(world: ApiWorld) -> None:
    del world.table.items["STATION#108", "ISSUE#2025-05-29T23:00+09:00"]


def damaged_forecast(world: ApiWorld) -> None:
    world.table.items["STATION#108", "ISSUE#2025-05-29T23:00+09:00"]["ta"] = None


def an_hour_of_2032(world: ApiWorld) -> None:
    world.table.items["STATION#108", "STATUS"]["last_observation"] = "2032-01-01T05:00+09:00"


def clock_moved_back(world: ApiWorld) -> None:
    world.now = NOW - timedelta(days=2)


@pytest.mark.parametrize(
    ("harm", "check"),
    [
        (an_hour_of_2032, "observations:108"),
        (clock_moved_back, "observations:108"),
        (clock_moved_back, "forecast:108"),
        (clock_moved_back, "last_run"),
        (failed_run, "last_run"),
        (hanging_run, "last_run"),
        (two_days_later, "forecast:108"),
        (no_status, "observations:108"),
        (no_forecast, "forecast:108"),
        (damaged_forecast, "forecast:108"),
    ],
)
def test_given_something_that_should_page_when_examined_then_it_is_503_and_named(
    world: ApiWorld, harm: Callable[[ApiWorld], None], check: str
) -> None:
    harm(world)

    status, overall, checks = health(world)

    assert (status, overall, checks[check]) == (503, "fail", "fail")


def next_afternoon(world: ApiWorld) -> None:
    world.now = NOW + timedelta(hours=28)


def degraded_forecast(world: ApiWorld) -> None:
    world.forecasts.issue(forecast(degraded_reasons=("observations_incomplete",)))


def old_models(world: ApiWorld) -> None:
    world.promote("v1", NOW - timedelta(days=30))


def no_models(world: ApiWorld) -> None:
    for target in TARGETS:
        world.store.delete(f"models/station=108/{target}/production.json")


@pytest.mark.parametrize(
    ("harm", "check"),
    [
        (next_afternoon, "forecast:108"),
        (next_afternoon, "observations:108"),
        (no_run_since, "last_run"),
        (degraded_forecast, "forecast:108"),
        (old_models, "model:108:ta"),
        (no_models, "model:108:hm"),
    ],
)
def test_given_something_worth_a_look_when_examined_then_it_warns_but_does_not_page(
    world: ApiWorld, harm: Callable[[ApiWorld], None], check: str
) -> None:
    harm(world)

    status, overall, checks = health(world)

    assert (status, overall, checks[check]) == (200, "warn", "warn")


def observations_check(world: ApiWorld) -> tuple[str, str]:
    with TestClient(world.app()) as client:
        checks = client.get("/health").json()["checks"]
    (check,) = [check for check in checks if check["name"] == "observations:108"]
    return check["status"], check["message"]


def test_given_many_values_missing_or_masked_when_examined_then_it_warns_of_their_share(
    world: ApiWorld,
) -> None:
    world.reported(quality_report(masked={"ta": {"stuck": 12, "spike": 1}}, absent={"hm": 48, "ps": 240}))

    assert observations_check(world) == (
        "warn",
        "Missing or masked from 2025-05-20 to 2025-05-29: 5.4 % of ta, 20.0 % of hm. "
        "GET /api/quality says which.",
    )


def test_given_a_report_on_days_long_past_when_examined_then_it_is_no_matter(world: ApiWorld) -> None:
    past: dict[str, Any] = {"from": "1998-01-01T00:00+09:00", "to": "1998-01-10T23:00+09:00"}
    today = "2025-05-30T08:00:00.000+09:00"
    world.reported(quality_report(kind="backfill", absent={"ta": 240}, created_at=today, **past))

    assert observations_check(world) == ("pass", "")


def test_given_a_table_that_cannot_be_reached_when_examined_then_it_is_503_and_nothing_else_is_tried(
    world: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(pk: str, sk: str) -> None:
        raise ConnectionError("no route to DynamoDB")

    monkeypatch.setattr(world.table, "get", away)

    assert health(world) == (503, "fail", {"table": "fail"})
