"""Deploy, run, and look at what the run left: S3, DynamoDB, the API behind API Gateway, the website."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

import boto3.dynamodb.types
import pytest
import requests

from tests.conftest import ROOT, LocalDeployment
from tests.support.data_bucket import lake_of
from tests.support.waiting import wait_for

pytestmark = pytest.mark.emulator


def execute(deployment: LocalDeployment, payload: dict[str, Any]) -> dict[str, Any]:
    """Start the state machine, wait for its end, return its description."""
    done = deployment.plantcast("run", "--json", *_options(payload), check=False)
    arn = json.loads(done.stdout)["execution_arn"]
    description: dict[str, Any] = deployment.client("stepfunctions").describe_execution(executionArn=arn)
    return description


def _options(payload: dict[str, Any]) -> list[str]:
    options = []
    if "as_of" in payload:
        options += ["--as-of", payload["as_of"]]
    if payload.get("retrain") is False:
        options.append("--no-retrain")
    return options


def items(deployment: LocalDeployment, pk: str, prefix: str) -> list[dict[str, Any]]:
    """Return the items of one partition, plain values."""
    reply = deployment.client("dynamodb").query(
        TableName=deployment.outputs().table_name,
        KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
        ExpressionAttributeValues={":pk": {"S": pk}, ":prefix": {"S": prefix}},
    )
    plain = boto3.dynamodb.types.TypeDeserializer().deserialize
    return [{key: plain(value) for key, value in item.items()} for item in reply["Items"]]


def keys(deployment: LocalDeployment, prefix: str) -> list[str]:
    """Return the data bucket's keys under a prefix."""
    pages = deployment.client("s3").get_paginator("list_objects_v2")
    bucket = deployment.outputs().data_bucket
    return [
        entry["Key"]
        for page in pages.paginate(Bucket=bucket, Prefix=prefix)
        for entry in page.get("Contents", [])
    ]


def test_every_resource_of_the_stack_is_real(live_deployment: LocalDeployment) -> None:
    stack = live_deployment.client("cloudformation").describe_stack_resources(
        StackName=live_deployment.outputs().stack_name
    )
    physical = {entry["LogicalResourceId"]: entry["PhysicalResourceId"] for entry in stack["StackResources"]}
    assert len(physical) > 40
    assert not [name for name, identity in physical.items() if identity in {"", "unknown"}]


def test_the_state_machine_is_the_one_in_the_repository(live_deployment: LocalDeployment) -> None:
    machine = live_deployment.client("stepfunctions").describe_state_machine(
        stateMachineArn=live_deployment.outputs().state_machine_arn
    )
    assert set(json.loads(machine["definition"])["States"]) == set(
        json.loads((ROOT / "infra" / "pipeline.asl.json").read_text("utf-8"))["States"]
    )


def test_a_run_leaves_every_artefact_it_names(live_deployment: LocalDeployment) -> None:
    assert keys(live_deployment, "raw/asos/station=108/")
    assert keys(live_deployment, "observations/station=108/")
    assert keys(live_deployment, "features/run=")
    for target in ("ta", "hm"):
        versions = keys(live_deployment, f"models/station=108/{target}/versions/")
        assert any(key.endswith("metadata.json") for key in versions)
        assert any(key.endswith(".txt") for key in versions)
    assert len(items(live_deployment, "STATION#108", "ISSUE#")) >= 1
    assert items(live_deployment, "PIPELINE", "RUN#")[0]["outcome"] in {"succeeded", "degraded"}


def test_the_api_returns_the_stored_forecast(live_deployment: LocalDeployment) -> None:
    stored = items(live_deployment, "STATION#108", "ISSUE#")[-1]
    reply = requests.get(f"{live_deployment.outputs().api_url}/api/forecast", timeout=30)
    body = reply.json()
    assert reply.status_code == 200
    assert body["source"] == "synthetic"
    assert datetime.fromisoformat(body["origin"]) == datetime.fromisoformat(stored["origin"])
    # Stored with two decimals, shown with one.
    shown, kept = body["hourly"]["temperature_2m"], [float(value) for value in stored["ta"]["mean"]]
    assert shown == pytest.approx(kept, abs=0.051)
    assert len(body["hourly"]["time"]) == 48


def test_the_api_returns_the_run_with_its_steps(live_deployment: LocalDeployment) -> None:
    api_url = live_deployment.outputs().api_url
    *_, demo = requests.get(f"{api_url}/api/runs?limit=100", timeout=30).json()["runs"]
    run = requests.get(f"{api_url}/api/runs/{demo['run_id']}", timeout=30).json()
    states = [step for step in run["steps"] if step["station"] is None]
    assert [state["name"] for state in states] == ["Prepare", "Monitor"]
    inner = [(step["name"], step["station"], step["target"]) for step in run["steps"] if step["station"]]
    assert {name for name, _, _ in inner} == {"Ingest", "Features", "Train", "Evaluate", "Predict"}
    assert {target for name, _, target in inner if name == "Train"} == {"ta", "hm"}
    assert {step["status"] for step in run["steps"]} == {"succeeded"}
    assert sum(step["seconds"] for step in run["steps"]) > 0
    (fact,) = run["facts"]
    assert (fact["ingest"]["status"], fact["forecast"]["status"]) == ("complete", "issued")


def test_the_api_tells_the_observations_of_the_lake(live_deployment: LocalDeployment) -> None:
    api_url = live_deployment.outputs().api_url
    body = requests.get(f"{api_url}/api/observations", timeout=30).json()
    hours = [datetime.fromisoformat(text) for text in body["hourly"]["time"]]
    # The hours of today that are still to come are empty.
    frame = lake_of(live_deployment, "synthetic").read("108", hours[0], hours[-1]).reindex(hours)
    for column, name in (("temperature_2m", "ta"), ("relative_humidity_2m", "hm"), ("pressure_msl", "ps")):
        assert body["hourly"][column] == [None if value != value else value for value in frame[name]]
    assert len(frame) == 72


def test_swagger_ui_works_under_the_stage_path(live_deployment: LocalDeployment) -> None:
    api_url = live_deployment.outputs().api_url
    for page in ("docs", "docs/swagger-ui.css", "docs/swagger-ui-bundle.js"):
        assert requests.get(f"{api_url}/{page}", timeout=30).status_code == 200, page
    schema = requests.get(f"{api_url}/openapi.json", timeout=30).json()
    assert {"/predict", "/api/latest", "/reload_model", "/health", "/api/forecast"} <= set(schema["paths"])


def test_reload_model_needs_the_key(live_deployment: LocalDeployment) -> None:
    api_url = live_deployment.outputs().api_url
    key = (live_deployment.state_dir / "api-key").read_text().strip()
    assert requests.post(f"{api_url}/reload_model", timeout=30).status_code in {401, 403}
    wrong = requests.post(f"{api_url}/reload_model", headers={"X-Api-Key": key + "x"}, timeout=30)
    assert wrong.status_code in {401, 403}
    right = requests.post(f"{api_url}/reload_model", headers={"X-Api-Key": key}, timeout=30)
    assert right.status_code == 200


def test_the_browser_may_call_the_api_from_the_dashboards_origin(live_deployment: LocalDeployment) -> None:
    outputs = live_deployment.outputs()
    reply = requests.options(
        f"{outputs.api_url}/reload_model",
        headers={"Origin": outputs.endpoint, "Access-Control-Request-Method": "POST"},
        timeout=30,
    )
    assert reply.headers["access-control-allow-origin"] in {outputs.endpoint, "*"}


def test_a_repeated_run_doubles_nothing(live_deployment: LocalDeployment) -> None:
    # The demo's run was before the first guidance: this one uses it.
    assert execute(live_deployment, {"retrain": False})["status"] == "SUCCEEDED"
    before = {item["sk"] for item in items(live_deployment, "STATION#108", "ISSUE#")}
    lake_before = keys(live_deployment, "observations/")
    done = execute(live_deployment, {"retrain": False})
    assert done["status"] == "SUCCEEDED"
    assert {item["sk"] for item in items(live_deployment, "STATION#108", "ISSUE#")} == before
    assert keys(live_deployment, "observations/") == lake_before


def health(deployment: LocalDeployment) -> dict[str, tuple[str, str]]:
    checks = requests.get(f"{deployment.outputs().api_url}/health", timeout=60).json()["checks"]
    return {check["name"]: (check["status"], check["observed"]) for check in checks}


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"stations": ["999"]}, "'999'"),
        ({"as_of": "2099-13-40"}, "as_of='2099-13-40'"),
    ],
)
def test_input_that_makes_no_sense_ends_with_the_reason_and_leaves_health_alone(
    live_deployment: LocalDeployment, given: dict[str, Any], named: str
) -> None:
    before, runs = health(live_deployment), items(live_deployment, "PIPELINE", "RUN#")
    client = live_deployment.client("stepfunctions")
    started = client.start_execution(
        stateMachineArn=live_deployment.outputs().state_machine_arn,
        name=f"nonsense-{uuid.uuid4().hex[:8]}",
        input=json.dumps(given),
    )
    done = wait_for(
        lambda: client.describe_execution(executionArn=started["executionArn"]),
        until=lambda execution: execution["status"] != "RUNNING",
    )
    assert (done["status"], done.get("error")) == ("FAILED", "InputRejected")
    assert named in done["cause"]
    assert items(live_deployment, "PIPELINE", "RUN#") == runs
    assert health(live_deployment) == before


def test_a_run_of_a_past_day_is_a_hindcast_and_leaves_what_was_issued_and_health_alone(
    live_deployment: LocalDeployment,
) -> None:
    kinds = ("ISSUE#", "VERIFY#", "TRACK", "QUALITY", "NOTICE#", "ALERT#")
    before = {kind: items(live_deployment, "STATION#108", kind) for kind in kinds}
    was = health(live_deployment)
    newest = datetime.fromisoformat(before["ISSUE#"][-1]["origin"])
    past = (newest - timedelta(days=3)).date()

    done = execute(live_deployment, {"retrain": False, "as_of": past.isoformat()})

    assert done["status"] == "SUCCEEDED"
    assert {kind: items(live_deployment, "STATION#108", kind) for kind in kinds} == before
    assert health(live_deployment) == was
    (hindcast,) = items(live_deployment, "STATION#108", "HINDCAST#")
    assert "hindcast" in hindcast["degraded_reasons"]
    shown = requests.get(
        f"{live_deployment.outputs().api_url}/api/forecast",
        params={"origin": hindcast["origin"]},
        timeout=60,
    ).json()
    assert (shown["status"], shown["degraded_reasons"][0]) == ("degraded", "hindcast")


def test_the_dashboard_is_served_with_its_configuration(live_deployment: LocalDeployment) -> None:
    outputs = live_deployment.outputs()
    page = requests.get(outputs.dashboard_url, timeout=30)
    assert page.headers["content-type"].startswith("text/html")
    config = requests.get(outputs.dashboard_url.replace("index.html", "config.json"), timeout=30).json()
    assert config["apiUrl"] == outputs.api_url
    assert config["source"] == "synthetic"
