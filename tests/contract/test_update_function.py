"""The update function with its real wiring: AWS in moto, the services simulated over HTTP."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from datetime import datetime
from types import ModuleType
from typing import Any

import boto3
import pytest
from moto import mock_aws

from plantcast.common.clock import KST, FixedClock
from plantcast.common.settings import ClockSettings
from tests.support.aws_tables import create_table
from tests.support.running_simulator import RunningSimulator, running_simulator

pytestmark = [pytest.mark.slow, pytest.mark.network]

NOW = datetime(2025, 5, 31, 12, 16, tzinfo=KST)
EVENT = {"run_id": "hour-1", "input": {"detail-type": "Scheduled Event"}}


@pytest.fixture(scope="module")
def services() -> Iterator[RunningSimulator]:
    with running_simulator(clock=NOW) as running:
        yield running


@pytest.fixture
def simulator(services: RunningSimulator) -> Iterator[RunningSimulator]:
    yield services
    services.set_behaviour(short_term_fault=None, api_hub_fault=None)


@pytest.fixture
def update(simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    environment = {
        "DATA_BUCKET": "lake",
        "TABLE_NAME": "plantcast",
        "STATIONS": "108",
        "OBSERVATION_SOURCE": "synthetic",
        "GUIDANCE_SOURCES": "kma",
        "SHORT_TERM_BASE_URL": simulator.short_term_url,
        "KMA_KEY_PARAMETER": "/kma",
        "API_HUB_BASE_URL": simulator.root_url,
        "API_HUB_KEY_PARAMETER": "/hub",
        "OPEN_METEO_BASE_URL": simulator.root_url,
        "OPEN_METEO_PREVIOUS_RUNS_URL": simulator.root_url,
        "OPEN_METEO_MODELS": "ecmwf_ifs025,gfs_seamless",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(ClockSettings, "clock", lambda _: FixedClock(NOW))
    module = importlib.import_module("functions.update.handler")
    _forget(module)
    with mock_aws():
        boto3.client("s3").create_bucket(
            Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"}
        )
        create_table("plantcast")
        put_key("/kma", simulator.key)
        put_key("/hub", simulator.hub_key)
        yield module
    _forget(module)


def _forget(module: ModuleType) -> None:
    module._wiring.cache_clear()
    module._update.cache_clear()


def put_key(name: str, value: str) -> None:
    boto3.client("ssm").put_parameter(Name=name, Type="SecureString", Value=value, Overwrite=True)


def feeds(result: dict[str, Any]) -> dict[str, Any]:
    return {feed["feed"]: feed for feed in result["feeds"]}


def test_an_hour_stores_guidance_and_observations_of_today_and_their_ages(
    update: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    result = update.handler(EVENT, None)

    assert (result["status"], result["changed"]) == ("changed", ["108"])
    found = feeds(result)
    assert found["kma"]["newest"] == "2025-05-31T11:00+09:00"
    assert found["api_hub"]["newest"] == "2025-05-31T12:00+09:00"
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    ages = {name: line[name] for line in lines for name in line if name.endswith("Age")}
    assert ages == {"KmaGuidanceAge": [1.27], "LiveObservationsAge": [0.27]}


def test_a_key_corrected_after_a_refusal_is_read_in_the_next_hour(
    update: ModuleType, simulator: RunningSimulator
) -> None:
    put_key("/hub", "wrong-key")
    refused = feeds(update.handler(EVENT, None))
    assert (refused["api_hub"]["refused"], refused["kma"]["failed"]) == (True, 0)
    assert "wrong-key" not in json.dumps(refused)

    put_key("/hub", simulator.hub_key)
    assert feeds(update.handler(EVENT, None))["api_hub"]["failed"] == 0


def test_a_key_that_is_not_there_is_named_and_stops_no_other_feed(
    update: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KMA_KEY_PARAMETER", "/missing")

    result = update.handler(EVENT, None)

    assert result["changed"] == ["108"]
    assert "no SSM parameter '/missing'" in feeds(result)["kma"]["message"]


@pytest.mark.parametrize(("fault", "problem"), [("away", "unavailable"), ("html", "unavailable")])
def test_a_service_with_a_fault_stops_no_other(
    update: ModuleType, simulator: RunningSimulator, fault: str, problem: str
) -> None:
    simulator.set_behaviour(short_term_fault=fault)

    result = update.handler(EVENT, None)

    assert feeds(result)["kma"]["message"].startswith(problem)
    assert feeds(result)["api_hub"]["failed"] == 0
    assert result["changed"] == ["108"]


def test_the_api_hubs_short_term_forecast_needs_its_key(
    update: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "https://apihub.kma.go.kr/api/typ02/openApi/VilageFcstInfoService_2.0"
    monkeypatch.setenv("SHORT_TERM_BASE_URL", url)
    monkeypatch.setenv("API_HUB_KEY_PARAMETER", "")

    assert "ApiHubKeyParameter" in feeds(update.handler(EVENT, None))["kma"]["message"]


def test_without_sources_and_key_nothing_is_called(
    update: ModuleType, simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUIDANCE_SOURCES", "")
    monkeypatch.setenv("API_HUB_KEY_PARAMETER", "")
    before = simulator.call_count

    assert update.handler(EVENT, None)["status"] == "unchanged"
    assert simulator.call_count == before


def test_a_wrong_input_is_rejected_with_its_reason(update: ModuleType) -> None:
    result = update.handler({"run_id": "hour-1", "input": {"stations": ["9999"]}}, None)

    assert result["status"] == "rejected"
    assert "'9999' is not known" in result["message"]
