"""A deployed stack on LocalStack: deploy to it, run its state machine, read what a run left."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3

from infra.emulator.deploy import STACK_NAME
from infra.emulator.services import Services
from infra.operations.localstack import deploy_to_localstack
from infra.stack.deployment import Deployment
from infra.stack.outputs import Outputs
from plantcast.common.clock import KST
from plantcast.pipeline.run_steps import RunSteps, StepResult
from plantcast.pipeline.runs import Run
from tests.support.running_simulator import RunningSimulator
from tests.support.waiting import wait_for

# 108 has a model; 112 a baseline's forecast; 114 lacks yesterday; 115's lake cannot be read; 119 has nothing.
TRAINED, PLAIN, LATE, CORRUPT, EMPTY = "108", "112", "114", "115", "119"
STATIONS = (TRAINED, PLAIN, LATE, CORRUPT, EMPTY)
RUN_SECONDS = 240


@dataclass(frozen=True)
class Execution:
    """An execution that has ended."""

    run_id: str
    status: str
    error: str | None
    cause: str | None
    events: Sequence[Mapping[str, Any]]
    run: Run | None
    steps: Sequence[StepResult]

    @property
    def states(self) -> list[str]:
        """Every state that was entered, in order; what a Map runs are other executions."""
        return [
            event["stateEnteredEventDetails"]["name"]
            for event in self.events
            if "stateEnteredEventDetails" in event
        ]

    @property
    def facts(self) -> dict[str, Mapping[str, Any]]:
        """What the run's record holds of each station."""
        assert self.run is not None
        return {str(fact["station"]): fact for fact in self.run.facts}


@dataclass
class LocalStackStack:
    """A stack on LocalStack that asks the simulator for observations; its clock starts at `moment`."""

    endpoint: str
    folder: Path
    simulator: RunningSimulator
    moment: datetime
    parameters: dict[str, str] = field(default_factory=dict)
    _outputs: Outputs | None = None

    def __post_init__(self) -> None:
        self._clock_offset = self.moment - datetime.now(KST)

    @property
    def day(self) -> date:
        """The day all runs stand at."""
        return self.moment.date()

    @property
    def outputs(self) -> Outputs:
        """What the first deployment made."""
        assert self._outputs is not None
        return self._outputs

    def exists(self) -> bool:
        """Is a stack there that these tests did not deploy?"""
        found = self.client("cloudformation").describe_stacks()["Stacks"]
        return any(one["StackName"] == STACK_NAME for one in found)

    def deploy(self, folder: str = "deploy", **changes: str) -> Outputs:
        """Create or update the stack; `changes` are parameters, kept for the deployments after this one."""
        self.parameters |= changes
        made = deploy_to_localstack(
            self.endpoint,
            kma_key=self.simulator.key,
            api_hub_key=self.simulator.hub_key,
            state_dir=self.folder / folder,
            clock_offset_seconds=round(self._clock_offset.total_seconds()),
            parameters={
                "Stations": ",".join(STATIONS),
                "ObservationSource": "synthetic",
                **Services.of_simulator(self.simulator.base_url).parameters(),
                "HistoryDays": "400",
                # Among these is, in every season, a plant that wants something.
                "NotifyProfiles": "default,basil,monstera,lettuce,strawberry",
                "FreshnessWaitSeconds": "1",
                "FreshnessMaxChecks": "2",
                "ScheduleState": "DISABLED",
                "UpdateScheduleState": "DISABLED",
                **self.parameters,
            },
        )
        self._outputs = self._outputs or made
        return made

    def client(self, service: str) -> Any:
        """Return a boto3 client for LocalStack."""
        return boto3.client(service, endpoint_url=self.endpoint)  # type: ignore[call-overload]

    def invoke(self, function: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Invoke a function by its short name and return its facts."""
        return Deployment.on_emulator(self.outputs).invoke(function, payload)

    def backfill(self, station: str, *, days: int, until: int = 1) -> None:
        """Bring the `days` that end `until` days before the stack's day into the lake."""
        last = self.day - timedelta(days=until)
        span = {"start": (last - timedelta(days=days - 1)).isoformat(), "end": last.isoformat()}
        facts = self.invoke("ingest", {"station": station, **span})
        assert facts["status"] == "complete", facts

    def start(self, stations: Sequence[str] = (), *, retrain: bool = False, **extra: Any) -> str:
        """Start the pipeline as of the stack's day; return the execution's ARN."""
        payload = {"stations": list(stations), "retrain": retrain, "as_of": self.day.isoformat()} | extra
        started = self.client("stepfunctions").start_execution(
            stateMachineArn=self.outputs.state_machine_arn,
            name=f"test-{uuid.uuid4().hex[:12]}",
            input=json.dumps({name: value for name, value in payload.items() if value not in ([], None)}),
        )
        return str(started["executionArn"])

    def finish(self, arn: str) -> Execution:
        """Wait until an execution has ended; return it with its history and its record."""
        machine = self.client("stepfunctions")
        done = wait_for(
            lambda: machine.describe_execution(executionArn=arn),
            until=lambda execution: execution["status"] != "RUNNING",
            seconds=RUN_SECONDS,
        )
        return Execution(
            run_id=done["name"],
            status=done["status"],
            error=done.get("error"),
            cause=done.get("cause"),
            events=self.history(arn),
            run=Deployment.on_emulator(self.outputs).runs.get(done["name"]),
            steps=RunSteps(Deployment.on_emulator(self.outputs).table).of_run(done["name"]),
        )

    def history(self, arn: str) -> list[Mapping[str, Any]]:
        """Return an execution's events so far."""
        pages = self.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=arn)
        return [event for page in pages for event in page["events"]]

    def past(self, arn: str, state: str) -> None:
        """Wait until an execution has left a state."""
        wait_for(
            lambda: [event.get("stateExitedEventDetails", {}).get("name") for event in self.history(arn)],
            until=lambda left: state in left,
        )

    def pointers(self, station: str) -> dict[str, bytes]:
        """Return the production pointers of a station by their keys."""
        s3, bucket = self.client("s3"), self.outputs.data_bucket
        keys = [f"models/station={station}/{target}/production.json" for target in ("ta", "hm")]
        return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    def issued(self, station: str) -> dict[str, Any]:
        """Return the forecasts stored for a station, by their sort keys."""
        reply = self.client("dynamodb").query(
            TableName=self.outputs.table_name,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={":pk": {"S": f"STATION#{station}"}, ":prefix": {"S": "ISSUE#"}},
        )
        return {item["sk"]["S"]: item for item in reply["Items"]}
