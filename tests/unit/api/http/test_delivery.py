"""What every answer gets on its way out: ETag, 304, Cache-Control, gzip, HEAD, a log line, no internals."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from plantcast.common.logging import logger
from plantcast_api.app import create_app
from plantcast_api.http.docs import OPENAPI
from tests.support.api_data import KEY, NOW, ApiWorld, problem
from tests.support.forecast_examples import forecast

PLAIN = {"Accept-Encoding": "identity"}
GZIP = {"Accept-Encoding": "gzip"}
REVALIDATED = {"/api/runs", "/api/alerts", "/predict"}

Log = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Log:
    """Returns the request lines logged so far."""
    stream = io.StringIO()
    monkeypatch.setattr(logger.handlers[0], "stream", stream)
    return lambda: [
        line
        for line in map(json.loads, stream.getvalue().splitlines())
        if KEY not in str(line) and line["message"] == "request"
    ]


# ------------------------------------------------------------------ caching


def test_given_each_get_then_cache_control_vary_and_etag_are_those_of_its_route(client: TestClient) -> None:
    for path in json.loads(OPENAPI.read_text("utf-8"))["paths"]:
        if "{" in path:
            continue
        reply = client.get(path)
        cached = "no-cache" if path in REVALIDATED else "public, max-age=60"
        if path == "/health" or reply.status_code != 200:
            cached = "no-store"
        assert reply.headers["cache-control"] == cached, path
        assert reply.headers["vary"].startswith("Accept, Accept-Encoding"), path
        assert ("etag" in reply.headers) == (reply.status_code == 200), path


@pytest.mark.parametrize(
    ("method", "url"),
    [("GET", "/api/forecast?hours=0"), ("GET", "/nowhere"), ("POST", "/predict"), ("POST", "/reload_model")],
)
def test_given_an_error_or_a_post_then_nothing_is_kept(client: TestClient, method: str, url: str) -> None:
    reply = client.request(method, url)

    assert reply.headers["cache-control"] == "no-store"
    assert "etag" not in reply.headers


def test_given_the_tag_when_asked_again_then_304_has_no_body_and_the_headers_of_the_200(
    client: TestClient,
) -> None:
    origin = {"Origin": "http://dashboard.example"}
    first = client.get("/api/forecast", headers=origin)

    again = client.get("/api/forecast", headers={**origin, "If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")
    for name in ("etag", "cache-control", "vary", "access-control-allow-origin"):
        assert again.headers[name] == first.headers[name]
    assert not {"content-type", "content-length", "content-encoding"} & set(again.headers)


def test_given_a_new_forecast_when_asked_with_the_old_tag_then_it_is_answered_whole(
    client: TestClient, world: ApiWorld
) -> None:
    old = client.get("/api/forecast").headers["etag"]
    world.forecasts.issue(forecast(issued_at=NOW))

    reply = client.get("/api/forecast", headers={"If-None-Match": old})

    assert (reply.status_code, reply.headers["etag"] == old) == (200, False)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("*", 304),
        ('"other", {tag}', 304),
        ('{tag} , W/"other"', 304),
        ("{strong}", 304),  # comparison is weak (RFC 9110, 13.1.2)
        ('W/"other"', 200),
        ('"', 200),
    ],
)
def test_given_a_list_of_tags_then_each_counts_and_the_weak_mark_does_not(
    client: TestClient, sent: str, status: int
) -> None:
    tag = client.get("/api/latest").headers["etag"]
    headers = {"If-None-Match": sent.format(tag=tag, strong=tag.removeprefix("W/"))}

    assert client.get("/api/latest", headers=headers).status_code == status


# ------------------------------------------------------------------ compression


def test_given_a_client_that_accepts_gzip_then_it_gets_the_same_in_fewer_bytes_under_the_same_tag(
    client: TestClient,
) -> None:
    plain = client.get("/api/forecast", headers=PLAIN)
    with client.stream("GET", "/api/forecast", headers=GZIP) as reply:
        sent = b"".join(reply.iter_raw())

    assert reply.headers["content-encoding"] == "gzip"
    assert int(reply.headers["content-length"]) == len(sent) < len(plain.content) / 2
    assert gzip.decompress(sent) == plain.content
    assert "content-encoding" not in plain.headers
    assert plain.headers["etag"] == reply.headers["etag"]
    assert plain.headers["etag"].startswith("W/")  # one tag for two forms has to be weak


def test_given_a_gateway_that_forwards_base64_then_nothing_is_compressed(world: ApiWorld) -> None:
    with TestClient(create_app(world.deps(), compress=False)) as client:
        assert "content-encoding" not in client.get("/api/forecast", headers=GZIP).headers


# ------------------------------------------------------------------ HEAD, faults, log


def test_given_head_then_it_is_answered_like_get_without_the_body(client: TestClient) -> None:
    links = client.get("/").json()["links"].values()
    for path in ["/", "/nowhere", "/api/forecast?station=x", *(f"/{link}" for link in links)]:
        client.get(path)  # the first /predict invokes predict, those after it repeat the answer
        read, asked = client.get(path), client.head(path)
        assert (asked.status_code, asked.content) == (read.status_code, b""), path
        assert asked.headers == read.headers, path


def test_given_a_fault_then_the_answer_has_no_internals_and_the_cors_header(
    world: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(station: str) -> None:
        raise ZeroDivisionError("secret internals")

    monkeypatch.setattr(world.forecasts, "latest", broken)
    with TestClient(world.app()) as client:
        body = problem(client, "GET", "/api/latest")
        reply = client.get("/api/latest", headers={"Origin": "http://dashboard.example"})

    assert body["status"] == 500
    assert "secret" not in str(body)
    assert reply.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("path", "method", "route", "status"),
    [
        ("/api/runs/run-1", "GET", "/api/runs/{run_id}", 200),
        ("/api/latest", "HEAD", "/api/latest", 200),
        ("/wp-login.php", "GET", "none", 404),
        ("/predict", "DELETE", "/predict", 405),
    ],
)
def test_given_a_request_then_one_line_has_its_route_status_and_time(
    client: TestClient, logged: Log, path: str, method: str, route: str, status: int
) -> None:
    client.request(method, path)

    (line,) = logged()
    assert (line["method"], line["route"], line["path"], line["status"]) == (method, route, path, status)
    assert line["milliseconds"] >= 0
