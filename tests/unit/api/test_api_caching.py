"""ETag, 304, Cache-Control, gzip, Vary: what every answer gets on its way out."""

from __future__ import annotations

import gzip
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from plantcast.common.clock import KST, iso_hour
from plantcast_api.app import create_app
from plantcast_api.caching import BRIEFLY, POLICIES, Policy, cache_control, etag, matches
from plantcast_api.docs import OPENAPI
from tests.support.api_data import NOW, ApiWorld
from tests.support.forecast_examples import ORIGIN, forecast
from tests.support.forecast_examples import path as path_of

UNTIL_MIDNIGHT = f"public, max-age={int((datetime(2025, 5, 31, tzinfo=KST) - NOW).total_seconds())}"
PLAIN = {"Accept-Encoding": "identity"}
GZIP = {"Accept-Encoding": "gzip"}


def at(hour: int, minute: int = 0, second: int = 0, *, day: int = 30) -> datetime:
    return datetime(2025, 5, day, hour, minute, second, tzinfo=KST)


def resting_on(moment: datetime | str, key: str = "origin") -> bytes:
    text = moment if isinstance(moment, str) else iso_hour(moment)
    return json.dumps({"station": {"id": "108"}, key: text}).encode()


# ------------------------------------------------------------------ how long


@pytest.mark.parametrize("path", ["/api/forecast", "/api/daily"])
def test_given_last_nights_forecast_when_asked_then_it_is_good_until_today_is_over(
    client: TestClient, path: str
) -> None:
    assert client.get(path).headers["cache-control"] == UNTIL_MIDNIGHT


# Every answer in which a day is called today or tomorrow, or which depends on it.
LABELLED = (
    "/api/forecast",
    "/api/daily",
    "/api/latest",
    "/api/plants/{profile}/advice",
    "/api/plants/{profile}/calendar.ics",
)


@pytest.mark.parametrize("path", [one.replace("{profile}", "default") for one in LABELLED])
def test_given_midnight_when_an_answer_is_asked_again_then_it_is_another_one(
    world: ApiWorld, path: str
) -> None:
    world.forecasts.issue(forecast(ta=path_of(40.0), issued_at=NOW))
    world.now = at(23, 59, 59)
    with TestClient(world.app()) as client:
        before = client.get(path).headers["etag"]
        assert client.get(path, headers={"If-None-Match": before}).status_code == 304
    world.now = at(0, day=31)
    with TestClient(world.app()) as client:
        after = client.get(path, headers={"If-None-Match": before})
    assert (after.status_code, after.headers["etag"] == before) == (200, False)


@pytest.mark.parametrize(
    ("now", "seconds"),
    [
        (at(2, 1), 22 * 3600 - 60),  # just after the run began, its forecast there already
        (at(23, 0), 3600),
        (at(0, 30, day=31), 90 * 60),  # past midnight, the next run has not begun
        (at(1, 59, 59, day=31), 1),
        (at(2, 0, day=31), BRIEFLY),  # it has: another forecast is due
        (at(9, 0, day=31), BRIEFLY),  # it is late
        (at(12, 0, day=29), 12 * 3600),  # a clock that stands before the origin
    ],
)
def test_given_a_time_when_a_forecast_is_asked_then_it_is_good_until_midnight_or_02_00_or_briefly(
    now: datetime, seconds: int
) -> None:
    assert cache_control("/api/forecast", resting_on(ORIGIN), now) == f"public, max-age={seconds}"


@settings(max_examples=25, deadline=None)
@given(
    seconds=st.integers(-(10**9), 10**9),
    hours_back=st.integers(-100, 100),
    route=st.sampled_from([*POLICIES, "/api/another", ""]),
)
def test_given_any_clock_and_any_origin_when_asked_then_max_age_is_from_0_to_a_day(
    seconds: int, hours_back: int, route: str
) -> None:
    now = NOW + timedelta(seconds=seconds)
    rests_on = iso_hour(now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours_back))
    body = json.dumps(dict.fromkeys(("origin", "last", "last_observation", "to"), rests_on)).encode()

    cached = cache_control(route, body, now)

    if cached.startswith("public"):
        assert 0 <= int(cached.rpartition("=")[2]) <= 86400
    else:
        assert cached in {"no-store", "no-cache"}


def test_given_the_policies_when_compared_with_the_api_then_routes_and_keys_are_there() -> None:
    document = json.loads(OPENAPI.read_text("utf-8"))
    known = {*document["paths"], "/docs", "/openapi.json"}

    for path, policy in POLICIES.items():
        assert path in known, path
        if isinstance(policy, Policy) and policy.newest is not None and not path.endswith(".csv"):
            answer = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"][
                "schema"
            ]
            assert policy.newest in _keys(answer, document), (path, policy.newest)


def _keys(schema: Any, document: dict[str, Any]) -> set[str]:
    """Every key of an answer, through references."""
    if isinstance(schema, list):
        return set().union(*(_keys(part, document) for part in schema))
    if not isinstance(schema, dict):
        return set()
    if "$ref" in schema:
        return _keys(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document)
    found = set(schema.get("properties", {}))
    return found.union(*(_keys(part, document) for part in schema.values()))


# ------------------------------------------------------------------ every route


def test_given_each_get_when_asked_then_it_says_how_long_it_may_be_kept_and_what_it_varies_by(
    client: TestClient,
) -> None:
    for path in json.loads(OPENAPI.read_text("utf-8"))["paths"]:
        if "{" in path:
            continue
        reply = client.get(path)
        assert reply.headers["vary"].split(", ").count("Accept-Encoding") == 1, path
        assert reply.headers["cache-control"], path
        assert ("etag" in reply.headers) == (reply.status_code == 200), path


@pytest.mark.parametrize(
    ("method", "url"),
    [("GET", "/api/forecast?hours=0"), ("GET", "/nowhere"), ("POST", "/predict"), ("POST", "/reload_model")],
)
def test_given_an_error_or_a_post_when_answered_then_nothing_is_kept(
    client: TestClient, method: str, url: str
) -> None:
    reply = client.request(method, url)

    assert reply.headers["cache-control"] == "no-store"
    assert "etag" not in reply.headers


# ------------------------------------------------------------------ 304


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

    assert reply.status_code == 200
    assert reply.headers["etag"] != old


def test_given_the_compressed_form_when_revalidated_then_its_tag_is_that_of_the_plain_one(
    client: TestClient,
) -> None:
    plain, compressed = (client.get("/api/forecast", headers=headers) for headers in (PLAIN, GZIP))

    assert plain.headers["etag"] == compressed.headers["etag"]
    assert plain.headers["etag"].startswith("W/")  # one tag for two forms has to be weak
    for headers in (PLAIN, GZIP):
        asked = {**headers, "If-None-Match": compressed.headers["etag"]}
        assert client.get("/api/forecast", headers=asked).status_code == 304


@pytest.mark.parametrize(
    ("sent", "same"),
    [
        ("{tag}", True),
        ("*", True),
        ('"other", {tag}', True),
        ('{tag} , W/"other"', True),
        ("{strong}", True),  # comparison is weak (RFC 9110, 13.1.2)
        ('"other"', False),
        ('W/"{cut}"', False),
        ("", False),
        ("nonsense", False),
        ('"', False),
    ],
)
def test_given_lists_of_tags_when_compared_then_each_counts_and_the_weak_mark_does_not(
    sent: str, same: bool
) -> None:
    tag = etag(b"body")
    opaque = tag.removeprefix("W/")

    assert matches(sent.format(tag=tag, strong=opaque, cut=opaque.strip('"')[:-1]), tag) is same


# ------------------------------------------------------------------ gzip


def test_given_a_client_that_takes_gzip_when_it_asks_then_it_gets_the_same_in_fewer_bytes(
    client: TestClient,
) -> None:
    plain = client.get("/api/forecast", headers=PLAIN)
    with client.stream("GET", "/api/forecast", headers=GZIP) as reply:
        sent = b"".join(reply.iter_raw())

    assert reply.headers["content-encoding"] == "gzip"
    assert int(reply.headers["content-length"]) == len(sent) < len(plain.content) / 2
    assert gzip.decompress(sent) == plain.content
    assert "content-encoding" not in plain.headers


def test_given_a_gateway_that_hands_on_base64_when_asked_then_nothing_is_compressed(world: ApiWorld) -> None:
    with TestClient(create_app(world.deps(), compress=False)) as client:
        reply = client.get("/api/forecast", headers=GZIP)

    assert "content-encoding" not in reply.headers
    assert reply.headers["vary"] == "Accept-Encoding, Accept, Origin"
