"""The API's handler on API Gateway REST proxy events, as AWS and the emulators send them."""

from __future__ import annotations

import base64
import gzip
import io
import json
from typing import Any

import pytest

from functions.api import handler as api
from tests.support.api_data import KEY, ApiWorld
from tests.support.gateway_events import call, emulated, event, world_behind_the_handler


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> ApiWorld:
    return world_behind_the_handler(monkeypatch)


@pytest.mark.parametrize("shape", [lambda made: made, emulated], ids=["aws", "emulator"])
def test_given_a_stage_path_when_called_then_route_and_docs_answer_as_text(
    world: ApiWorld, shape: Any
) -> None:
    hours = {"multiValueQueryStringParameters": {"hours": ["3"]}, "queryStringParameters": {"hours": "3"}}
    forecast = call(shape(event("/api/forecast", **hours)))
    docs = call(shape(event("/docs")))
    script = call(shape(event("/docs/swagger-ui-bundle.js")))
    root = call(shape(event("/")))

    assert forecast["statusCode"] == docs["statusCode"] == script["statusCode"] == root["statusCode"] == 200
    assert len(json.loads(forecast["body"])["hourly"]["time"]) == 3
    # Relative, so that the browser stays under whatever prefix it used.
    assert "'openapi.json'" in docs["body"]
    assert not any(reply["isBase64Encoded"] for reply in (forecast, docs, script, root))


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


def test_given_a_preflight_below_a_stage_when_called_then_revalidation_and_the_key_are_allowed(
    world: ApiWorld,
) -> None:
    headers = {
        "Origin": "http://dashboard.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,if-none-match,x-api-key",
    }
    for path, resource in (("/api/models/rollback", "/{proxy+}"), ("/", "/")):
        reply = call(
            emulated(event(path, "OPTIONS", resource=resource))
            | {"headers": headers, "multiValueHeaders": None}
        )

        assert (reply["statusCode"], reply["body"]) == (200, "OK")
        assert reply["headers"]["access-control-allow-methods"] == "POST, OPTIONS"
        assert reply["headers"]["access-control-allow-origin"] == "http://dashboard.example"


# ------------------------------------------------------------------ shapes of events


def test_given_an_event_with_nothing_but_nulls_when_called_then_it_is_answered(world: ApiWorld) -> None:
    bare = event(
        "/api/latest", headers=None, multiValueHeaders=None, pathParameters=None, stageVariables=None
    )
    for missing in ("multiValueHeaders", "multiValueQueryStringParameters", "isBase64Encoded", "body"):
        del bare[missing]

    assert call(bare)["statusCode"] == 200


# ------------------------------------------------------------------ compression


def test_given_a_client_that_takes_gzip_when_called_then_the_bytes_travel_as_base64(world: ApiWorld) -> None:
    headers = {"Accept": "*/*", "Accept-Encoding": "gzip"}
    plain = call(event("/api/forecast"))

    reply = call(event("/api/forecast", headers=headers, multiValueHeaders=None))

    assert (reply["isBase64Encoded"], reply["headers"]["content-encoding"]) == (True, "gzip")
    assert gzip.decompress(base64.b64decode(reply["body"])).decode() == plain["body"]


# ------------------------------------------------------------------ log


def test_given_events_then_each_line_carries_its_own_correlation_and_trace_id_and_no_key_is_logged(
    world: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(api.logger.handlers[0], "stream", stream)
    trace_id = "1-5759e988-bd862e3fe1be46a994272793"
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={trace_id};Parent=53995c3f42cd8ad8;Sampled=1")
    second = event("/reload_model", "POST", headers=None, multiValueHeaders={"X-Api-Key": [KEY]})
    second["requestContext"] = {**second["requestContext"], "requestId": "another"}
    third = event("/reload_model", "POST", headers=None, multiValueHeaders={"X-Api-Key": ["wrong-secret"]})

    statuses = [call(one)["statusCode"] for one in (event("/api/latest"), second, third)]

    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    requests = [line for line in lines if line["message"] == "request"]
    assert [line["status"] for line in requests] == statuses == [200, 200, 401]
    assert [line["correlation_id"] for line in requests][:2] == [
        "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        "another",
    ]
    assert {line["xray_trace_id"] for line in requests} == {trace_id}
    assert KEY not in stream.getvalue()
    assert "wrong-secret" not in stream.getvalue()


def test_given_the_key_cannot_be_read_then_the_fault_is_logged_and_not_answered(
    world: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(self: object) -> bytes:
        raise ConnectionError("no parameter store")

    stream = io.StringIO()
    monkeypatch.setattr(api.logger.handlers[0], "stream", stream)
    monkeypatch.setattr("plantcast_api.dependencies.ApiKey._expected", unreadable)

    reply = call(event("/reload_model", "POST", headers=None, multiValueHeaders={"X-Api-Key": [KEY]}))

    assert reply["statusCode"] == 500
    assert "no parameter store" in stream.getvalue()
    assert "no parameter store" not in reply["body"]


# ------------------------------------------------------------------ wiring


@pytest.mark.parametrize(
    ("given", "origins"),
    [
        ("*", ("*",)),
        ("http://a.example", ("http://a.example",)),
        ("http://a.example, https://b.example/ ,", ("http://a.example", "https://b.example")),
        ("", ()),
    ],
)
def test_given_allowed_origins_when_wired_then_each_is_as_a_browser_sends_it(
    given: str, origins: tuple[str, ...]
) -> None:
    settings = api.Settings.model_construct(allowed_origin=given)

    assert settings.allowed_origins == origins
