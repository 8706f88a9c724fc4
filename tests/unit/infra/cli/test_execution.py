"""An execution's history becomes steps with durations; a failed one is explained."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from infra.stack.execution import RunFailedError, RunReport, ingest_failures, readable_cause
from infra.stack.execution import _failed_state as failed_state
from plantcast.common.clock import KST
from plantcast.pipeline.executions import Step, Timeline
from plantcast.pipeline.runs import Run

START = datetime(2025, 5, 30, 2, tzinfo=KST)


def event(kind: str, second: float, **details: Any) -> Any:
    return {"type": kind, "timestamp": START + timedelta(seconds=second), **details}


def entered(kind: str, name: str, second: float) -> Any:
    return event(f"{kind}StateEntered", second, stateEnteredEventDetails={"name": name})


def left(kind: str, name: str, second: float, output: object = None) -> Any:
    details = {"name": name, "output": json.dumps(output)}
    return event(f"{kind}StateExited", second, stateExitedEventDetails=details)


def steps(*events: Any) -> list[Step]:
    timeline = Timeline()
    timeline.read(events)
    return timeline.steps


def test_given_entered_and_left_states_then_each_has_its_duration() -> None:
    found = steps(
        entered("Task", "Prepare", 0),
        left("Task", "Prepare", 1.5),
        entered("Choice", "Fresh?", 1.5),
        left("Choice", "Fresh?", 1.5),
        entered("Map", "ForecastStations", 2),
    )
    shown = [step for step in found if step.shown]
    assert [step.name for step in shown] == ["Prepare", "ForecastStations"]
    assert shown[0].seconds(START) == 1.5
    assert shown[1].seconds(START + timedelta(seconds=9)) == 7


def test_given_a_state_entered_twice_then_it_is_two_steps() -> None:
    found = steps(
        entered("Map", "IngestStations", 0),
        left("Map", "IngestStations", 1),
        entered("Map", "IngestStations", 11),
        left("Map", "IngestStations", 13),
    )
    assert [step.seconds(START) for step in found] == [1, 2]


def test_given_a_state_that_failed_then_it_ends_where_the_next_begins() -> None:
    timeline = Timeline()
    timeline.read([entered("Task", "Prepare", 0), entered("Task", "RecordFailure", 4)])
    timeline.close(START + timedelta(seconds=5))
    assert [step.seconds(START) for step in timeline.steps] == [4, 1]


def test_given_a_caught_fault_then_the_state_named_is_the_one_that_failed() -> None:
    names = ("Prepare", "Monitor", "RecordFailure", "NotifyFailure")
    found = steps(*(entered("Task", name, 0) for name in names), entered("Fail", "Failed", 1))
    assert failed_state(found) == "Monitor"


def test_given_a_run_without_a_forecast_then_the_state_named_is_the_one_that_should_have_made_it() -> None:
    found = steps(
        entered("Map", "ForecastStations", 0),
        entered("Task", "Monitor", 1),
        entered("Task", "Notify", 2),
        entered("Fail", "NoForecast", 3),
    )
    assert failed_state(found) == "ForecastStations"


@pytest.mark.parametrize(
    ("cause", "read"),
    [
        (None, None),
        ('{"errorMessage": "the key was refused", "errorType": "X"}', "the key was refused"),
        ("plain\n  words", "plain words"),
        ("[1]", "[1]"),
    ],
)
def test_a_cause_is_made_readable(cause: str | None, read: str | None) -> None:
    assert readable_cause(cause) == read


def test_given_ingest_that_failed_then_its_own_message_is_found() -> None:
    facts = (
        {"station": "108", "ingest": {"status": "complete"}},
        {"station": "112", "ingest": {"status": "failed", "message": "no key"}},
        {"station": "119", "ingest": None},
    )
    run = Run("run-1", START, START.date(), ("108", "112", "119"), retrain=True, facts=facts)
    found = ingest_failures(run)
    assert ingest_failures(None) == ()
    assert found == ("observations of station 112 could not be fetched: no key",)


def test_given_a_failed_run_then_the_error_names_state_and_cause() -> None:
    report = RunReport(
        "run-1",
        "arn",
        "FAILED",
        1.0,
        (),
        {},
        message_en="nothing to forecast",
        failed_state="ForecastStations",
        ingest_failures=("the key was refused.",),
    )
    with pytest.raises(RunFailedError, match=r"in ForecastStations: the key was refused\. Then: nothing"):
        report.raise_if_failed()
    assert json.loads(json.dumps(report.facts()))["failed_state"] == "ForecastStations"


def test_given_a_run_that_succeeded_then_nothing_is_raised() -> None:
    RunReport("run-1", "arn", "SUCCEEDED", 1.0, (), {}).raise_if_failed()
