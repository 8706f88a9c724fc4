"""The API's handler on API Gateway REST proxy events, as AWS and the emulators send them."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

import pytest
from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES

from functions.api import handler as api
from plantcast.observability import logger
from plantcast_api.problems import PROBLEM_JSON
from tests.api_world import KEY, ApiWorld


@dataclass
class Context:
    """What Lambda hands over beside the event, as far as powertools reads it."""

    function_name: str = "api"
    function_version: str = "$LATEST"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:ap-northeast-2:123456789012:function:api"
    aws_request_id: str = "52fdfc07-2182-454f-963f-5f0f9a621d72"
    log_group_name: str = "/aws/lambda/api"
    log_stream_name: str = "stream"
    client_context: Any = None
    identity: Any = None

    def get_remaining_time_in_millis(self) -> int:
        return 29_000


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> ApiWorld:
    made = ApiWorld()
    made.all_well()
    made.allowed_origins = ("http://dashboard.example",)
    adapter = Mangum(made.app(), lifespan="off", text_mime_types=[*DEFAULT_TEXT_MIME_TYPES, PROBLEM_JSON])
    monkeypatch.setattr(api, "_application", lambda: adapter)
    return made


def event(path: str, method: str = "GET", **changes: Any) -> dict[str, Any]:
    """An event of AWS's REST proxy integration: `path` without stage, the stage in the context."""
    made = {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": {"Host": "abc123.execute-api.ap-northeast-2.amazonaws.com", "X-Forwarded-Proto": "https"},
        "multiValueHeaders": {
            "Host": ["abc123.execute-api.ap-northeast-2.amazonaws.com"],
            "X-Forwarded-Proto": ["https"],
        },
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"proxy": path.lstrip("/")},
        "stageVariables": None,
        "requestContext": {
            "resourcePath": "/{proxy+}",
            "httpMethod": method,
            "path": f"/prod{path}",
            "stage": "prod",
            "apiId": "abc123",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "accountId": "123456789012",
            "identity": {"sourceIp": "127.0.0.1", "userAgent": "test"},
            "protocol": "HTTP/1.1",
        },
        "body": None,
        "isBase64Encoded": False,
    }
    return {**made, **changes}


def emulated(made: dict[str, Any]) -> dict[str, Any]:
    """The same event as the embedded emulator sends it: with a version, and its own host and stage path."""
    headers = {"host": "127.0.0.1:4566", "user-agent": "test"}
    return {
        **made,
        "version": "1.0",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
    }


def call(made: dict[str, Any]) -> dict[str, Any]:
    reply: dict[str, Any] = api.handler(made, Context())
    json.dumps(reply)  # what Lambda does with it
    return reply


@pytest.mark.parametrize("shape", [lambda made: made, emulated], ids=["aws", "emulator"])
def test_given_a_stage_path_when_called_then_route_and_docs_answer_as_text(
    world: ApiWorld, shape: Any
) -> None:
    latest = call(shape(event("/api/latest")))
    docs = call(shape(event("/docs")))
    script = call(shape(event("/docs/swagger-ui-bundle.js")))
    root = call(shape(event("/")))

    assert latest["statusCode"] == docs["statusCode"] == script["statusCode"] == root["statusCode"] == 200
    assert json.loads(latest["body"])["station"]["id"] == "108"
    # Relative, so that the browser stays under whatever prefix it came by.
    assert "'openapi.json'" in docs["body"]
    assert not any(reply["isBase64Encoded"] for reply in (latest, docs, script, root))


@pytest.mark.parametrize("shape", [lambda made: made, emulated], ids=["aws", "emulator"])
def test_given_query_parameters_when_called_then_they_arrive(world: ApiWorld, shape: Any) -> None:
    given = event(
        "/api/forecast",
        queryStringParameters={"station": "108", "hours": "3"},
        multiValueQueryStringParameters={"station": ["108"], "hours": ["3"]},
    )

    assert len(json.loads(call(shape(given))["body"])["hourly"]["time"]) == 3


def test_given_a_problem_when_called_then_its_body_is_text_not_base64(world: ApiWorld) -> None:
    given = event("/api/forecast", multiValueQueryStringParameters={"hours": ["0"]})

    reply = call(given)

    assert (reply["statusCode"], reply["isBase64Encoded"]) == (422, False)
    assert reply["headers"]["content-type"] == PROBLEM_JSON
    assert json.loads(reply["body"])["remedy"]


def test_given_a_key_in_multi_value_headers_and_a_base64_body_when_posted_then_both_are_understood(
    world: ApiWorld,
) -> None:
    given = event(
        "/predict",
        "POST",
        headers=None,
        multiValueHeaders={"X-Api-Key": [KEY], "Content-Type": ["application/octet-stream"]},
        multiValueQueryStringParameters={"force": ["true"]},
        body=base64.b64encode(b"\x00\xff").decode(),
        isBase64Encoded=True,
    )

    assert call(given)["statusCode"] == 200
    assert world.predict.calls == [{"station": "108", "force": True}]


def test_given_a_preflight_when_called_then_the_dashboard_is_allowed(world: ApiWorld) -> None:
    headers = {"Origin": "http://dashboard.example", "Access-Control-Request-Method": "GET"}
    given = event("/api/latest", "OPTIONS", headers=headers, multiValueHeaders=None)

    reply = call(given)

    assert reply["statusCode"] == 200
    assert reply["headers"]["access-control-allow-origin"] == "http://dashboard.example"


def test_given_two_events_when_called_then_each_log_line_carries_its_own_correlation_id_and_no_key(
    world: ApiWorld, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "plantcast_api.problems.logger.info",
        lambda message, extra: lines.append({**logger.get_current_keys(), "message": message, **extra}),
    )
    first = event("/api/latest", multiValueHeaders={"X-Api-Key": [KEY]})
    second = event("/nowhere")
    second["requestContext"] = {**second["requestContext"], "requestId": "another"}

    call(first)
    call(second)

    assert [line["correlation_id"] for line in lines] == ["c6af9ac6-7b61-11e6-9a41-93e8deadbeef", "another"]
    assert [(line["path"], line["status"]) for line in lines] == [("/api/latest", 200), ("/nowhere", 404)]
    assert KEY not in json.dumps(lines, default=str)


def test_given_the_environment_when_wired_then_the_origins_are_split_and_a_missing_value_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("DATA_BUCKET", "TABLE_NAME", "STATIONS", "API_KEY_PARAMETER"):
        monkeypatch.setenv(name, "108")
    monkeypatch.delenv("PREDICT_FUNCTION_NAME", raising=False)

    with pytest.raises(ValueError, match="predict_function_name"):
        api.Settings.model_validate({})

    monkeypatch.setenv("PREDICT_FUNCTION_NAME", "predict")
    assert api.Settings.model_validate({}).allowed_origin == "*"
