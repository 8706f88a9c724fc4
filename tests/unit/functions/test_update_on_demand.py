"""The update function's events on demand, with its real wiring: settings, S3 and SSM in moto."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import datetime
from types import ModuleType
from typing import Any

import boto3
import pytest
import requests
from moto import mock_aws

from plantcast.aws import S3ObjectStore, received
from plantcast.common.clock import KST
from plantcast.common.errors import InvalidInputError
from plantcast.guidance import raw
from plantcast.guidance.lake import GuidanceLake
from tests.support.open_meteo import OpenMeteoService

pytestmark = pytest.mark.slow
NOW = datetime(2025, 5, 30, 2, tzinfo=KST)
ENVIRONMENT = {
    "DATA_BUCKET": "lake",
    "TABLE_NAME": "plantcast",
    "STATIONS": "108",
    "OBSERVATION_SOURCE": "replay",
    "GUIDANCE_SOURCES": "kma,open_meteo",
    "SHORT_TERM_BASE_URL": "http://127.0.0.1:9",
    "KMA_KEY_PARAMETER": "/kma",
    "API_HUB_BASE_URL": "http://127.0.0.1:9",
    "OPEN_METEO_BASE_URL": "https://api.open-meteo.com",
    "OPEN_METEO_PREVIOUS_RUNS_URL": "https://previous-runs-api.open-meteo.com",
    "OPEN_METEO_MODELS": "ecmwf_ifs025,gfs_seamless",
    "OPEN_METEO_KEY_PARAMETER": "/open-meteo",
}
TABLE = b"issued_at,valid_at,stnId,ta,hm\n2025-05-10 17:00,2025-05-11 00:00,108,14.0,60\n"
BACKFILL = {"station": "108", "start": "2025-05-28", "end": "2025-05-28"}


@pytest.fixture
def update(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        boto3.client("s3").create_bucket(
            Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"}
        )
        boto3.client("ssm").put_parameter(Name="/open-meteo", Type="SecureString", Value="a-key")
        module = importlib.import_module("functions.update.handler")
        module._wiring.cache_clear()
        yield module
        module._wiring.cache_clear()


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> OpenMeteoService:
    """Open-Meteo, wherever the function's session calls."""
    made = OpenMeteoService(NOW)

    def send(self: requests.Session, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        return made.send(request)

    monkeypatch.setattr(requests.Session, "send", send)
    return made


def test_an_uploaded_file_is_imported(update: ModuleType) -> None:
    store = S3ObjectStore("lake")
    key = raw.import_key(TABLE, NOW)
    received.keep(store, key, TABLE)
    result = update.handler({"import_key": key, "station": "108"}, None)
    assert (result["status"], result["rows"], result["rows_new"]) == ("complete", 1, 1)
    issue = datetime(2025, 5, 10, 17, tzinfo=KST)
    assert result["first"] == "2025-05-10T17:00+09:00"
    assert GuidanceLake(store).read("kma", "108", issue, issue)["ta"].tolist() == [14.0]
    with pytest.raises(InvalidInputError, match="station is missing"):
        update.handler({"import_key": key}, None)


def test_a_day_is_fetched_with_the_key_of_the_parameter(
    update: ModuleType, service: OpenMeteoService
) -> None:
    result = update.handler(BACKFILL, None)
    assert (result["status"], result["issues_expected"], result["issues_new"]) == ("complete", 4, 4)
    assert service.urls[0].startswith("https://customer-previous-runs-api.open-meteo.com/v1/forecast?")
    assert service.queries[0]["apikey"] == "a-key"


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("GUIDANCE_SOURCES", "kma", "GuidanceSources=kma has no open_meteo"),
        ("OPEN_METEO_KEY_PARAMETER", "/none", "no SSM parameter '/none'"),
        ("OPEN_METEO_MODELS", "", "OPEN_METEO_MODELS names no model"),
    ],
)
def test_a_setting_that_is_missing_is_named_and_nothing_is_called(
    update: ModuleType,
    service: OpenMeteoService,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    named: str,
) -> None:
    monkeypatch.setenv(variable, value)
    result = update.handler(BACKFILL, None)
    assert result["status"] == "failed"
    assert named in result["message"]
    assert not service.urls
