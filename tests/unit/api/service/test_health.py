"""What `/health` makes of what the stores hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from plantcast.guidance.status import Feed, FeedStatus, FeedStatuses, Problem
from plantcast.pipeline.runs import Run
from tests.support.api_data import NOW, ApiWorld, get
from tests.support.forecast_examples import ORIGIN, forecast
from tests.support.quality_examples import quality_report


def health(world: ApiWorld) -> tuple[int, str, dict[str, str]]:
    with TestClient(world.app()) as client:
        reply = client.get("/health")
    body = reply.json()
    assert reply.headers["cache-control"] == "no-store"
    return reply.status_code, body["status"], {check["name"]: check["status"] for check in body["checks"]}


def test_given_a_good_night_when_examined_then_every_check_passes_and_has_its_age(client: TestClient) -> None:
    body = client.get("/health").json()

    assert (body["status"], {check["status"] for check in body["checks"]}) == ("pass", {"pass"})
    # At 09:20: observations and origin of 23:00, a run begun at 02:00, models promoted two days ago.
    assert {check["name"]: check["age_hours"] for check in body["checks"]} == {
        "table": None,
        "observations:108": 10.3,
        "feeds:108": None,
        "forecast:108": 10.3,
        "last_run": 7.3,
        "model:108:ta": 48.0,
        "model:108:hm": 48.0,
    }


Harm = Callable[[ApiWorld], object]
ISSUE = "ISSUE#2025-05-29T23:00+09:00"


def later(**ahead: float) -> Harm:
    """The same stores, looked at so much later."""
    return lambda world: setattr(world, "now", NOW + timedelta(**ahead))


def without(sk: str) -> Harm:
    return lambda world: world.table.items.pop(("STATION#108", sk))


def failed_run(world: ApiWorld) -> None:
    started = NOW - timedelta(hours=1)
    world.runs.start(Run("run-2", started, None, (), retrain=None))
    world.runs.finish("run-2", outcome="failed", finished_at=NOW, started_at=started, message_en="disk full")


def hanging_run(world: ApiWorld) -> None:
    world.runs.start(Run("hung", NOW - timedelta(hours=2), None, (), retrain=None))
    world.now = NOW + timedelta(hours=19)


def no_run_since(world: ApiWorld) -> None:
    world.now = NOW + timedelta(days=1, hours=5)
    world.forecasts.issue(forecast(issued_at=NOW + timedelta(days=1)))  # on demand


@pytest.mark.parametrize(
    ("harm", "check"),
    [
        (lambda world: world.observed_until(NOW.replace(year=2032, minute=0)), "observations:108"),
        (later(days=-2), "observations:108"),
        (later(days=-2), "forecast:108"),
        (later(days=-2), "last_run"),
        (failed_run, "last_run"),
        (hanging_run, "last_run"),
        (later(days=2), "forecast:108"),
        (without("STATUS"), "observations:108"),
        (without(ISSUE), "forecast:108"),
        (lambda world: world.table.items["STATION#108", ISSUE].update(ta=None), "forecast:108"),
    ],
)
def test_given_something_that_should_page_when_examined_then_it_is_503_and_named(
    world: ApiWorld, harm: Harm, check: str
) -> None:
    harm(world)

    status, overall, checks = health(world)

    assert (status, overall, checks[check]) == (503, "fail", "fail")


@pytest.mark.parametrize(
    ("harm", "check"),
    [
        (later(hours=28), "forecast:108"),
        (later(hours=28), "observations:108"),
        (no_run_since, "last_run"),
        (
            lambda world: world.forecasts.issue(forecast(degraded_reasons=("observations_incomplete",))),
            "forecast:108",
        ),
        (lambda world: world.promote("v1", NOW - timedelta(days=30)), "model:108:ta"),
        (lambda world: world.store.delete("models/station=108/hm/production.json"), "model:108:hm"),
    ],
)
def test_given_something_worth_a_look_when_examined_then_it_warns_but_does_not_page(
    world: ApiWorld, harm: Harm, check: str
) -> None:
    harm(world)

    status, overall, checks = health(world)

    assert (status, overall, checks[check]) == (200, "warn", "warn")


def check_of(world: ApiWorld, name: str) -> dict[str, Any]:
    (check,) = [check for check in get(world, "/health")["checks"] if check["name"] == name]
    return dict(check)


def observations_check(world: ApiWorld) -> tuple[str, str]:
    check = check_of(world, "observations:108")
    return check["status"], check["message"]


# ------------------------------------------------------------------ feeds


def fed(world: ApiWorld, feed: Feed, problem: Problem = "", message: str = "", **ago: float) -> None:
    """Leave the state of a feed that was called so long ago."""
    checked = NOW - timedelta(**ago)
    newest = None if problem == "refused" else ORIGIN
    FeedStatuses(world.table).put(FeedStatus("108", feed, newest, checked, problem, message))


def test_given_a_refused_key_when_examined_then_it_warns_and_names_feed_and_remedy(world: ApiWorld) -> None:
    fed(world, "kma", "refused", "The key is not registered; apply for the service.")
    fed(world, "api_hub")

    check = check_of(world, "feeds:108")

    assert health(world)[:2] == (200, "warn")
    assert check["message"] == "kma: refused. The key is not registered; apply for the service."
    assert check["observed"] == "api_hub 2025-05-29T23:00+09:00, kma nothing yet"
    assert check["age_hours"] is None


@pytest.mark.parametrize("problem", ["", "not_yet"])
def test_given_feeds_as_they_should_be_when_examined_then_they_pass(
    world: ApiWorld, problem: Problem
) -> None:
    fed(world, "kma", problem, hours=3)

    assert health(world)[:2] == (200, "pass")


@pytest.mark.parametrize(("hours", "status"), [(5, "pass"), (7, "warn"), (7 * 24 + 1, "pass")])
def test_given_a_feed_not_called_then_it_warns_until_it_must_be_switched_off(
    world: ApiWorld, hours: int, status: str
) -> None:
    fed(world, "kma", hours=hours)

    check = check_of(world, "feeds:108")

    assert check["status"] == status
    assert ("not called since 2025-05-30T02:20+09:00" in check["message"]) == (status == "warn")


def test_given_a_damaged_state_when_examined_then_it_warns_and_names_the_item(world: ApiWorld) -> None:
    fed(world, "kma")
    world.table.items["STATION#108", "FEED#kma"]["problem"] = "bored"

    check = check_of(world, "feeds:108")

    assert (check["status"], health(world)[0]) == ("warn", 200)
    assert "FEED#kma" in check["message"]


# ------------------------------------------------------------------ observations


def test_given_many_values_missing_or_masked_when_examined_then_it_warns_of_their_share(
    world: ApiWorld,
) -> None:
    world.reported(quality_report(masked={"ta": {"stuck": 12, "spike": 1}}, absent={"hm": 48, "ps": 240}))

    assert observations_check(world) == (
        "warn",
        "Missing or masked from 2025-05-20 to 2025-05-29: 5.4 % of ta, 20.0 % of hm. "
        "GET /api/quality lists them.",
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
