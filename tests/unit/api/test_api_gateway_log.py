"""The key of calls that write, and what the API logs and counts of each request: never the key."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from functions.api import handler as api
from tests.support.api_data import KEY, ApiWorld
from tests.support.gateway_events import call, event, world_behind_the_handler


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> ApiWorld:
    return world_behind_the_handler(monkeypatch)


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
    ("path", "method", "route", "status"),
    [
        ("/api/latest", "GET", "/api/latest", 200),
        ("/api/latest", "HEAD", "/api/latest", 200),
        ("/wp-login.php", "GET", "none", 404),
        ("/predict", "DELETE", "/predict", 405),
        ("/anything", "OPTIONS", "preflight", 200),
    ],
)
def test_given_a_request_when_served_then_one_line_has_its_route_status_and_time_and_no_metric_is_written(
    world: ApiWorld, logged: Log, path: str, method: str, route: str, status: int
) -> None:
    headers = {"Origin": "http://dashboard.example", "Access-Control-Request-Method": "GET"}

    call(event(path, method, headers=headers, multiValueHeaders=None))

    (line,) = [line for line in logged()[0] if line.get("message") == "request"]
    assert (line["route"], line["status"]) == (route, status)
    assert line["milliseconds"] >= 0
    assert not [line for line in logged()[0] if "_aws" in line]
