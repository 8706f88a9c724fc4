"""The API's handler on API Gateway REST proxy events, as AWS and the emulators send them."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest

from functions.api import handler as api
from plantcast_api.problems import PROBLEM_JSON
from tests.support.api_data import KEY, ApiWorld
from tests.support.gateway_events import call, emulated, event, world_behind_the_handler


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> ApiWorld:
    return world_behind_the_handler(monkeypatch)


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


def test_given_a_browser_when_answered_then_it_may_read_tag_and_date(world: ApiWorld) -> None:
    reply = call(event("/api/latest", headers={"Origin": "http://dashboard.example"}, multiValueHeaders=None))

    assert reply["headers"]["access-control-expose-headers"] == "ETag"
    assert reply["headers"]["vary"] == "Accept-Encoding, Origin"


# ------------------------------------------------------------------ shapes of events


def test_given_an_event_with_nothing_but_nulls_when_called_then_it_is_answered(world: ApiWorld) -> None:
    bare = event(
        "/api/latest", headers=None, multiValueHeaders=None, pathParameters=None, stageVariables=None
    )
    for missing in ("multiValueHeaders", "multiValueQueryStringParameters", "isBase64Encoded", "body"):
        del bare[missing]

    assert call(bare)["statusCode"] == 200


@pytest.mark.parametrize(
    ("resource", "proxy", "path"),
    [
        ("/{proxy+}", "api/latest", "/weather/api/latest"),
        ("/{proxy+}", "api/latest", "/a/b/api/latest"),
        ("/{proxy+}", "docs", "/docs/docs"),
        ("/", None, "/weather"),
        ("/", None, "/weather/"),
    ],
)
def test_given_the_base_path_of_a_custom_domain_when_called_then_the_route_is_found(
    world: ApiWorld, resource: str, proxy: str | None, path: str
) -> None:
    parameters = None if proxy is None else {"proxy": proxy}

    assert call(event(path, resource=resource, pathParameters=parameters))["statusCode"] == 200


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'"ta"', b"\xff\xfe\xfd", b"[" * 100_000])
def test_given_a_body_that_is_none_when_posted_then_the_problem_says_so(world: ApiWorld, body: bytes) -> None:
    headers = {"X-Api-Key": KEY, "Content-Type": "application/json"}
    given = event("/api/models/rollback", "POST", headers=headers, multiValueHeaders=None)

    reply = call({**given, "body": base64.b64encode(body).decode(), "isBase64Encoded": True})

    assert (reply["statusCode"], reply["headers"]["content-type"]) == (422, PROBLEM_JSON)
    assert json.loads(reply["body"])["remedy"]


# ------------------------------------------------------------------ compression


def test_given_a_client_that_takes_gzip_when_called_then_the_bytes_travel_as_base64(world: ApiWorld) -> None:
    headers = {"Accept": "*/*", "Accept-Encoding": "gzip"}
    plain = call(event("/api/forecast"))

    reply = call(event("/api/forecast", headers=headers, multiValueHeaders=None))

    assert (reply["isBase64Encoded"], reply["headers"]["content-encoding"]) == (True, "gzip")
    assert gzip.decompress(base64.b64decode(reply["body"])).decode() == plain["body"]


# ------------------------------------------------------------------ wiring


def set_required(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, field in api.Settings.model_fields.items():
        if field.is_required():
            monkeypatch.setenv(name.upper(), "108")


def test_given_the_environment_when_wired_then_a_missing_value_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_required(monkeypatch)
    assert api.Settings.model_validate({}).allowed_origin == "*"
    monkeypatch.delenv("PREDICT_FUNCTION_NAME")

    with pytest.raises(ValueError, match="predict_function_name"):
        api.Settings.model_validate({})


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
    monkeypatch: pytest.MonkeyPatch, given: str, origins: tuple[str, ...]
) -> None:
    set_required(monkeypatch)
    monkeypatch.setenv("ALLOWED_ORIGIN", given)

    assert api.Settings.model_validate({}).allowed_origins == origins
