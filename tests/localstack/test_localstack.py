"""The same template on LocalStack: deploy, backfill, run, read the forecast, deploy again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests

from infra.asos_simulator.testing import RunningSimulator, running_simulator
from infra.local.localstack import deploy_to_localstack
from infra.local.outputs import Outputs
from plantcast.clock import KST
from tests.waiting import wait_for

pytestmark = pytest.mark.localstack


@dataclass
class LocalStackStack:
    """A stack on LocalStack that asks the simulator for observations."""

    endpoint: str
    folder: Path
    simulator: RunningSimulator

    def deploy(self) -> Outputs:
        """Create or update the stack."""
        return deploy_to_localstack(
            self.endpoint,
            kma_key=self.simulator.key,
            state_dir=self.folder,
            parameters={
                "Stations": "108",
                "ObservationSource": "synthetic",
                "AsosBaseUrl": self.simulator.base_url,
                "HistoryDays": "400",
            },
        )

    def client(self, service: str) -> Any:
        """Return a boto3 client for LocalStack."""
        return boto3.client(service, endpoint_url=self.endpoint)  # type: ignore[call-overload]

    def invoke(self, function: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Invoke a function and return its facts."""
        reply = self.client("lambda").invoke(FunctionName=function, Payload=json.dumps(payload).encode())
        body = json.loads(reply["Payload"].read())
        assert "FunctionError" not in reply, body
        facts: dict[str, Any] = body
        return facts


@pytest.fixture(scope="module")
def stack(localstack_endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStackStack]:
    with running_simulator(clock=datetime.now(KST), frozen=False) as simulator:
        yield LocalStackStack(localstack_endpoint, tmp_path_factory.mktemp("deploy"), simulator)


@pytest.fixture(scope="module")
def outputs(stack: LocalStackStack) -> Outputs:
    return stack.deploy()


def test_no_resource_is_unknown(stack: LocalStackStack, outputs: Outputs) -> None:
    found = stack.client("cloudformation").describe_stack_resources(StackName=outputs.stack_name)
    unknown = [
        entry["LogicalResourceId"]
        for entry in found["StackResources"]
        if entry["PhysicalResourceId"] in {"", "unknown"}
    ]
    assert not unknown


def test_the_pipeline_runs_and_the_api_returns_its_forecast(stack: LocalStackStack, outputs: Outputs) -> None:
    yesterday = datetime.now(KST).date().toordinal() - 1
    span = {
        "start": datetime.fromordinal(yesterday - 60).date().isoformat(),
        "end": datetime.fromordinal(yesterday).date().isoformat(),
    }
    facts = stack.invoke(outputs.functions["ingest"], {"station": "108", **span})
    assert facts["status"] == "complete", facts

    machine = stack.client("stepfunctions")
    arn = machine.start_execution(stateMachineArn=outputs.state_machine_arn, input="{}")["executionArn"]
    done = wait_for(
        lambda: machine.describe_execution(executionArn=arn),
        until=lambda execution: execution["status"] != "RUNNING",
        seconds=300,
    )
    assert done["status"] == "SUCCEEDED", (done.get("error"), done.get("cause"))

    forecast = requests.get(f"{outputs.api_url}/api/forecast", timeout=60)
    assert forecast.status_code == 200, forecast.text
    assert forecast.json()["source"] == "synthetic"
    assert len(forecast.json()["hourly"]["time"]) == 48
    page = requests.get(outputs.dashboard_url, timeout=30)
    assert "Plantcast" in page.text


def test_a_backfill_runs_as_a_distributed_map(stack: LocalStackStack, outputs: Outputs) -> None:
    machine = stack.client("stepfunctions")
    arn = machine.start_execution(
        stateMachineArn=outputs.backfill_state_machine_arn,
        input=json.dumps({"stations": ["108", "112"], "start": "2022-12-20", "end": "2023-01-10"}),
    )["executionArn"]
    done = wait_for(
        lambda: machine.describe_execution(executionArn=arn),
        until=lambda execution: execution["status"] != "RUNNING",
        seconds=300,
    )
    assert done["status"] == "SUCCEEDED", (done.get("error"), done.get("cause"))
    report = json.loads(done["output"])["report"]["facts"]
    assert (report["status"], report["hours_present"]) == ("complete", 1056)


def test_a_second_deployment_keeps_the_forecast(stack: LocalStackStack, outputs: Outputs) -> None:
    before = requests.get(f"{outputs.api_url}/api/forecast", timeout=60).json()
    again = stack.deploy()
    assert again.table_name == outputs.table_name
    assert requests.get(f"{again.api_url}/api/forecast", timeout=60).json() == before
