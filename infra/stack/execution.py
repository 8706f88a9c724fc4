"""One execution of the state machine: start it, follow its steps, say how it ended."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from infra.stack.deployed import LocalCloud
from plantcast.common.clock import KST
from plantcast.common.errors import PlantcastError
from plantcast.pipeline.executions import Step, Timeline
from plantcast.pipeline.runs import Run

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef, HistoryEventTypeDef

_POLL_SECONDS = 0.4
_REPORT = re.compile(r"REPORT RequestId: \S+\s+Duration: ([\d.]+) ms")
# States a run passes through only because another one failed.
_AFTERMATH = ("RecordFailure", "NotifyFailure", "Failed", "NoForecast")
# With these it ends in good order, also when it has nothing to show.
_CLOSING = ("Monitor", "Notify")


class RunFailedError(PlantcastError):
    """The state machine ended without a forecast."""


@dataclass(frozen=True)
class RunReport:
    """How an execution ended. `outcome`, messages and stations are what monitor recorded, where it did.

    `functions` holds the seconds of each invocation by function: Step Functions' own history does not name
    what ran inside a Map on every emulator.
    """

    run_id: str
    execution_arn: str
    status: str
    seconds: float
    steps: tuple[Step, ...]
    functions: Mapping[str, Sequence[float]]
    outcome: str | None = None
    message_en: str = ""
    message_ko: str = ""
    stations: tuple[Mapping[str, Any], ...] = ()
    ingest_failures: tuple[str, ...] = ()
    failed_state: str | None = None
    cause: str | None = None

    def facts(self) -> dict[str, Any]:
        """Return it as JSON-ready facts."""
        return {
            "run_id": self.run_id,
            "execution_arn": self.execution_arn,
            "status": self.status,
            "outcome": self.outcome,
            "seconds": round(self.seconds, 2),
            "steps": [
                {"name": step.name, "seconds": round(step.seconds(step.left or step.entered), 2)}
                for step in self.steps
                if step.shown
            ],
            "functions": {name: list(seconds) for name, seconds in self.functions.items()},
            "message_en": self.message_en,
            "message_ko": self.message_ko,
            "stations": [dict(station) for station in self.stations],
            "ingest_failures": list(self.ingest_failures),
            "failed_state": self.failed_state,
            "cause": self.cause,
        }

    def raise_if_failed(self) -> None:
        """Raise what the user should read when the run brought no forecast.

        Raises:
            RunFailedError: naming the state that failed and its cause.
        """
        if self.status == "SUCCEEDED":
            return
        said = self.message_en or self.cause or "no cause was given"
        if self.ingest_failures:
            said = f"{'; '.join(self.ingest_failures)} Then: {said}"
        where = f" in {self.failed_state}" if self.failed_state else ""
        raise RunFailedError(
            f"The run {self.run_id} ended {self.status}{where}: {said}",
            remedy="Mend the cause and run again (`./plantcast run`); "
            "`./plantcast logs <function>` shows what a function said.",
        )


def start_execution(
    cloud: LocalCloud, *, stations: Sequence[str] | None, retrain: bool | None, as_of: str | None
) -> tuple[str, str]:
    """Start the state machine; return run id and execution ARN. What is None is left to the pipeline."""
    wishes = {"stations": list(stations) if stations else None, "retrain": retrain, "as_of": as_of}
    run_id = f"manual-{datetime.now(KST):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    started = cloud.state_machines.start_execution(
        stateMachineArn=cloud.outputs.state_machine_arn,
        name=run_id,
        input=json.dumps({name: value for name, value in wishes.items() if value is not None}),
    )
    return run_id, started["executionArn"]


def follow_execution(
    cloud: LocalCloud, run_id: str, arn: str, on_steps: Callable[[Sequence[Step]], None]
) -> RunReport:
    """Wait until the execution ends; `on_steps` gets the steps so far each time they are read."""
    timeline = Timeline()
    while True:
        description = cloud.state_machines.describe_execution(executionArn=arn)
        timeline.read(_history(cloud, arn))
        on_steps(timeline.steps)
        if description["status"] not in ("RUNNING", "PENDING_REDRIVE"):
            break
        time.sleep(_POLL_SECONDS)
    ended = description.get("stopDate") or datetime.now(KST)
    timeline.close(ended)
    on_steps(timeline.steps)
    return _report(cloud, run_id, description, timeline.steps, ended)


def _report(
    cloud: LocalCloud,
    run_id: str,
    description: DescribeExecutionOutputTypeDef,
    steps: list[Step],
    ended: datetime,
) -> RunReport:
    run = cloud.runs.get(run_id)
    failed = description["status"] != "SUCCEEDED"
    return RunReport(
        run_id=run_id,
        execution_arn=description["executionArn"],
        status=description["status"],
        seconds=(ended - description["startDate"]).total_seconds(),
        steps=tuple(steps),
        functions=function_seconds(cloud, description["startDate"]),
        outcome=None if run is None else run.outcome,
        message_en="" if run is None else run.message_en,
        message_ko="" if run is None else run.message_ko,
        stations=() if run is None else run.facts,
        ingest_failures=ingest_failures(run),
        failed_state=_failed_state(steps) if failed else None,
        cause=readable_cause(description.get("cause")) if failed else None,
    )


def function_seconds(cloud: LocalCloud, since: datetime) -> dict[str, list[float]]:
    """Return the seconds of each invocation since `since`, by function, from Lambda's REPORT lines.

    Those of another run at the same time are among them.
    """
    found = {}
    for function in cloud.outputs.functions:
        events = cloud.log_events(function, since_ms=int(since.timestamp() * 1000))
        matches = (_REPORT.match(text) for _, text in events)
        if seconds := [round(float(match[1]) / 1000, 2) for match in matches if match]:
            found[function] = seconds
    return found


def readable_cause(cause: str | None) -> str | None:
    """Return the message in a Step Functions cause, which for a Lambda error is a JSON text."""
    if not cause:
        return None
    try:
        said = json.loads(cause)
    except ValueError:
        said = None
    if isinstance(said, dict) and "errorMessage" in said:
        return str(said["errorMessage"])
    return re.sub(r"\s+", " ", cause)


def _failed_state(steps: Sequence[Step]) -> str | None:
    names = [step.name for step in steps]
    passed_over = _AFTERMATH + (_CLOSING if "NoForecast" in names else ())
    worked = [step.name for step in steps if step.shown and step.name not in passed_over]
    return worked[-1] if worked else None


def ingest_failures(run: Run | None) -> tuple[str, ...]:
    """Return why observations could not be fetched, a line a station.

    A run goes on with what the lake holds then, so its own outcome may not say that, for example, the key was
    refused.
    """
    facts = () if run is None else run.facts
    return tuple(
        f"observations of station {fact['station']} could not be fetched: {fact['ingest'].get('message')}"
        for fact in facts
        if (fact.get("ingest") or {}).get("status") == "failed"
    )


def _history(cloud: LocalCloud, arn: str) -> list[HistoryEventTypeDef]:
    pages = cloud.state_machines.get_paginator("get_execution_history").paginate(
        executionArn=arn, includeExecutionData=False
    )
    return [event for page in pages for event in page["events"]]
