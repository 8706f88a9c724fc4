"""The API's handler on API Gateway REST proxy events, as AWS and the emulators send them."""

from __future__ import annotations

import base64
import gzip
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES

from functions.api import handler as api
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
        assert reply["headers"]["access-control-allow-methods"] == "GET, POST, OPTIONS"


def test_given_a_browser_when_answered_then_it_may_read_tag_and_date(world: ApiWorld) -> None:
    reply = call(event("/api/latest", headers={"Origin": "http://dashboard.example"}, multiValueHeaders=None))

    assert reply["headers"]["access-control-expose-headers"] == "Date, ETag"
    assert reply["headers"]["vary"] == "Accept-Encoding, Origin"


# ------------------------------------------------------------------ shapes of events


def test_given_an_event_with_nothing_but_nulls_when_called_then_it_is_answered(world: ApiWorld) -> None:
    bare = event(
        "/api/latest", headers=None, multiValueHeaders=None, pathParameters=None, stageVariables=None
    )
    for missing in ("multiValueHeaders", "multiValueQueryStringParameters", "isBase64Encoded", "body"):
        del bare[missing]

    assert call(bare)["statusCode"] == 200


def test_given_a_parameter_twice_when_called_then_the_last_one_counts(world: ApiWorld) -> None:
    given = event("/api/forecast", multiValueQueryStringParameters={"hours": ["3", "5"]})

    assert len(json.loads(call(given)["body"])["hourly"]["time"]) == 5


def test_given_query_parameters_only_in_the_single_form_when_called_then_they_arrive(world: ApiWorld) -> None:
    given = event("/api/forecast", queryStringParameters={"hours": "3"})

    assert len(json.loads(call(given)["body"])["hourly"]["time"]) == 3


def test_given_a_header_of_several_values_when_called_then_each_counts(world: ApiWorld) -> None:
    tag = call(event("/api/latest"))["headers"]["etag"]
    given = event("/api/latest", headers=None, multiValueHeaders={"If-None-Match": ['"another"', tag]})

    reply = call(given)

    assert (reply["statusCode"], reply["body"], reply["isBase64Encoded"]) == (304, "", False)


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


def test_given_a_slash_at_the_end_when_called_then_it_is_another_path_and_no_redirect(
    world: ApiWorld,
) -> None:
    given = event("/api/latest/", pathParameters={"proxy": "api/latest"})

    assert call(given)["statusCode"] == 404


def test_given_a_body_in_base64_when_posted_then_it_is_read(world: ApiWorld) -> None:
    body = base64.b64encode(json.dumps({"target": "ta", "version": "v1"}).encode()).decode()
    headers = {"X-Api-Key": KEY, "Content-Type": "application/json"}
    given = event("/api/models/rollback", "POST", headers=headers, multiValueHeaders=None)

    reply = call({**given, "body": body, "isBase64Encoded": True})

    assert reply["statusCode"] == 200
    assert json.loads(reply["body"])["changed"] is False


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


def test_given_no_accept_header_when_called_then_nothing_is_sent_that_the_gateway_would_not_decode(
    world: ApiWorld,
) -> None:
    reply = call(event("/api/forecast", headers={"Accept-Encoding": "gzip"}, multiValueHeaders=None))

    assert reply["isBase64Encoded"] is False
    assert json.loads(reply["body"])["hourly"]


# ------------------------------------------------------------------ the key, and what is logged


Log = Callable[[], tuple[list[dict[str, Any]], str]]


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Log:
    """Returns what the function wrote to its log so far: lines, and all of it."""
    lines = io.StringIO()
    monkeypatch.setattr(api.logger.handlers[0], "stream", lines)

    def read() -> tuple[list[dict[str, Any]], str]:
        written = lines.getvalue() + "".join(capsys.readouterr())  # metrics are printed
        return [json.loads(line) for line in written.splitlines() if line.startswith("{")], written

    return read


@pytest.mark.parametrize(
    ("key", "status"),
    [
        (KEY, 200),
        ("another-secret", 401),
        (KEY + KEY, 401),
        ("열쇠-비밀", 401),
        ("\x00\x7f-secret", 401),
        ("secret" * 200_000, 401),
        ("", 401),
    ],
    ids=["right", "wrong", "twice", "korean", "control", "giant", "empty"],
)
def test_given_a_key_when_sent_then_it_is_judged_and_never_logged(
    world: ApiWorld, logged: Log, key: str, status: int
) -> None:
    given = event("/reload_model", "POST", headers=None, multiValueHeaders={"X-Api-Key": [key]})

    reply = call(given)

    lines, written = logged()
    assert reply["statusCode"] == status
    assert [line["status"] for line in lines if "status" in line] == [status]
    assert KEY not in written
    assert not key or key[:30] not in written
    assert not key or key[:30] not in json.dumps(reply, ensure_ascii=False)


def test_given_the_key_cannot_be_read_when_sent_then_the_fault_is_logged_without_it(
    world: ApiWorld, logged: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(self: object) -> bytes:
        raise ConnectionError("no parameter store")

    monkeypatch.setattr("plantcast_api.deps.ApiKey._expected", unreadable)

    reply = call(event("/reload_model", "POST", headers=None, multiValueHeaders={"X-Api-Key": [KEY]}))

    _, written = logged()
    assert reply["statusCode"] == 500
    assert "no parameter store" in written
    assert "no parameter store" not in reply["body"]
    assert KEY not in written


def test_given_two_events_when_called_then_each_line_carries_its_own_correlation_and_trace_id(
    world: ApiWorld, logged: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    )
    second = event("/nowhere/with?secret")
    second["requestContext"] = {**second["requestContext"], "requestId": "another"}

    call(event("/api/latest"))
    call(second)

    lines = [line for line in logged()[0] if line.get("message") == "request"]
    assert [line["correlation_id"] for line in lines] == ["c6af9ac6-7b61-11e6-9a41-93e8deadbeef", "another"]
    assert [(line["route"], line["status"]) for line in lines] == [("/api/latest", 200), ("none", 404)]
    assert {line["xray_trace_id"] for line in lines} == {"1-5759e988-bd862e3fe1be46a994272793"}


@pytest.mark.parametrize(
    ("path", "method", "dimensions"),
    [
        ("/api/latest", "GET", {"Route": "/api/latest", "Status": "2xx"}),
        ("/wp-login.php", "GET", {"Route": "none", "Status": "4xx"}),
        ("/predict", "DELETE", {"Route": "/predict", "Status": "4xx"}),
        ("/anything", "OPTIONS", {"Route": "preflight", "Status": "2xx"}),
    ],
)
def test_given_a_request_when_served_then_one_metric_names_its_route_and_the_class_of_its_status(
    world: ApiWorld, logged: Log, path: str, method: str, dimensions: dict[str, str]
) -> None:
    headers = {"Origin": "http://dashboard.example", "Access-Control-Request-Method": "GET"}

    call(event(path, method, headers=headers, multiValueHeaders=None))

    (metric,) = [line for line in logged()[0] if "_aws" in line]
    told = metric["_aws"]["CloudWatchMetrics"][0]
    assert told["Metrics"] == [{"Name": "RequestLatency", "Unit": "Milliseconds"}]
    assert set(told["Dimensions"][0]) == {"Route", "Status", "service"}
    assert {name: metric[name] for name in dimensions} == dimensions
    assert metric["RequestLatency"][0] >= 0


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
