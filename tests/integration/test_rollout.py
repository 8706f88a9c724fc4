"""A new version over a running one, back again, one that fails, one that is killed: nothing is lost."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from plantcast import __version__
from tests.conftest import LocalDeployment
from tests.support.checkouts import Checkout, Deploying
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.emulator, pytest.mark.network]

STACK = "plantcast"
NEW_VERSION = f"99.{__version__}"


@dataclass
class Rollout:
    """A deployment with one night's forecast, its stack's parameters, and checkouts to deploy over it."""

    deployment: LocalDeployment
    folder: Path
    parameters: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.outputs = self.deployment.outputs()
        self.parameters = {
            entry["ParameterKey"]: entry["ParameterValue"] for entry in self.stack()["Parameters"]
        }
        settings = self.function("api")["Environment"]["Variables"]
        self.offset = int(settings.get("CLOCK_OFFSET_SECONDS", "0"))

    def checkout(self, name: str, *, version: str | None = None, release: str | None = None) -> Checkout:
        """Copy this checkout, with another version in its code and another setting in its template."""
        checkout = Checkout.copy(self.folder / name)
        if version is not None:
            init = "layers/domain/python/plantcast/__init__.py"
            checkout.change(init, f'__version__ = "{__version__}"', f'__version__ = "{version}"')
        if release is not None:
            checkout.change(
                "template.yaml",
                "      Variables:\n        DATA_BUCKET",
                f"      Variables:\n        RELEASE: r{release}\n        DATA_BUCKET",
            )
            checkout.change("infra/pipeline.asl.json", "\"Plantcast's nightly run:", f'"Release {release}:')
        return checkout

    def begin(self, checkout: Checkout) -> Deploying:
        return checkout.deploy(self.outputs.endpoint, self.parameters, clock_offset_seconds=self.offset)

    def deploy(self, checkout: Checkout) -> Deploying:
        """Deploy to the end; a failure fails the test."""
        deploying = self.begin(checkout)
        code, errors = deploying.end()
        assert code == 0, errors
        return deploying

    def stack(self) -> dict[str, Any]:
        described: dict[str, Any] = self.deployment.client("cloudformation").describe_stacks(StackName=STACK)
        stack: dict[str, Any] = described["Stacks"][0]
        return stack

    def function(self, name: str) -> dict[str, Any]:
        client = self.deployment.client("lambda")
        found: dict[str, Any] = client.get_function_configuration(FunctionName=self.outputs.functions[name])
        return found

    def releases(self) -> set[str | None]:
        """Return the setting `RELEASE` of all functions: one value while the stack is of one piece."""
        settings = (self.function(name)["Environment"]["Variables"] for name in self.outputs.functions)
        return {one["RELEASE"].removeprefix("r") if "RELEASE" in one else None for one in settings}

    def definition(self) -> str:
        machine = self.deployment.client("stepfunctions").describe_state_machine(
            stateMachineArn=self.outputs.state_machine_arn
        )
        comment: str = json.loads(machine["definition"])["Comment"]
        return comment

    def version(self) -> str:
        version: str = requests.get(f"{self.outputs.api_url}/health", timeout=60).json()["version"]
        return version

    def execute(self) -> str:
        machine = self.outputs.state_machine_arn
        started = self.deployment.client("stepfunctions").start_execution(
            stateMachineArn=machine, input=json.dumps({"retrain": False})
        )
        arn: str = started["executionArn"]
        return arn

    def execution(self, arn: str) -> str:
        status: str = self.deployment.client("stepfunctions").describe_execution(executionArn=arn)["status"]
        return status

    def stock(self) -> dict[str, Any]:
        """Return what must outlast a deployment: items but for what each run writes anew, and objects."""
        table = self.deployment.client("dynamodb").get_paginator("scan")
        items = [item for page in table.paginate(TableName=self.outputs.table_name) for item in page["Items"]]
        forecasts = {item["sk"]["S"]: (item["ta"], item["hm"]) for item in items if _is(item, "ISSUE#")}
        notices = {item["sk"]["S"]: item for item in items if _is(item, "NOTICE#")}
        objects = self.deployment.client("s3").get_paginator("list_objects_v2")
        etags = {
            entry["Key"]: entry["ETag"]
            for page in objects.paginate(Bucket=self.outputs.data_bucket)
            for entry in page["Contents"]
        }
        kept = ("raw/", "models/", "quality/")
        return {
            "forecasts": forecasts,
            "notices": notices,
            "runs": sorted(item["sk"]["S"] for item in items if _is(item, "RUN#")),
            "objects": {key: etag for key, etag in etags.items() if key.startswith(kept)},
            # A night asks for the last two days again, and a month says when its rows were received.
            "months": {key for key in etags if key.startswith("observations/")},
        }


def _is(item: dict[str, Any], prefix: str) -> bool:
    return bool(item["sk"]["S"].startswith(prefix))


@dataclass
class Visitor:
    """Asks the API again and again; `answers` counts status codes and faults."""

    url: str
    answers: Counter[str] = field(default_factory=Counter)

    def __enter__(self) -> Visitor:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()
        return self

    def __exit__(self, *_fault: object) -> None:
        self._over.set()
        self._thread.join()

    def _ask(self) -> None:
        while not self._over.is_set():
            try:
                answer = requests.get(f"{self.url}/api/forecast", timeout=60)
                self.answers[str(answer.status_code)] += 1
            except requests.RequestException as fault:
                self.answers[type(fault).__name__] += 1
            time.sleep(0.1)


@pytest.fixture(scope="module")
def rollout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rollout]:
    folder = tmp_path_factory.mktemp("rollout")
    deployment = LocalDeployment(folder / "state", {"PLANTCAST_DEMO_DAYS": "40"})
    try:
        deployment.plantcast("demo")
        yield Rollout(deployment, folder)
    finally:
        deployment.plantcast("down", check=False)


def test_given_a_running_execution_when_a_new_version_is_deployed_and_taken_back_then_nothing_is_lost(
    rollout: Rollout,
) -> None:
    former = rollout.checkout("former")
    new = rollout.checkout("new", version=NEW_VERSION, release="2")
    before = rollout.stock()
    assert before["forecasts"]
    assert any(key.endswith("production.json") for key in before["objects"])
    assert rollout.version() == __version__

    for checkout, version, release in ((new, NEW_VERSION, "2"), (former, __version__, None)):
        with Visitor(rollout.outputs.api_url) as visitor:
            deploying = rollout.begin(checkout)
            deploying.until("creating the stack")
            run = rollout.execute()
            assert rollout.execution(run) == "RUNNING"
            code, errors = deploying.end()
            assert code == 0, errors
            ended = wait_for(lambda run=run: rollout.execution(run), until=lambda status: status != "RUNNING")
        assert ended == "SUCCEEDED"
        # ministack ends the invocation that is under way when a function changes (AWS lets it finish), and a
        # function changes twice: its code, then its settings. There is one visitor, so one request each time.
        assert set(visitor.answers) <= {"200", "502"}, visitor.answers
        assert visitor.answers["502"] <= 2, visitor.answers
        assert visitor.answers["200"] > 10, visitor.answers
        assert (rollout.version(), rollout.releases()) == (version, {release})
        assert rollout.definition().startswith("Release 2") is (release is not None)
        after = rollout.stock()
        # The run may add a forecast: from the same hours, with guidance that the first one did not have yet.
        assert before["forecasts"].items() <= after["forecasts"].items()
        assert after["notices"] == before["notices"]
        assert before["objects"].items() <= after["objects"].items()
        assert before["months"] <= after["months"]
        assert set(before["runs"]) < set(after["runs"])
    assert rollout.definition().startswith("Plantcast's nightly run")


def test_given_a_deployment_that_fails_then_the_former_version_goes_on(rollout: Rollout) -> None:
    broken = rollout.checkout("broken", version="0.0.broken", release="broken")
    # Another bucket has this name: CloudFormation refuses, whoever's it is.
    taken = "  Taken:\n    Type: AWS::S3::Bucket\n    Properties: { BucketName: plantcast-artifacts }\n"
    broken.change("template.yaml", "\nResources:\n", f"\nResources:\n{taken}")
    before, releases, definition = rollout.stock(), rollout.releases(), rollout.definition()

    code, errors = rollout.begin(broken).end()

    assert code != 0
    assert "could not be deployed" in errors
    assert rollout.stack()["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert (rollout.version(), rollout.releases()) == (__version__, releases)
    assert rollout.definition() == definition
    assert rollout.stock() == before


def test_given_a_deployment_killed_in_the_middle_when_deployed_again_then_it_is_whole(
    rollout: Rollout,
) -> None:
    killed = rollout.checkout("killed", release="5")
    before = rollout.stock()
    deploying = rollout.begin(killed)
    deploying.until("creating the stack")
    wait_for(lambda: rollout.stack()["StackStatus"], until=lambda status: status.startswith("UPDATE_"))
    deploying.kill()
    # CloudFormation goes on by itself; until it has ended, a deployment is refused.
    wait_for(lambda: rollout.stack()["StackStatus"], until=lambda status: status.endswith("_COMPLETE"))

    rollout.deploy(rollout.checkout("whole", release="6"))

    assert (rollout.releases(), rollout.version()) == ({"6"}, __version__)
    assert rollout.stock() == before
