"""A state machine of a deployment, and ways to let one of its functions die."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any

import requests

from tests.faults.conftest import FaultyDeployment
from tests.faults.proxy import Fault, Kind
from tests.support.waiting import wait_for

# A retry waits 2, 4 and 8 s on AWS, a chunk's up to 5 minutes; here a fiftieth of that.
WAITS_SCALED = 0.02


class Death(Enum):
    """How a function fails as a whole."""

    KILLED = "killed"
    TIMED_OUT = "timed out"
    THROTTLED = "throttled"


@dataclass(frozen=True)
class Run:
    """A run that has ended."""

    run_id: str
    status: str

    @property
    def names(self) -> dict[str, str]:
        """What stands for this run in keys and items, each with a name that is the same for all runs."""
        return {self.run_id: "<run>", hashlib.sha256(self.run_id.encode()).hexdigest()[:8]: "<its hash>"}


@dataclass
class Machine:
    """Runs a state machine."""

    deployment: FaultyDeployment
    arn: str

    def __post_init__(self) -> None:
        config = f"{self.deployment.outputs.endpoint}/_ministack/config"
        scale = {"stepfunctions._SFN_WAIT_SCALE": WAITS_SCALED}
        requests.post(config, json=scale, timeout=10).raise_for_status()

    def run(self, run_input: dict[str, Any]) -> Run:
        """Start a run and wait for its end."""
        client = self.deployment.client("stepfunctions")
        run_id = f"faults-{uuid.uuid4().hex[:12]}"
        arn = client.start_execution(stateMachineArn=self.arn, name=run_id, input=json.dumps(run_input))[
            "executionArn"
        ]
        status = wait_for(
            lambda: client.describe_execution(executionArn=arn)["status"],
            until=lambda status: status != "RUNNING",
            seconds=240,
        )
        return Run(run_id, status)


@contextmanager
def dying(
    deployment: FaultyDeployment, function: str, death: Death, *, timeout_seconds: int, at: int = 0
) -> Iterator[None]:
    """Let the function die: killed or timed out at a call, its first, throttled as long as the block lasts.

    `timeout_seconds` is the function's timeout meanwhile, if it is to time out.

    Raises:
        AssertionError: it was never called.
    """
    client, name = deployment.client("lambda"), deployment.outputs.functions[function]
    proxy = deployment.proxies[function]
    if death is Death.THROTTLED:
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
        try:
            yield
        finally:
            client.delete_function_concurrency(FunctionName=name)
        return
    usual = client.get_function_configuration(FunctionName=name)["Timeout"]
    if death is Death.TIMED_OUT:
        client.update_function_configuration(FunctionName=name, Timeout=timeout_seconds)
    proxy.arm(Fault(Kind.KILLED if death is Death.KILLED else Kind.HELD, at))
    try:
        yield
        assert proxy.spoilt == 1, f"{function} was never called"
    finally:
        proxy.disarm()
        if death is Death.TIMED_OUT:
            client.update_function_configuration(FunctionName=name, Timeout=usual)
