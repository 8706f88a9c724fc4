"""The hourly update on the emulator: guidance and hours of today, a forecast of both, then nothing new."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import requests

from plantcast.common.clock import KST
from tests.conftest import MOMENT, LocalDeployment

pytestmark = pytest.mark.emulator

ISSUE = MOMENT.replace(hour=11, minute=0)
OBSERVED = MOMENT.replace(minute=0)


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalDeployment]:
    """Six weeks of observations and last night's forecast; no schedule."""
    made = LocalDeployment(tmp_path_factory.mktemp("update") / "state")
    try:
        made.plantcast("up")
        made.plantcast("backfill", "--from", "2025-04-19")
        made.plantcast("run", "--no-retrain")
        yield made
    finally:
        made.plantcast("down", check=False)


@pytest.fixture(scope="module")
def before(deployment: LocalDeployment) -> Any:
    return api(deployment, "/api/forecast")


@pytest.fixture(scope="module")
def updates(deployment: LocalDeployment, before: Any) -> list[Any]:
    """Reports of two updates, one after the other."""
    assert before["sources"]
    return [deployment.json("update") for _ in range(2)]


def api(deployment: LocalDeployment, path: str) -> Any:
    reply = requests.get(f"{deployment.outputs().api_url}{path}?station=108", timeout=60)
    reply.raise_for_status()
    return reply.json()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(KST)


def states_of(deployment: LocalDeployment, run_id: str) -> list[str]:
    machine = deployment.outputs().update_state_machine_arn
    arn = f"{machine.replace(':stateMachine:', ':execution:')}:{run_id}"
    states = deployment.client("stepfunctions")
    events = states.get_execution_history(executionArn=arn)["events"]
    entered = (event.get("stateEnteredEventDetails") for event in events)
    return [details["name"] for details in entered if details]


def test_the_first_update_stores_guidance_and_the_hours_of_today(
    deployment: LocalDeployment, updates: list[Any], record_property: Callable[[str, object], None]
) -> None:
    first = updates[0]
    record_property("seconds", first["seconds"])
    assert (first["status"], first["changed"]) == ("SUCCEEDED", ["108"])
    newest = {feed["feed"]: at(feed["newest"]) for feed in first["feeds"]}
    assert newest == {"kma": ISSUE, "api_hub": OBSERVED}
    keys = {
        item["Key"].partition("/station=")[0]
        for prefix in ("guidance/", "raw/guidance/")
        for item in deployment.client("s3").list_objects_v2(
            Bucket=deployment.outputs().data_bucket, Prefix=prefix
        )["Contents"]
    }
    assert keys == {"guidance/source=kma", "raw/guidance/source=kma"}


@pytest.mark.usefixtures("updates")
def test_the_forecast_then_rests_on_both(deployment: LocalDeployment, before: Any) -> None:
    after = api(deployment, "/api/forecast")
    assert (at(before["origin"]), at(after["origin"])) == (
        MOMENT.replace(day=30, hour=23, minute=0),
        OBSERVED,
    )
    kma = {source["name"]: source for source in after["sources"]}["kma"]
    assert (at(kma["issued_at"]), kma["simulated"]) == (ISSUE, True)
    assert max(kma["share"]["ta"]) > 0
    assert at(api(deployment, "/api/current")["time"]) == OBSERVED


def test_the_second_update_is_one_call_and_changes_nothing(
    deployment: LocalDeployment, updates: list[Any], record_property: Callable[[str, object], None]
) -> None:
    second = updates[1]
    record_property("seconds", second["seconds"])
    assert (second["status"], second["changed"]) == ("SUCCEEDED", [])
    first, last = (states_of(deployment, update["run_id"]) for update in updates)
    assert "PredictStations" in first
    assert last == ["Fetch", "Changed?", "Done"]


def test_the_schedule_starts_it_every_hour(deployment: LocalDeployment) -> None:
    outputs, events = deployment.outputs(), deployment.client("events")
    machine = outputs.update_state_machine_arn
    (name,) = events.list_rule_names_by_target(TargetArn=machine)["RuleNames"]
    assert events.describe_rule(Name=name)["ScheduleExpression"] == "cron(16 * * * ? *)"


def test_stations_that_are_not_deployed_are_refused(deployment: LocalDeployment) -> None:
    done = deployment.plantcast("update", "--station", "112", check=False)
    assert done.returncode == 2
    assert "Station 112 is not deployed" in done.stderr
