"""Step Functions' history becomes the steps of a run, with station and target where it tells them."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from plantcast.errors import NotFoundError, TemporaryError
from plantcast.executions import RunStep, StepsOfRuns, Timeline, execution_arn
from plantcast.runs import Run
from plantcast.storage import Executions, History
from tests.execution_examples import START, event, history, recorded, thin
from tests.fakes import MemoryExecutions

MACHINE = "arn:aws:states:ap-northeast-2:123456789012:stateMachine:Pipeline"
ARN = "arn:aws:states:ap-northeast-2:123456789012:execution:Pipeline:run-1"
RUN = Run("run-1", START, START.date(), ("108", "112"), retrain=True)
DEFINITION = Path(__file__).resolve().parents[2] / "infra" / "pipeline.asl.json"


def steps(told: History, *, run: Run = RUN, offset: timedelta = timedelta(0)) -> list[RunStep]:
    records = MemoryExecutions()
    records.histories[ARN] = told
    found = StepsOfRuns(records, MACHINE, offset).of(run)
    assert found.problem is None
    return list(found.steps)


def named(found: list[RunStep], name: str) -> dict[tuple[str | None, str | None], str]:
    return {(step.station, step.target): step.status for step in found if step.name == name}


def test_given_a_run_of_two_stations_then_each_step_names_station_and_target() -> None:
    found = steps(history(recorded()))

    assert [step.name for step in found if step.station is None] == [
        "Prepare", "IngestStations", "ForecastStations", "Monitor", "Notify",
    ]  # fmt: skip
    for name in ("Ingest", "Features", "Predict", "TrainTargets"):
        assert named(found, name) == {("108", None): "succeeded", ("112", None): "succeeded"}
    assert set(named(found, "Train")) == {(one, target) for one in ("108", "112") for target in ("ta", "hm")}
    assert set(named(found, "Evaluate")) == {("108", "ta"), ("108", "hm"), ("112", "ta")}


def test_given_a_task_that_failed_and_was_caught_then_it_alone_failed() -> None:
    found = steps(history(recorded()))

    assert [(step.name, step.station, step.target) for step in found if step.status == "failed"] == [
        ("Train", "112", "hm")
    ]
    (failed,) = [step for step in found if step.status == "failed"]
    # From the first attempt to the end of the second.
    assert failed.seconds == pytest.approx(0.48, abs=0.02)


def test_given_a_task_that_failed_once_and_was_repeated_then_it_succeeded() -> None:
    found = steps(
        history(
            [
                event(1, 0, "ExecutionStarted", 0),
                event(2, 0, "TaskStateEntered", 0, name="Prepare"),
                event(3, 2, "TaskScheduled", 0),
                event(4, 3, "TaskTimedOut", 1),
                event(5, 4, "TaskScheduled", 3),
                event(6, 5, "TaskSucceeded", 4),
                event(7, 6, "TaskStateExited", 4, name="Prepare"),
                event(8, 7, "ExecutionSucceeded", 4),
            ]
        )
    )

    assert found == [RunStep("Prepare", START, 4.0, "succeeded", None, None)]


def test_given_silent_states_then_they_are_no_steps() -> None:
    assert not {"Fresh?", "KeepFacts", "Done"} & {step.name for step in steps(history(recorded()))}


def test_given_a_state_entered_twice_then_it_is_two_steps() -> None:
    again = [
        event(1, 0, "WaitStateEntered", 0, name="WaitForObservations"),
        event(2, 1, "WaitStateExited", 9, name="WaitForObservations"),
        event(3, 2, "WaitStateEntered", 10, name="WaitForObservations"),
        event(4, 3, "WaitStateExited", 30, name="WaitForObservations"),
    ]
    assert [step.seconds for step in steps(history(again))] == [9.0, 20.0]


def test_given_a_run_under_way_then_what_it_is_in_has_no_seconds_yet() -> None:
    running = [one for one in recorded() if one["id"] <= 58]  # 108 trains ta, 112 makes features

    found = steps(history(running, status="RUNNING"))

    assert [(step.name, step.station, step.target) for step in found if step.status == "running"] == [
        ("ForecastStations", None, None),
        ("Features", "112", None),
        ("TrainTargets", "108", None),
        ("Train", "108", "ta"),
    ]
    assert all(step.seconds is None for step in found if step.status == "running")


def test_given_an_execution_that_was_stopped_then_what_it_was_in_failed_and_ended_with_it() -> None:
    stopped = [*(one for one in recorded() if one["id"] <= 58), event(59, 0, "ExecutionAborted", 20)]

    found = steps(history(stopped, status="ABORTED"))

    assert named(found, "Train") == {("108", "ta"): "failed"}
    assert found[0].status == "succeeded"
    ends = [
        (step.started_at - START).total_seconds() + (step.seconds or 0)
        for step in found
        if step.status == "failed"
    ]
    assert ends == pytest.approx([20] * 4, abs=0.01)


def test_given_an_iteration_that_failed_then_it_and_its_map_failed() -> None:
    found = steps(
        history(
            [
                event(1, 0, "MapStateEntered", 0, name="IngestStations"),
                event(2, 1, "MapStateStarted", 0, length=2),
                event(3, 2, "MapIterationStarted", 0, name="IngestStations", index=0),
                event(4, 3, "TaskStateEntered", 0, name="Ingest"),
                event(5, 2, "MapIterationStarted", 0, name="IngestStations", index=1),
                event(6, 5, "TaskStateEntered", 0, name="Ingest"),
                event(7, 6, "TaskStateExited", 1, name="Ingest"),
                event(8, 4, "TaskScheduled", 1),
                event(9, 8, "TaskFailed", 2),
                event(10, 9, "MapIterationFailed", 2, name="IngestStations", index=0),
                event(11, 10, "MapStateFailed", 2),
                event(12, 11, "MapStateExited", 2, name="IngestStations"),
                event(13, 12, "TaskStateEntered", 2, name="RecordFailure"),
                event(14, 13, "TaskStateExited", 3, name="RecordFailure"),
            ],
            status="FAILED",
        )
    )

    assert [(step.name, step.station, step.status) for step in found] == [
        ("IngestStations", None, "failed"),
        ("Ingest", "108", "failed"),
        ("Ingest", "112", "succeeded"),
        ("RecordFailure", None, "succeeded"),
    ]


def test_given_the_emulator_s_thin_history_then_the_outer_states_are_told() -> None:
    told, whole = steps(history(thin(recorded()))), steps(history(recorded()))

    assert told == [step for step in whole if step.station is None]


def test_given_the_emulator_s_history_then_tasks_inside_a_map_are_counted() -> None:
    timeline = Timeline()
    timeline.read(thin(recorded()))

    counts = {step.name: (step.finished, step.running) for step in timeline.steps if step.kind == "Map"}
    # Two features, three of four trained and evaluated (hm of 112 fails), two forecasts.
    assert counts == {"IngestStations": (2, 0), "ForecastStations": (10, 0)}


def test_given_a_demo_s_clock_then_steps_start_by_it() -> None:
    offset = timedelta(days=-1000)
    assert steps(history(recorded()), offset=offset)[0].started_at == START + offset


def test_given_no_execution_then_the_problem_says_so() -> None:
    found = StepsOfRuns(MemoryExecutions(), MACHINE).of(RUN)

    assert found.steps == ()
    assert "There is no execution" in str(found.problem)


def test_given_more_events_than_are_read_then_what_is_known_is_told_and_the_rest_admitted() -> None:
    records = MemoryExecutions()
    part = [one for one in recorded() if one["id"] <= 58]
    records.histories[ARN] = history(part, whole=False)

    found = StepsOfRuns(records, MACHINE).of(RUN)

    assert {step.status for step in found.steps} == {"succeeded"}
    assert "too long" in str(found.problem)


def test_given_the_state_machine_then_its_maps_go_through_stations_and_targets_as_steps_are_read() -> None:
    states = json.loads(DEFINITION.read_text("utf-8"))["States"]

    # `ingested` is a Map's result: it has the order of its items.
    assert states["IngestStations"]["ItemsPath"] == "$.plan.facts.stations"
    assert states["IngestStations"]["ResultPath"] == "$.ingested"
    assert states["ForecastStations"]["ItemsPath"] == "$.ingested"
    assert (
        states["ForecastStations"]["ItemProcessor"]["States"]["TrainTargets"]["ItemsPath"] == "$.plan.targets"
    )


def test_the_arn_of_an_execution_follows_from_its_machine_s() -> None:
    assert execution_arn(MACHINE, "run-1") == ARN


class StepFunctions:
    """A client that pages as boto3's does, or raises."""

    def __init__(self, events: list[dict[str, Any]], fault: Exception | None = None) -> None:
        self.events, self.fault = events, fault
        self.asked: dict[str, Any] = {}

    def describe_execution(self, **asked: Any) -> dict[str, Any]:
        if self.fault is not None:
            raise self.fault
        return {"status": "SUCCEEDED", "stopDate": START}

    def get_paginator(self, operation: str) -> StepFunctions:
        assert operation == "get_execution_history"
        return self

    def paginate(self, **asked: Any) -> Pages:
        self.asked = asked
        return Pages(self.events, asked["PaginationConfig"])


class Pages:
    """Pages of at most `PageSize`, `MaxItems` in all; a resume token when that left some out."""

    def __init__(self, events: list[dict[str, Any]], how: dict[str, int]) -> None:
        self.events, self.how = events, how
        self.resume_token: str | None = None

    def __iter__(self) -> Any:
        size, most = self.how["PageSize"], self.how["MaxItems"]
        for start in range(0, min(len(self.events), most), size):
            yield {"events": self.events[start : start + size]}
        self.resume_token = "more" if len(self.events) > most else None


def test_given_several_pages_then_all_events_are_read_without_the_states_data() -> None:
    client = StepFunctions([{"id": number} for number in range(2500)])

    told = Executions(client).history(ARN)  # type: ignore[arg-type]  # as much of a client as is used

    assert (len(told.events), told.whole, told.status, told.stopped) == (2500, True, "SUCCEEDED", START)
    assert (client.asked["executionArn"], client.asked["includeExecutionData"]) == (ARN, False)


def test_given_a_history_without_end_then_reading_stops_and_says_so() -> None:
    told = Executions(StepFunctions([{}] * 30_000)).history(ARN)  # type: ignore[arg-type]  # as above

    assert (len(told.events), told.whole) == (25_000, False)


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "DescribeExecution")


@pytest.mark.parametrize(
    ("fault", "error", "said"),
    [
        (refused("ExecutionDoesNotExist"), NotFoundError, "knows no execution 'run-1'"),
        (refused("AccessDeniedException"), TemporaryError, "AccessDeniedException"),
        (ConnectTimeoutError(endpoint_url="https://states"), TemporaryError, "ConnectTimeoutError"),
    ],
)
def test_given_a_refusal_then_it_is_an_error_with_a_remedy(
    fault: Exception, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        Executions(StepFunctions([], fault)).history(ARN)  # type: ignore[arg-type]  # as above
