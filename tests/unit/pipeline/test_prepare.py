"""Prepare: the execution's input becomes a plan, or is rejected in words."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import pytest

from functions.prepare import handler as prepare
from plantcast.common.clock import KST
from plantcast.pipeline.prepare import plan_run
from plantcast.pipeline.run_steps import RunSteps, StepResult
from plantcast.pipeline.runs import RunStore
from tests.support.fakes import MemoryTable

NOW = datetime(2025, 5, 30, 2, 5, tzinfo=KST)

SCHEDULED = {
    "version": "0",
    "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "123456789012",
    "time": "2025-05-29T17:00:00Z",
    "region": "ap-northeast-2",
    "resources": ["arn:aws:events:ap-northeast-2:123456789012:rule/nightly"],
    "detail": {},
}


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> MemoryTable:
    """Wire the handler to a table in memory."""
    for name, value in {
        "TABLE_NAME": "unused",
        "STATIONS": "108, 112",
        "FRESHNESS_MAX_CHECKS": "3",
        "FRESHNESS_WAIT_SECONDS": "5",
    }.items():
        monkeypatch.setenv(name, value)
    memory = MemoryTable()
    wiring = prepare._Wiring(prepare.Settings.model_validate({}), RunStore(memory), RunSteps(memory))
    monkeypatch.setattr(prepare, "_wiring", lambda: wiring)
    return memory


def call(given: object) -> dict[str, Any]:
    event = {"run_id": "run-1", "started_at": "2025-05-29T17:00:00.000Z", "input": given}
    return prepare.handler(event, None)


@pytest.mark.parametrize("given", [None, {}, SCHEDULED])
def test_given_no_input_when_prepared_then_the_day_of_the_start_and_all_stations_are_planned(
    table: MemoryTable, given: object
) -> None:
    plan = call(given)

    assert plan["status"] == "ready"
    assert plan["as_of"] == "2025-05-30"
    assert plan["stations"] == ["108", "112"]
    assert plan["retrain"] is True
    assert plan["targets"] == ["ta", "hm"]
    assert (plan["freshness_max_checks"], plan["freshness_wait_seconds"]) == (3, 5)


def test_given_a_full_input_when_prepared_twice_then_the_plan_is_the_same_and_one_run_is_recorded(
    table: MemoryTable,
) -> None:
    given = {"stations": ["159", "108", "159"], "retrain": False, "as_of": "2025-05-01"}

    first, second = call(given), call(given)

    assert first == second
    assert first["stations"] == ["159", "108"]
    recorded = RunStore(table).newest(5)
    assert [(run.run_id, run.as_of, run.stations, run.retrain) for run in recorded] == [
        ("run-1", date(2025, 5, 1), ("159", "108"), False)
    ]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"station": "108", "retrian": True}, "station='108': Extra.*retrian=True: Extra"),
        ({"stations": ["999"]}, "'999'"),
        ({"stations": "108"}, "stations='108'"),
        ({"stations": []}, r"stations=\[\]"),
        ({"stations": [1.5]}, r"stations=\[1.5\]"),
        ({"stations": [999]}, "'999'"),
        ({"stations": [True]}, r"stations=\[True\]"),
        ("not json", "event='not json'"),
        ({"as_of": "2025-05-31"}, "as_of=2025-05-31"),
        ({"as_of": "2025-02-30"}, "as_of='2025-02-30'"),
        ({"as_of": "0001-01-01"}, "as_of=0001-01-01"),
        ({"as_of": 20250530}, "as_of=20250530"),
        ({"retrain": "yes"}, "retrain='yes'"),
        (["108"], r"\['108'\]"),
    ],
)
def test_given_a_wrong_input_when_prepared_then_it_is_rejected_naming_the_value(
    table: MemoryTable, given: object, named: str
) -> None:
    answer = call(given)

    assert answer["status"] == "rejected"
    assert re.search(named, answer["message"])
    assert table.items == {}


def test_given_training_once_a_week_then_one_scheduled_run_in_seven_trains_and_one_by_hand_does() -> None:
    days = [date(2025, 5, day) for day in range(1, 15)]
    weekly = [
        plan_run(SCHEDULED, configured=("108",), today=day, retrain_every_days=7).retrain for day in days
    ]

    assert sum(weekly) == 2
    assert weekly[:7] == weekly[7:]
    assert all(plan_run({}, configured=("108",), today=day, retrain_every_days=7).retrain for day in days)


@pytest.mark.parametrize(("as_of", "hindcast"), [("2025-05-29", True), ("2025-05-30", False)])
def test_given_a_past_day_when_prepared_then_the_run_is_a_hindcast_and_not_the_last_run(
    table: MemoryTable, as_of: str, hindcast: bool
) -> None:
    assert call({"as_of": as_of})["hindcast"] is hindcast

    last = RunStore(table).last()
    assert (last is None) is hindcast


@pytest.mark.parametrize(
    ("statuses", "checks", "status", "pending"),
    [
        ({"108": "complete", "112": "complete"}, 0, "ready", []),
        ({"108": "complete", "112": "partial"}, 0, "waiting", ["112"]),
        ({"108": "partial", "112": "partial"}, 2, "waiting", ["108", "112"]),
        ({"108": "partial", "112": "complete"}, 3, "ready", ["108"]),
        # Waiting does not help a refused key, nor an ingest that reported no result.
        ({"108": "failed"}, 0, "ready", []),
    ],
)
def test_given_what_ingest_reported_when_freshness_is_checked_then_only_incomplete_stations_are_asked_again(
    table: MemoryTable, statuses: dict[str, str], checks: int, status: str, pending: list[str]
) -> None:
    plan = {**call({}), "checks": checks}
    for station, reported in statuses.items():
        ingested = StepResult("ingest", station, None, NOW, 1.0, {"status": reported})
        RunSteps(table).put("run-1", ingested)

    found = prepare.handler({"event": "check_freshness", "plan": plan}, None)

    assert (found["status"], found["pending"], found["checks"]) == (status, pending, checks + 1)
    assert {**plan, **{name: found[name] for name in ("status", "pending", "checks")}} == found


def test_given_a_demo_clock_when_prepared_then_today_is_the_demos_today(
    table: MemoryTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(-365 * 86_400))
    wiring = prepare._Wiring(prepare.Settings.model_validate({}), RunStore(table), RunSteps(table))
    monkeypatch.setattr(prepare, "_wiring", lambda: wiring)

    assert call({})["as_of"] == "2024-05-30"
