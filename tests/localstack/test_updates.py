"""New versions over a running stack: during runs, on a schedule, two at once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from infra.stack.outputs import Outputs
from plantcast.common.errors import PlantcastError
from tests.conftest import ROOT
from tests.localstack.missions import Nights
from tests.localstack.stack import PLAIN, TRAINED, Execution, LocalStackStack
from tests.support.waiting import wait_for

# In order: the one stack is broken by some of these tests, updated and scheduled by the last.
pytestmark = [pytest.mark.localstack, pytest.mark.in_order]

NEW_VERSION = "99.1.2"
EVERY_MINUTE = "rate(1 minute)"


@dataclass(frozen=True)
class Update:
    """A deployment of changed code, made while runs were started."""

    before: Outputs
    after: Outputs
    runs: list[Execution]
    forecast: Mapping[str, Any]
    issued: Mapping[str, Any]
    pointers: Mapping[str, bytes]


@pytest.fixture(scope="module")
def changed_sources(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of what is deployed, of a later version; deployments of this module take it."""
    copy = tmp_path_factory.mktemp("changed")
    shutil.copyfile(ROOT / "template.yaml", copy / "template.yaml")
    for folder in ("functions", "layers", "infra", "analysis"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    version = copy / "layers" / "domain" / "python" / "plantcast" / "__init__.py"
    lines = [
        f'__version__ = "{NEW_VERSION}"' if line.startswith("__version__") else line
        for line in version.read_text("utf-8").splitlines()
    ]
    assert f'__version__ = "{NEW_VERSION}"' in lines
    version.write_text("\n".join(lines) + "\n", "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("infra.emulator.deploy.REPOSITORY", copy)
        yield copy


@pytest.fixture(scope="module")
def update(stack: LocalStackStack, nights: Nights, changed_sources: Path) -> Update:
    forecast = requests.get(f"{stack.outputs.api_url}/api/forecast", timeout=60).json()
    issued, pointers = stack.issued(TRAINED), stack.pointers(TRAINED)
    with ThreadPoolExecutor(1) as pool:
        long = stack.start([TRAINED], retrain=True)
        deployment = pool.submit(stack.deploy, "update")
        runs = []
        while not deployment.done():
            runs.append(stack.finish(stack.start([PLAIN])))
        runs.append(stack.finish(long))
        after = deployment.result()
    return Update(stack.outputs, after, runs, forecast, issued, pointers)


@pytest.fixture(scope="module")
def both(stack: LocalStackStack, update: Update) -> list[BaseException]:
    """The errors of two deployments at once."""
    with ThreadPoolExecutor(2) as pool:
        deployments = [pool.submit(stack.deploy, folder) for folder in ("first", "second")]
        return [error for one in deployments if (error := one.exception()) is not None]


def test_runs_during_a_deployment_all_succeed(update: Update) -> None:
    assert len(update.runs) >= 2
    assert [run.status for run in update.runs] == ["SUCCEEDED"] * len(update.runs)
    assert all(run.run is not None and run.run.outcome != "failed" for run in update.runs)


def test_a_new_version_is_live_and_keeps_addresses_forecasts_and_models(
    update: Update, stack: LocalStackStack
) -> None:
    assert update.after == update.before
    assert requests.get(f"{update.after.api_url}/health", timeout=60).json()["version"] == NEW_VERSION
    assert stack.issued(TRAINED).keys() == update.issued.keys()
    after = requests.get(f"{update.after.api_url}/api/forecast", timeout=60).json()
    assert (after["origin"], after["hourly"]["time"]) == (
        update.forecast["origin"],
        update.forecast["hourly"]["time"],
    )
    # The run during the deployment may have promoted another version; there always is one.
    assert stack.pointers(TRAINED).keys() == update.pointers.keys()


def test_two_deployments_at_once_leave_one_whole_stack(
    both: list[BaseException], stack: LocalStackStack
) -> None:
    # What cannot be done says so and what to do; it never leaves a stack that neither asked for.
    assert len(both) < 2
    assert all(isinstance(error, PlantcastError) and error.remedy for error in both)
    found = stack.client("cloudformation").describe_stacks(StackName=stack.outputs.stack_name)["Stacks"][0]
    assert found["StackStatus"] in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
    assert requests.get(f"{stack.outputs.api_url}/api/forecast", timeout=60).status_code == 200


def test_the_schedule_starts_runs_by_itself(both: list[BaseException], stack: LocalStackStack) -> None:
    def by_itself() -> list[Any]:
        # Those of these tests are named so; EventBridge names an execution by its event's id.
        found = stack.client("stepfunctions").list_executions(stateMachineArn=stack.outputs.state_machine_arn)
        return [one for one in found["executions"] if not one["name"].startswith("test-")]

    found = stack.client("cloudformation").describe_stack_resource(
        StackName=stack.outputs.stack_name, LogicalResourceId="PipelineNightly"
    )
    name, events = found["StackResourceDetail"]["PhysicalResourceId"], stack.client("events")
    usual = events.describe_rule(Name=name)
    _replace_rule(events, name, EVERY_MINUTE, "ENABLED")
    try:
        started = wait_for(by_itself, until=bool, seconds=150)
    finally:
        _replace_rule(events, name, usual["ScheduleExpression"], usual["State"])
    run = stack.finish(started[-1]["executionArn"])
    assert run.status == "SUCCEEDED"
    assert run.run is not None
    assert run.run.retrain
    assert TRAINED in run.facts
    assert run.facts[TRAINED]["state"] == "ok"


def _replace_rule(events: Any, name: str, schedule: str, state: str) -> None:
    """Delete a rule and create it with its targets: LocalStack keeps the schedule of one that is updated."""
    targets = events.list_targets_by_rule(Rule=name)["Targets"]
    events.remove_targets(Rule=name, Ids=[target["Id"] for target in targets])
    events.delete_rule(Name=name)
    events.put_rule(Name=name, ScheduleExpression=schedule, State=state)
    events.put_targets(Rule=name, Targets=targets)
