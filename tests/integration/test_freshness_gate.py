"""At 02:00 yesterday may not be whole yet: the state machine waits as often as configured, then goes on."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from infra.stack.deployment import Deployment
from plantcast.pipeline.runs import Run
from tests.conftest import LocalDeployment
from tests.support.simulated_kma import SimulatedKma
from tests.support.waiting import wait_for

pytestmark = pytest.mark.emulator

CLOCK = "2025-05-30T02:00"
PARTIAL, WHOLE, LATE = "108", "119", "112"
STATIONS = (PARTIAL, WHOLE, LATE)
LAST_SERVED, MIDNIGHT_HOUR = "2025-05-29T19:00:00+09:00", "2025-05-29T23:00:00+09:00"
# No model is trained here: what the forecasts rest on is another test's matter.
BASELINES = {"baseline_only_ta", "baseline_only_hm"}
INCOMPLETE = "observations_incomplete"
IN_KOREAN, IN_ENGLISH = "관측이 일부 빠져 있어요", "Some observations are missing"
# Of a deployment on AWS, but for the count, which is 18 there: `up` has a run look twice only.
WAIT_SECONDS, CHECKS = 1800, 6
# Half an hour passes in a twentieth of a second, or, to have time to act in between, in one.
AT_ONCE, SLOWLY = 0.05 / WAIT_SECONDS, 1 / WAIT_SECONDS


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalDeployment]:
    """Three stations with a month of synthetic weather; a run waits as one on AWS does."""
    made = LocalDeployment(tmp_path_factory.mktemp("freshness") / "state")
    try:
        made.plantcast("up", "--clock", CLOCK, "--stations", ",".join(STATIONS))
        made.plantcast("backfill", "--from", "2025-04-28", "--to", "2025-05-28")
        made.plantcast("backfill", "--from", "2025-05-29", "--stations", WHOLE)
        _configure_waiting(made)
        yield made
    finally:
        made.plantcast("down", check=False)


def _configure_waiting(deployment: LocalDeployment) -> None:
    functions, name = deployment.client("lambda"), deployment.outputs().functions["prepare"]
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    variables |= {"FRESHNESS_WAIT_SECONDS": str(WAIT_SECONDS), "FRESHNESS_MAX_CHECKS": str(CHECKS)}
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})


@pytest.fixture
def kma(deployment: LocalDeployment) -> Iterator[SimulatedKma]:
    """A KMA that has published yesterday up to 19:00 only, until `behave` changes it."""
    steered = SimulatedKma.of(deployment)
    steered.behave(complete_from_hour=11, hours_before=20)
    yield steered
    steered.behave(complete_from_hour=0)


@contextmanager
def waits_scaled(deployment: LocalDeployment, scale: float) -> Iterator[None]:
    config = f"{deployment.outputs().endpoint}/_ministack/config"
    requests.post(config, json={"stepfunctions._SFN_WAIT_SCALE": scale}, timeout=10).raise_for_status()
    try:
        yield
    finally:
        requests.post(config, json={"stepfunctions._SFN_WAIT_SCALE": 1}, timeout=10).raise_for_status()


def start(deployment: LocalDeployment, stations: list[str]) -> str:
    started = deployment.client("stepfunctions").start_execution(
        stateMachineArn=deployment.outputs().state_machine_arn,
        name=f"night-{uuid.uuid4().hex[:8]}",
        input=json.dumps({"stations": stations, "retrain": False}),
    )
    return str(started["executionArn"])


def ended(deployment: LocalDeployment, arn: str) -> Run:
    """Wait for the end of an execution; return the run as it is on record."""
    done = wait_for(
        lambda: deployment.client("stepfunctions").describe_execution(executionArn=arn),
        until=lambda execution: execution["status"] != "RUNNING",
    )
    assert done["status"] == "SUCCEEDED", done
    run = Deployment.on_emulator(deployment.outputs()).runs.get(done["name"])
    assert run is not None
    return run


def waits(deployment: LocalDeployment, arn: str) -> int:
    """How often the execution has waited for observations so far."""
    pages = deployment.client("stepfunctions").get_paginator("get_execution_history")
    return sum(
        event["type"] == "WaitStateEntered"
        and event["stateEnteredEventDetails"]["name"] == "WaitForObservations"
        for page in pages.paginate(executionArn=arn)
        for event in page["events"]
    )


def get(deployment: LocalDeployment, path: str, station: str) -> dict[str, Any]:
    reply = requests.get(deployment.outputs().api_url + path, params={"station": station}, timeout=30)
    assert reply.status_code == 200, reply.text
    body: dict[str, Any] = reply.json()
    return body


def health_of(deployment: LocalDeployment, name: str) -> dict[str, Any]:
    # Its status as a whole is not looked at: here stations may be without a forecast, and models are.
    checks = requests.get(f"{deployment.outputs().api_url}/health", timeout=30).json()["checks"]
    found: dict[str, Any]
    (found,) = [check for check in checks if check["name"] == name]
    return found


def test_given_yesterday_stays_incomplete_then_the_run_waits_its_turns_and_goes_on_saying_so(
    deployment: LocalDeployment, kma: SimulatedKma
) -> None:
    before = len(kma.calls())
    with waits_scaled(deployment, AT_ONCE):
        arn = start(deployment, [PARTIAL, WHOLE])
        run = ended(deployment, arn)

    assert waits(deployment, arn) == CHECKS
    asked = [call for call in kma.calls()[before:] if call.station == PARTIAL]
    assert len(asked) == 1 + CHECKS
    # Only what is incomplete is asked again.
    assert len([call for call in kma.calls()[before:] if call.station == WHOLE]) == 1

    for path in ("/api/forecast", "/api/latest"):
        shown = get(deployment, path, PARTIAL)
        assert (shown["origin"], shown["status"]) == (LAST_SERVED, "degraded"), path
        assert set(shown["degraded_reasons"]) == {INCOMPLETE, *BASELINES}, path
    # The station whose yesterday is whole waited with the others, and is not blamed for them.
    shown = get(deployment, "/api/forecast", WHOLE)
    assert (shown["origin"], set(shown["degraded_reasons"])) == (MIDNIGHT_HOUR, BASELINES)

    facts = {fact["station"]: fact for fact in run.facts}
    assert run.outcome == "degraded"
    assert INCOMPLETE in facts[PARTIAL]["reasons"]
    assert INCOMPLETE not in facts[WHOLE]["reasons"]
    assert f"Seoul ({PARTIAL}) degraded: {IN_ENGLISH}" in run.message_en
    assert f"서울({PARTIAL}) 제한됨: {IN_KOREAN}" in run.message_ko

    assert health_of(deployment, f"forecast:{PARTIAL}")["status"] == "warn"
    assert IN_ENGLISH in health_of(deployment, f"forecast:{PARTIAL}")["message"]
    assert IN_ENGLISH not in health_of(deployment, f"forecast:{WHOLE}")["message"]
    assert health_of(deployment, "last_run")["status"] == "warn"
    assert IN_ENGLISH in health_of(deployment, "last_run")["message"]
    quality = get(deployment, "/api/quality", PARTIAL)
    assert quality["missing"] == [["2025-05-29T20:00:00+09:00", MIDNIGHT_HOUR]]
    assert quality["freshness"]["hours_behind"] == 4


def test_given_yesterday_becomes_whole_while_the_run_waits_then_its_forecast_lacks_nothing(
    deployment: LocalDeployment, kma: SimulatedKma
) -> None:
    with waits_scaled(deployment, SLOWLY):
        arn = start(deployment, [LATE])
        wait_for(lambda: waits(deployment, arn), until=lambda count: count >= 1)
        kma.behave(complete_from_hour=0)
        run = ended(deployment, arn)

    assert 1 <= waits(deployment, arn) < CHECKS
    for path in ("/api/forecast", "/api/latest"):
        shown = get(deployment, path, LATE)
        assert (shown["origin"], set(shown["degraded_reasons"])) == (MIDNIGHT_HOUR, BASELINES), path
    assert IN_ENGLISH not in run.message_en
    (fact,) = run.facts
    assert set(fact["reasons"]) == BASELINES
    assert IN_ENGLISH not in health_of(deployment, f"forecast:{LATE}")["message"]
    assert IN_ENGLISH not in health_of(deployment, "last_run")["message"]
    quality = get(deployment, "/api/quality", LATE)
    assert (quality["missing"], quality["freshness"]["hours_behind"]) == ([], 0)
