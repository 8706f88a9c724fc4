"""One execution of the state machine: start it, follow its steps, report its outcome."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from infra.stack.deployment import Deployment
from plantcast.common.clock import KST
from plantcast.common.errors import PlantcastError
from plantcast.pipeline.run_steps import StepResult
from plantcast.pipeline.runs import Run

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

_POLL_SECONDS = 0.4


@dataclass(frozen=True)
class RunReport:
    """How an execution ended. `outcome`, messages and stations are what monitor recorded, where it did."""

    run_id: str
    execution_arn: str
    status: str
    seconds: float
    steps: tuple[StepResult, ...]
    outcome: str | None = None
    message_en: str = ""
    message_ko: str = ""
    stations: tuple[Mapping[str, Any], ...] = ()
    ingest_failures: tuple[str, ...] = ()
    failed_step: str | None = None
    cause: str | None = None

    def details(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        steps = [
            {"name": step.step, "station": step.station, "target": step.target, "seconds": step.seconds}
            for step in self.steps
        ]
        return vars(self) | {"seconds": round(self.seconds, 2), "steps": steps}

    def raise_if_failed(self) -> None:
        """Raise if the run ended without a forecast.

        Raises:
            PlantcastError: naming the step that failed and its cause.
        """
        if self.status == "SUCCEEDED":
            return
        cause = " ".join([*self.ingest_failures, self.message_en or self.cause or "no cause was given"])
        where = f" in {self.failed_step}" if self.failed_step else ""
        raise PlantcastError(
            f"The run {self.run_id} ended {self.status}{where}: {cause}",
            remedy="Fix the cause and run again (`./plantcast run`); "
            "`./plantcast logs <function>` shows the log of a function.",
        )


def start_execution(
    deployment: Deployment, *, stations: Sequence[str] | None, retrain: bool | None, as_of: str | None
) -> tuple[str, str]:
    """Start the state machine; return run id and execution ARN. What is None is left to the pipeline."""
    options = {"stations": list(stations) if stations else None, "retrain": retrain, "as_of": as_of}
    run_id = f"manual-{datetime.now(KST):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    started = deployment.state_machines.start_execution(
        stateMachineArn=deployment.outputs.state_machine_arn,
        name=run_id,
        input=json.dumps({name: value for name, value in options.items() if value is not None}),
    )
    return run_id, started["executionArn"]


def follow_execution(
    deployment: Deployment, run_id: str, arn: str, on_steps: Callable[[Sequence[StepResult]], None]
) -> RunReport:
    """Wait until the execution ends; `on_steps` gets the steps that have ended each time they are read."""
    while True:
        description = deployment.state_machines.describe_execution(executionArn=arn)
        steps = sorted(deployment.steps.of_run(run_id), key=lambda step: step.started_at)
        on_steps(steps)
        if description["status"] not in ("RUNNING", "PENDING_REDRIVE"):
            break
        time.sleep(_POLL_SECONDS)
    return _report(deployment, run_id, description, steps)


def _report(
    deployment: Deployment,
    run_id: str,
    description: DescribeExecutionOutputTypeDef,
    steps: Sequence[StepResult],
) -> RunReport:
    ended = description.get("stopDate") or datetime.now(KST)
    run = deployment.runs.get(run_id)
    failed = description["status"] != "SUCCEEDED"
    return RunReport(
        run_id=run_id,
        execution_arn=description["executionArn"],
        status=description["status"],
        seconds=(ended - description["startDate"]).total_seconds(),
        steps=tuple(steps),
        outcome=None if run is None else run.outcome,
        message_en="" if run is None else run.message_en,
        message_ko="" if run is None else run.message_ko,
        stations=() if run is None else run.facts,
        ingest_failures=ingest_failures(run),
        failed_step=next((step.step for step in reversed(steps) if step.error), None) if failed else None,
        cause=readable_cause(description.get("cause")) if failed else None,
    )


def readable_cause(cause: str | None) -> str | None:
    """Return the message in a Step Functions cause, which for a Lambda error is a JSON text."""
    try:
        return str(json.loads(cause or "")["errorMessage"])
    except (ValueError, TypeError, KeyError):
        return cause


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
