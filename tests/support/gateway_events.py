"""API Gateway's REST proxy events, as AWS and the emulators send them, and the handler called with one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES

from functions.api import handler as api
from plantcast_api.http.problems import PROBLEM_JSON
from tests.support.api_data import ApiWorld


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


def world_behind_the_handler(monkeypatch: pytest.MonkeyPatch) -> ApiWorld:
    """Return a world where all is well, wired to the handler in place of AWS."""
    made = ApiWorld()
    made.all_well()
    made.allowed_origins = ("http://dashboard.example",)
    adapter = Mangum(made.app(), lifespan="off", text_mime_types=[*DEFAULT_TEXT_MIME_TYPES, PROBLEM_JSON])
    monkeypatch.setattr(api, "_application", lambda: adapter)
    return made
