"""Step Functions' history becomes the steps of a run, with station and target where it tells them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from plantcast.aws import Executions, History
from plantcast.common.errors import NotFoundError, TemporaryError
from plantcast.pipeline.executions import RunStep, StepsOfRuns, execution_arn
from plantcast.pipeline.run_steps import RunSteps, StepResult
from plantcast.pipeline.runs import Run
from tests.execution_examples import START, event, history, recorded, recorded_steps
from tests.fakes import MemoryExecutions, MemoryTable

MACHINE = "arn:aws:states:ap-northeast-2:123456789012:stateMachine:Pipeline"
ARN = "arn:aws:states:ap-northeast-2:123456789012:execution:Pipeline:run-1"
RUN = Run("run-1", START, START.date(), ("108", "112"), retrain=True)


def steps(
    told: History, *, results: RunSteps | None = None, offset: timedelta = timedelta(0)
) -> list[RunStep]:
    records = MemoryExecutions()
    records.histories[ARN] = told
    found = StepsOfRuns(records, results or RunSteps(MemoryTable()), MACHINE, offset).of(RUN)
    assert found.problem is None
    return list(found.steps)


def test_given_a_run_then_its_states_and_the_recorded_steps_of_its_stations_are_told_by_start() -> None:
    results = RunSteps(MemoryTable())
    for result in recorded_steps():
        results.put("run-1", result)
    results.put("run-2", StepResult("ingest", "119", None, START, 9.0))

    found = steps(history(recorded()), results=results)

    assert [step.name for step in found if step.station is None] == [
        "Prepare", "IngestStations", "ForecastStations", "Monitor", "Notify",
    ]  # fmt: skip
    assert {step.station for step in found} == {None, "108", "112"}
    assert [step.started_at for step in found] == sorted(step.started_at for step in found)
    trained = {(step.station, step.target): step.status for step in found if step.name == "Train"}
    assert trained == {
        ("108", "ta"): "succeeded", ("108", "hm"): "succeeded",
        ("112", "ta"): "succeeded", ("112", "hm"): "failed",
    }  # fmt: skip


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


def test_given_a_task_that_failed_and_was_caught_then_it_failed_and_ended_with_the_next_state() -> None:
    found = steps(
        history(
            [
                event(1, 0, "TaskStateEntered", 0, name="Monitor"),
                event(2, 1, "TaskScheduled", 0),
                event(3, 2, "TaskFailed", 2),
                event(4, 3, "TaskStateEntered", 3, name="RecordFailure"),
                event(5, 4, "TaskStateExited", 4, name="RecordFailure"),
            ],
            status="FAILED",
        )
    )

    assert [(one.name, one.status, one.seconds) for one in found] == [
        ("Monitor", "failed", 3.0),
        ("RecordFailure", "succeeded", 1.0),
    ]


def test_given_silent_states_then_they_are_no_steps() -> None:
    assert not {"Accepted?", "Done"} & {step.name for step in steps(history(recorded()))}


def test_given_a_state_entered_twice_then_it_is_two_steps() -> None:
    again = [
        event(1, 0, "WaitStateEntered", 0, name="WaitForObservations"),
        event(2, 1, "WaitStateExited", 9, name="WaitForObservations"),
        event(3, 2, "WaitStateEntered", 10, name="WaitForObservations"),
        event(4, 3, "WaitStateExited", 30, name="WaitForObservations"),
    ]
    assert [step.seconds for step in steps(history(again))] == [9.0, 20.0]


RUNNING = 9  # events of `recorded` until stations are forecast


def test_given_a_run_under_way_then_what_it_is_in_has_no_seconds_yet() -> None:
    found = steps(history(recorded()[:RUNNING], status="RUNNING"))

    assert [(step.name, step.seconds) for step in found if step.status == "running"] == [
        ("ForecastStations", None)
    ]


def test_given_an_execution_that_was_stopped_then_what_it_was_in_failed_and_ended_with_it() -> None:
    stopped = [*recorded()[:RUNNING], event(59, 0, "ExecutionAborted", 60.3)]

    *_, last = steps(history(stopped, status="ABORTED"))

    assert (last.name, last.status, last.seconds) == ("ForecastStations", "failed", 60.0)


def test_given_a_map_run_that_failed_then_its_state_failed() -> None:
    failed = [
        event(1, 0, "MapStateEntered", 0, name="IngestStations"),
        event(2, 1, "MapRunStarted", 0),
        event(3, 2, "MapRunFailed", 2),
        event(4, 3, "TaskStateEntered", 2, name="RecordFailure"),
        event(5, 4, "TaskStateExited", 3, name="RecordFailure"),
    ]

    found = steps(history(failed, status="FAILED"))

    assert [(step.name, step.status) for step in found] == [
        ("IngestStations", "failed"),
        ("RecordFailure", "succeeded"),
    ]


def test_given_a_demo_s_clock_then_states_start_by_it() -> None:
    offset = timedelta(days=-1000)
    assert steps(history(recorded()), offset=offset)[0].started_at == START + offset


def test_given_no_execution_then_the_problem_says_so_and_recorded_steps_stay() -> None:
    results = RunSteps(MemoryTable())
    results.put("run-1", StepResult("ingest", "108", None, START, 9.0))

    found = StepsOfRuns(MemoryExecutions(), results, MACHINE).of(RUN)

    assert [step.name for step in found.steps] == ["Ingest"]
    assert "There is no execution" in str(found.problem)


def test_given_more_events_than_are_read_then_what_is_known_is_told_and_the_rest_admitted() -> None:
    records = MemoryExecutions()
    records.histories[ARN] = history(recorded()[:RUNNING], whole=False)

    found = StepsOfRuns(records, RunSteps(MemoryTable()), MACHINE).of(RUN)

    assert {step.status for step in found.steps} == {"succeeded"}
    assert "too long" in str(found.problem)


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
