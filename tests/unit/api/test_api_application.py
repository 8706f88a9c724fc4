"""The API around its routes: links, faults, CORS, documentation."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from tests.support.api_data import PROBLEM, ApiWorld, problem


def test_given_the_root_when_asked_then_it_links_all_that_can_be_read(client: TestClient) -> None:
    body = client.get("/").json()

    paths = client.get("/openapi.json").json()["paths"]
    read = {path.removeprefix("/") for path, operations in paths.items() if "get" in operations} - {""}
    assert {*body["links"].values(), *body["templates"].values()} == read | {"docs", "openapi.json"}


@pytest.mark.parametrize(("method", "url", "status"), [("GET", "/nowhere", 404), ("DELETE", "/predict", 405)])
def test_given_no_such_route_when_called_then_it_is_a_problem_too(
    client: TestClient, method: str, url: str, status: int
) -> None:
    assert problem(client, method, url)["status"] == status


@pytest.mark.parametrize(
    ("method", "url", "allowed"),
    [
        ("DELETE", "/predict", "GET, HEAD, POST"),
        ("POST", "/api/forecast", "GET, HEAD"),
        ("GET", "/api/models/rollback", "POST"),
        ("HEAD", "/api/models/rollback", "POST"),
        ("OPTIONS", "/health", "GET, HEAD"),  # no preflight: it names no origin
        ("PUT", "/docs", "GET, HEAD"),
    ],
)
def test_given_another_method_when_called_then_allow_names_all_that_the_path_takes(
    client: TestClient, method: str, url: str, allowed: str
) -> None:
    reply = client.request(method, url)

    assert (reply.status_code, reply.headers["allow"]) == (405, allowed)


def test_given_any_path_that_can_be_read_when_asked_by_head_then_it_is_answered_like_get_without_the_body(
    client: TestClient,
) -> None:
    links = client.get("/").json()["links"].values()
    for path in ["/", "/nowhere", "/api/forecast?station=x", *(f"/{link}" for link in links)]:
        client.get(path)  # the first /predict asks for a forecast, those after it repeat the answer
        read, asked = client.get(path), client.head(path)
        assert (asked.status_code, asked.content) == (read.status_code, b""), path
        assert asked.headers == read.headers, path


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
    assert {"x-api-key", "if-none-match"} <= {
        header.strip().lower() for header in allowed.headers["access-control-allow-headers"].split(",")
    }
    assert "access-control-allow-origin" not in refused.headers


def test_given_several_origins_when_they_write_then_each_is_told_of_itself_alone(world: ApiWorld) -> None:
    world.allowed_origins = ("http://site.example", "https://bucket.example")
    with TestClient(world.app()) as client:
        for origin in world.allowed_origins:
            reply = client.post("/predict", headers={"Origin": origin})
            assert reply.headers["access-control-allow-origin"] == origin
            assert reply.headers["access-control-expose-headers"] == "ETag"
        reply = client.post("/predict", headers={"Origin": "http://elsewhere.example"})
        assert "access-control-allow-origin" not in reply.headers
        assert "Origin" in reply.headers["vary"]


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
        "/api/forecast.csv",
        "/api/observations.csv",
        "/api/quality",
        "/api/models",
        "/api/models/rollback",
        "/api/verification",
        "/api/daily",
        "/api/stations",
        "/api/observations",
        "/api/runs",
        "/api/runs/{run_id}",
        "/api/plants",
        "/api/plants/{profile}",
        "/api/plants/{profile}/advice",
        "/api/plants/{profile}/calendar.ics",
        "/api/alerts",
        "/predict",
        "/reload_model",
    }
    refused = document["paths"]["/api/forecast"]["get"]["responses"]["422"]["content"]
    assert list(refused) == [PROBLEM]
    assert "HTTPValidationError" not in str(document)
    assert "remedy" in document["components"]["schemas"]["Problem"]["required"]
