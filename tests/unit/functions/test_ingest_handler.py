"""The ingest function with its real wiring: settings from the environment, S3, DynamoDB and SSM in moto."""

from __future__ import annotations

import importlib
import io
import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pandas as pd
import pytest
import requests
from moto import mock_aws
from urllib3 import HTTPResponse

from plantcast.aws import DynamoTable
from plantcast.common.errors import TemporaryError
from tests.support.asos_replies import page_body, refusal_body, rows_of
from tests.support.aws_tables import create_table

pytestmark = pytest.mark.slow

ENVIRONMENT = {
    "DATA_BUCKET": "lake",
    "TABLE_NAME": "plantcast",
    "OBSERVATION_SOURCE": "kma",
    "ASOS_BASE_URL": "https://kma.example/1360000/AsosHourlyInfoService",
    "KMA_KEY_PARAMETER": "/plantcast/kma",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "ap-northeast-2",
}


@pytest.fixture
def ingest(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    module = importlib.import_module("functions.ingest.handler")
    module._wiring.cache_clear()
    module._ingest.cache_clear()
    with mock_aws():
        boto3.client("s3").create_bucket(
            Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"}
        )
        create_table("plantcast")
        boto3.client("ssm").put_parameter(Name="/plantcast/kma", Type="SecureString", Value="first-key")
        yield module
    module._wiring.cache_clear()
    module._ingest.cache_clear()


@pytest.fixture
def kma(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A KMA that refuses `wrong-key`; the list of keys it was shown."""
    seen: list[str] = []

    def send(self: requests.Session, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        query = {name: values[0] for name, values in parse_qs(urlsplit(str(request.url)).query).items()}
        seen.append(query["serviceKey"])
        first = pd.Timestamp(f"{query['startDt']}T{query['startHh']}")
        last = pd.Timestamp(f"{query['endDt']}T{query['endHh']}")
        response = requests.Response()
        response.status_code = 200
        accepted = query["serviceKey"] != "wrong-key"
        rows = rows_of(pd.date_range(first, last, freq="h"), query["stnIds"])
        body = page_body(rows) if accepted else refusal_body("30")
        response.raw = HTTPResponse(io.BytesIO(body), preload_content=False)
        return response

    monkeypatch.setattr(requests.Session, "send", send)
    return seen


def test_a_backfill_event_ends_in_the_bucket_the_table_and_small_facts(
    ingest: ModuleType, kma: list[str]
) -> None:
    facts = ingest.handler({"station": "108", "start": "2025-04-30", "end": "2025-05-01"}, None)
    assert (facts["status"], facts["hours_new"], facts["last"]) == ("complete", 48, "2025-05-01T23:00+09:00")
    assert len(json.dumps(facts)) < 2000
    keys = [entry["Key"] for entry in boto3.client("s3").list_objects_v2(Bucket="lake")["Contents"]]
    assert [key.split("/")[0] for key in keys] == [
        "observations",
        "observations",
        "quality",
        "raw",
    ]
    status = DynamoTable("plantcast").get("STATION#108", "STATUS")
    assert status is not None
    assert (status["hours_present"], status["first_observation"]) == (48, "2025-04-30T00:00+09:00")
    again = ingest.handler({"station": "108", "start": "2025-04-30", "end": "2025-05-01"}, None)
    assert (again["hours_new"], len(kma)) == (0, 1)


def test_a_corrected_key_is_read_by_a_warm_function(ingest: ModuleType, kma: list[str]) -> None:
    ssm = boto3.client("ssm")
    ssm.put_parameter(Name="/plantcast/kma", Type="SecureString", Value="wrong-key", Overwrite=True)
    event = {"station": "108", "as_of": "2025-05-30"}
    refused = ingest.handler(event, None)
    assert (refused["status"], refused["hours_present"]) == ("failed", 0)
    assert "code 30" in refused["message"]
    ssm.put_parameter(Name="/plantcast/kma", Type="SecureString", Value="second-key", Overwrite=True)
    assert ingest.handler(event, None)["status"] == "complete"
    assert kma == ["wrong-key", "second-key"]


@pytest.mark.parametrize(
    ("event", "named"),
    [
        ({}, "station is missing"),
        ({"station": 108, "as_of": "2025-05-30"}, "station=108"),
        ({"station": "108"}, "as_of is missing"),
        ({"station": "108", "as_of": "yesterday"}, "as_of='yesterday'"),
        ({"station": "108", "as_of": None}, "as_of=None"),
        ({"station": "108", "start": "2025-05-01"}, "end is missing"),
        ({"station": "108", "start": "2025-05-32", "end": "2025-05-01"}, "start='2025-05-32'"),
        ({"station": "108", "start": "2025-05-02", "end": "2025-05-01"}, "end=2025-05-01"),
        ({"station": "108", "start": "2025-05-01", "end": "2999-01-01"}, "end=2999-01-01"),
        ({"station": "999", "as_of": "2025-05-30"}, "Station '999'"),
    ],
)
def test_a_wrong_event_is_refused_naming_the_value(
    ingest: ModuleType, kma: list[str], event: dict[str, Any], named: str
) -> None:
    facts = ingest.handler(event, None)
    assert (facts["status"], facts["station"]) == ("failed", event.get("station"))
    assert named in facts["message"]
    assert kma == []


def test_a_fault_that_can_pass_is_raised_for_the_state_machine_to_repeat(
    ingest: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(self: requests.Session, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        raise requests.ConnectionError("refused")

    monkeypatch.setattr(requests.Session, "send", send)
    ingest._ingest().client._service.sleep = lambda _: None
    with pytest.raises(TemporaryError, match=r"kma\.example"):
        ingest.handler({"station": "108", "as_of": "2025-05-30"}, None)
