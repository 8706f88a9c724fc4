"""The API's routes on stores in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from pytest_socket import disable_socket, enable_socket

from plantcast.clock import KST
from plantcast.runs import Run
from tests.api_world import KEY, NOW, ApiWorld
from tests.forecast_examples import ISSUED, ORIGIN, forecast, path, with_hours

PROBLEM = "application/problem+json"


@pytest.fixture(autouse=True)
def _no_network() -> Iterator[None]:
    """An event loop needs a Unix socket pair; everything else stays closed."""
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()


@pytest.fixture
def world() -> ApiWorld:
    made = ApiWorld()
    made.all_well()
    return made


@pytest.fixture
def client(world: ApiWorld) -> Iterator[TestClient]:
    with TestClient(world.app()) as made:
        yield made


def problem(client: TestClient, method: str, url: str, **more: object) -> dict[str, object]:
    """Call, check the answer is a complete problem document, and return it with its status."""
    reply = client.request(method, url, **more)  # type: ignore[arg-type]  # passes through keyword arguments
    body: dict[str, object] = reply.json()
    assert reply.headers["content-type"] == PROBLEM
    assert body["status"] == reply.status_code
    assert str(body["type"]).startswith("urn:plantcast:problem:")
    assert body["title"]
    assert body["detail"]
    assert body["remedy"]
    assert body["instance"] == url.split("?")[0]
    return body


# ------------------------------------------------------------------ forecast


def test_given_a_forecast_when_asked_for_then_the_answer_is_as_the_contract_says(
    client: TestClient, world: ApiWorld
) -> None:
    world.forecasts.issue(forecast(issued_at=ISSUED, ta=path(with_hours(17.123, {15: 31.25}))))

    body = client.get("/api/forecast").json()

    assert set(body) == {
        "station",
        "timezone",
        "source",
        "origin",
        "issued_at",
        "status",
        "degraded_reasons",
        "history_hours",
        "models",
        "hourly_units",
        "hourly",
        "days",
        "attribution",
    }
    assert body["station"] == {"id": "108", "name_ko": "서울", "name_en": "Seoul"}
    assert (body["timezone"], body["source"], body["status"]) == ("Asia/Seoul", "synthetic", "ok")
    assert (body["origin"], body["issued_at"]) == ("2025-05-29T23:00+09:00", "2025-05-30T02:01:12+09:00")
    assert body["models"]["ta"] == {"kind": "lightgbm", "version": "v1"}
    assert body["models"]["hm"] == {"kind": "damped_anomaly", "version": None}
    assert body["hourly_units"] == {"time": "iso8601", "temperature_2m": "°C", "relative_humidity_2m": "%"}
    hourly = body["hourly"]
    assert {len(column) for column in hourly.values()} == {48}
    assert (hourly["time"][0], hourly["time"][-1]) == ("2025-05-30T00:00+09:00", "2025-05-31T23:00+09:00")
    assert hourly["lead"] == list(range(1, 49))
    assert (hourly["temperature_2m"][0], hourly["temperature_2m_p10"][0]) == (17.1, 15.1)
    assert hourly["relative_humidity_2m_p90"][0] == 70.0
    today, tomorrow = body["days"]
    assert (today["date"], today["label"], today["temperature_max"]) == ("2025-05-30", "today", 31.2)
    assert today["plant"]["profile"] == "default"
    assert today["plant"]["state"] == "water"
    assert today["plant"]["hours"] == ["2025-05-30T14:00+09:00"]
    assert (tomorrow["label"], tomorrow["plant"]["state"]) == ("tomorrow", "ok")
    assert "not observations" in body["attribution"]


@pytest.mark.parametrize("hours", [1, 24, 48])
def test_given_hours_when_asked_for_then_so_many_are_answered_and_the_days_stay_whole(
    client: TestClient, hours: int
) -> None:
    body = client.get("/api/forecast", params={"hours": hours}).json()

    assert {len(column) for column in body["hourly"].values()} == {hours}
    assert len(body["days"]) == 2


@pytest.mark.parametrize("hours", ["0", "49", "-1", "many", "1.5", ""])
def test_given_nonsense_hours_when_asked_then_the_problem_names_the_value(
    client: TestClient, hours: str
) -> None:
    body = problem(client, "GET", f"/api/forecast?hours={hours}")

    assert body["status"] == 422
    assert f"hours='{hours}'" in str(body["detail"])
    assert "hours" in str(body["remedy"])
    assert body["errors"][0]["name"] == "hours"  # type: ignore[index]  # a list of objects


def test_given_an_unknown_parameter_when_asked_then_it_is_ignored(client: TestClient) -> None:
    assert client.get("/api/forecast?colour=blue&hours=2").status_code == 200


@pytest.mark.parametrize("url", ["/api/forecast", "/api/latest", "/predict"])
def test_given_a_station_not_served_when_asked_then_the_served_ones_are_named(
    client: TestClient, url: str
) -> None:
    body = problem(client, "GET", f"{url}?station=159")

    assert body["status"] == 404
    assert "159" in str(body["detail"])
    assert "108" in str(body["remedy"])
    assert problem(client, "GET", f"{url}?station=Seoul")["status"] == 422


@pytest.mark.parametrize("url", ["/api/forecast", "/api/latest"])
def test_given_no_forecast_yet_when_asked_then_the_problem_says_how_to_get_one(url: str) -> None:
    with TestClient(ApiWorld().app()) as client:
        body = problem(client, "GET", url)

    assert body["status"] == 404
    assert "Run the pipeline" in str(body["remedy"])


def test_given_a_damaged_forecast_when_asked_then_it_is_an_internal_problem_with_a_remedy(
    client: TestClient, world: ApiWorld
) -> None:
    world.table.items["STATION#108", "ISSUE#2025-05-29T23:00+09:00"]["schema_version"] = 99

    assert problem(client, "GET", "/api/forecast")["status"] == 500


# ------------------------------------------------------------------ latest


def test_given_a_morning_when_latest_is_asked_then_the_present_hour_is_answered(
    client: TestClient, world: ApiWorld
) -> None:
    # 09:20 lies in the hour of 09:00, lead 10.
    world.forecasts.issue(forecast(ta=path(with_hours(17.0, {10: 21.44})), hm=path(with_hours(60, {10: 51}))))

    body = client.get("/api/latest").json()

    assert (body["valid_at"], body["temperature"], body["humidity"]) == ("2025-05-30T09:00+09:00", 21.4, 51.0)
    assert (body["stale"], body["needs_water"]) == (False, False)
    assert [day["label"] for day in body["days"]] == ["today", "tomorrow"]
    assert body["attribution"]


@pytest.mark.parametrize(
    ("now", "valid_at", "stale", "needs_water"),
    [
        (datetime(2025, 5, 29, 23, 30, tzinfo=KST), "2025-05-30T00:00+09:00", False, True),
        (datetime(2025, 5, 30, 23, 59, tzinfo=KST), "2025-05-30T23:00+09:00", False, True),
        (datetime(2025, 5, 31, 0, 0, tzinfo=KST), "2025-05-31T00:00+09:00", False, False),
        (datetime(2025, 5, 31, 23, 59, tzinfo=KST), "2025-05-31T23:00+09:00", False, False),
        (datetime(2025, 6, 1, 0, 0, tzinfo=KST), "2025-05-31T23:00+09:00", True, False),
    ],
)
def test_given_another_time_when_latest_is_asked_then_the_nearest_covered_hour_answers(
    now: datetime, valid_at: str, stale: bool, needs_water: bool
) -> None:
    world = ApiWorld()
    world.now = now
    world.forecasts.issue(forecast(ta=path(with_hours(20.0, {15: 31.0}))))
    with TestClient(world.app()) as client:
        body = client.get("/api/latest").json()

    assert (body["valid_at"], body["stale"], body["needs_water"]) == (valid_at, stale, needs_water)


# ------------------------------------------------------------------ predict


def test_given_a_forecast_on_the_newest_observations_when_get_then_nothing_is_computed(
    client: TestClient, world: ApiWorld
) -> None:
    body = client.get("/predict").json()

    assert body["computed"] is False
    assert len(body["hourly"]["time"]) == 48
    assert world.predict.calls == []


def test_given_newer_observations_when_get_then_a_forecast_is_computed(
    client: TestClient, world: ApiWorld
) -> None:
    world.observed_until(ORIGIN + timedelta(hours=3))
    world.predict.issues = forecast(origin=ORIGIN + timedelta(hours=3))

    body = client.get("/predict?station=108").json()

    assert (body["computed"], body["origin"]) == (True, "2025-05-30T02:00+09:00")
    assert world.predict.calls == [{"station": "108", "force": False}]


def test_given_nothing_stored_when_get_then_a_forecast_is_computed() -> None:
    world = ApiWorld()
    world.predict.issues = forecast()
    with TestClient(world.app()) as client:
        assert client.get("/predict").json()["computed"] is True


def test_given_computing_fails_when_get_then_the_stored_forecast_is_served_and_says_so(
    client: TestClient, world: ApiWorld
) -> None:
    world.observed_until(ORIGIN + timedelta(hours=3))
    world.predict.error = RuntimeError("function predict failed: secret internals")

    body = client.get("/predict").json()

    assert body["computed"] is False
    assert "failed" in body["message"]
    assert "secret" not in body["message"]


def test_given_computing_fails_when_posted_then_it_is_a_bad_gateway_without_internals(
    client: TestClient, world: ApiWorld
) -> None:
    world.predict.error = RuntimeError("function predict failed: secret internals")

    body = problem(client, "POST", "/predict")

    assert body["status"] == 502
    assert "secret" not in str(body)


def test_given_too_little_data_when_posted_then_the_problem_says_why(
    client: TestClient, world: ApiWorld
) -> None:
    world.predict.facts = {"status": "no_data", "message": "12 hours are too few"}

    body = problem(client, "POST", "/predict")

    assert body["status"] == 404
    assert "12 hours are too few" in str(body["detail"])


def test_given_nothing_new_when_posted_then_the_stored_forecast_comes_back(client: TestClient) -> None:
    body = client.post("/predict").json()

    assert body["computed"] is False
    assert body["message"] == "Nothing is new; this is the stored forecast."


def test_given_the_key_when_forced_then_predict_is_told_to(client: TestClient, world: ApiWorld) -> None:
    world.predict.issues = forecast(issued_at=ISSUED + timedelta(hours=7))

    reply = client.post("/predict?force=true", headers={"X-Api-Key": KEY})

    assert (reply.status_code, reply.json()["computed"]) == (200, True)
    assert world.predict.calls == [{"station": "108", "force": True}]


@pytest.mark.parametrize("headers", [{}, {"X-Api-Key": "wrong"}, {"X-Api-Key": ""}])
@pytest.mark.parametrize("url", ["/predict?force=true", "/reload_model"])
def test_given_no_or_a_wrong_key_when_writing_then_it_is_refused_and_nothing_happens(
    client: TestClient, world: ApiWorld, url: str, headers: dict[str, str]
) -> None:
    body = problem(client, "POST", url, headers=headers)

    assert body["status"] == 401
    assert "X-Api-Key" in str(body["detail"]) + str(body["remedy"])
    assert KEY not in str(body)
    assert world.predict.calls == []


def test_given_several_calls_when_the_key_is_checked_then_it_is_read_once(
    client: TestClient, world: ApiWorld
) -> None:
    for _ in range(3):
        client.post("/reload_model", headers={"X-Api-Key": KEY})

    assert world.key_reads == 1


# ------------------------------------------------------------------ reload_model


def test_given_a_promotion_since_when_reloaded_then_old_and_new_versions_are_told(
    client: TestClient, world: ApiWorld
) -> None:
    world.pointers.promote("v2")

    body = client.post("/reload_model", headers={"X-Api-Key": KEY}).json()

    ta, hm = body["models"]
    assert (ta["target"], ta["old_version"], ta["new_version"], ta["changed"]) == ("ta", "v1", "v2", True)
    assert (hm["old_version"], hm["new_version"], hm["reason_en"]) == (None, "v2", "more accurate")
    assert "2 of 2" in body["message"]


def test_given_no_pointer_when_reloaded_then_versions_are_null(world: ApiWorld) -> None:
    empty = ApiWorld()
    with TestClient(empty.app()) as client:
        body = client.post("/reload_model", headers={"X-Api-Key": KEY}).json()

    assert [(one["old_version"], one["new_version"], one["changed"]) for one in body["models"]] == [
        (None, None, False)
    ] * 2


# ------------------------------------------------------------------ health


def health(world: ApiWorld) -> tuple[int, str, dict[str, str]]:
    with TestClient(world.app()) as client:
        reply = client.get("/health")
    body = reply.json()
    assert reply.headers["cache-control"] == "no-store"
    return reply.status_code, body["status"], {check["name"]: check["status"] for check in body["checks"]}


def test_given_a_good_night_when_examined_then_every_check_passes(world: ApiWorld) -> None:
    status, overall, checks = health(world)

    assert (status, overall) == (200, "pass")
    assert set(checks) == {
        "table",
        "observations:108",
        "forecast:108",
        "last_run",
        "model:108:ta",
        "model:108:hm",
    }
    assert set(checks.values()) == {"pass"}


def failed_run(world: ApiWorld) -> None:
    started = NOW - timedelta(hours=1)
    world.runs.start(Run("run-2", started, None, (), retrain=None))
    world.runs.fail("run-2", finished_at=NOW, started_at=started, message_ko="", message_en="disk full")


def hanging_run(world: ApiWorld) -> None:
    world.table.items.clear()
    ApiWorld.all_well(world)
    world.runs.start(Run("hung", NOW - timedelta(hours=2), None, (), retrain=None))
    world.now = NOW + timedelta(hours=19)


def two_days_later(world: ApiWorld) -> None:
    world.now = NOW + timedelta(days=2)


def no_status(world: ApiWorld) -> None:
    del world.table.items["STATION#108", "STATUS"]


def no_forecast(world: ApiWorld) -> None:
    del world.table.items["STATION#108", "ISSUE#2025-05-29T23:00+09:00"]


def damaged_forecast(world: ApiWorld) -> None:
    world.table.items["STATION#108", "ISSUE#2025-05-29T23:00+09:00"]["ta"] = None


@pytest.mark.parametrize(
    ("harm", "check"),
    [
        (failed_run, "last_run"),
        (hanging_run, "last_run"),
        (two_days_later, "forecast:108"),
        (no_status, "observations:108"),
        (no_forecast, "forecast:108"),
        (damaged_forecast, "forecast:108"),
    ],
)
def test_given_something_that_should_page_when_examined_then_it_is_503_and_named(
    world: ApiWorld, harm: Callable[[ApiWorld], None], check: str
) -> None:
    harm(world)

    status, overall, checks = health(world)

    assert (status, overall, checks[check]) == (503, "fail", "fail")


def next_afternoon(world: ApiWorld) -> None:
    world.now = NOW + timedelta(hours=28)


def degraded_forecast(world: ApiWorld) -> None:
    world.forecasts.issue(forecast(degraded_reasons=("observations_incomplete",)))


def old_models(world: ApiWorld) -> None:
    world.pointers.promote("v1", NOW - timedelta(days=30))


def no_models(world: ApiWorld) -> None:
    world.pointers.held.clear()


@pytest.mark.parametrize(
    ("harm", "check"),
    [
        (next_afternoon, "forecast:108"),
        (next_afternoon, "observations:108"),
        (degraded_forecast, "forecast:108"),
        (old_models, "model:108:ta"),
        (no_models, "model:108:hm"),
    ],
)
def test_given_something_worth_a_look_when_examined_then_it_warns_but_does_not_page(
    world: ApiWorld, harm: Callable[[ApiWorld], None], check: str
) -> None:
    harm(world)

    status, overall, checks = health(world)

    assert (status, overall, checks[check]) == (200, "warn", "warn")


def test_given_a_table_that_cannot_be_reached_when_examined_then_it_is_503_and_nothing_else_is_tried(
    world: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(pk: str, sk: str) -> None:
        raise ConnectionError("no route to DynamoDB")

    monkeypatch.setattr(world.table, "get", away)

    assert health(world) == (503, "fail", {"table": "fail"})


# ------------------------------------------------------------------ everything else


def test_given_the_root_when_asked_then_it_links_relatively(client: TestClient) -> None:
    body = client.get("/").json()

    assert body["links"]["docs"] == "docs"
    assert not any(link.startswith("/") for link in body["links"].values())
    for link in body["links"].values():
        assert client.get(f"/{link}").status_code == 200


@pytest.mark.parametrize(("method", "url", "status"), [("GET", "/nowhere", 404), ("DELETE", "/predict", 405)])
def test_given_no_such_route_when_called_then_it_is_a_problem_too(
    client: TestClient, method: str, url: str, status: int
) -> None:
    assert problem(client, method, url)["status"] == status


def test_given_a_fault_when_serving_then_the_answer_has_no_internals_and_the_cors_header(
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


def test_given_a_dashboards_origin_when_preflighted_then_only_it_is_allowed(world: ApiWorld) -> None:
    world.allowed_origins = ("http://dashboard.example",)
    ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}
    with TestClient(world.app()) as client:
        allowed = client.options("/predict", headers={"Origin": "http://dashboard.example", **ask})
        refused = client.options("/predict", headers={"Origin": "http://elsewhere.example", **ask})

    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == "http://dashboard.example"
    assert "x-api-key" in allowed.headers["access-control-allow-headers"].lower()
    assert "access-control-allow-origin" not in refused.headers


def test_given_the_docs_when_opened_then_everything_is_named_relatively_and_served_here(
    client: TestClient,
) -> None:
    page = client.get("/docs").text

    assert "'openapi.json'" in page
    assert 'src="docs/swagger-ui-bundle.js"' in page
    assert 'href="docs/swagger-ui.css"' in page
    assert "http://" not in page
    assert "https://" not in page
    script = client.get("/docs/swagger-ui-bundle.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert len(script.content) > 500_000
    assert "SwaggerUIBundle" in script.text
    assert client.get("/docs/swagger-ui.css").headers["content-type"].startswith("text/css")


def test_given_the_openapi_document_when_read_then_it_is_complete_and_works_under_any_prefix(
    client: TestClient,
) -> None:
    document = client.get("/openapi.json").json()

    assert document["servers"][0]["url"] == "."
    assert set(document["paths"]) == {
        "/",
        "/health",
        "/api/latest",
        "/api/forecast",
        "/predict",
        "/reload_model",
    }
    refused = document["paths"]["/api/forecast"]["get"]["responses"]["422"]["content"]
    assert list(refused) == [PROBLEM]
    assert "HTTPValidationError" not in str(document)
    assert "remedy" in document["components"]["schemas"]["Problem"]["required"]
