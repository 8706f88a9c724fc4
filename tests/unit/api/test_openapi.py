"""The OpenAPI document: in the repository, as the code generates it, complete, and kept by the answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import settings

from plantcast_api.app import TAGS
from plantcast_api.http.docs import OPENAPI
from plantcast_api.openapi import text
from tests.support.api_contract import config
from tests.support.api_data import KEY, PROBLEM, ApiWorld
from tests.support.guidance_examples import guided

pytestmark = pytest.mark.slow

EXAMPLES = settings(max_examples=5, derandomize=True, deadline=None, database=None)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(OPENAPI.read_text("utf-8"))
    return read


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def test_given_the_code_when_written_out_then_it_is_the_document_in_the_repository() -> None:
    assert OPENAPI.read_text("utf-8") == text(), "The API changed: run `make openapi`."


def test_given_the_document_when_requested_then_it_is_that_of_the_repository(client: TestClient) -> None:
    reply = client.get("/openapi.json")

    assert reply.content == OPENAPI.read_bytes()
    assert reply.headers["content-type"] == "application/json"
    assert reply.json()["servers"][0]["url"] == "."  # works under any prefix


def test_given_each_operation_then_it_is_described_and_its_errors_are_problems(
    document: dict[str, Any],
) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    for method, path, operation in operations(document):
        where = f"{method} {path}"
        assert operation["summary"], where
        assert operation["description"], where
        assert re.fullmatch(r"[a-z][a-z_]+", operation["operationId"]), where
        assert operation["tags"][0] in TAGS, where
        parameters = operation.get("parameters", [])
        assert all(parameter["description"] for parameter in parameters), where
        responses = operation["responses"]
        for status, response in responses.items():
            if int(status) >= 400 and (path, status) != ("/health", "503"):  # its 503 is its report
                assert list(response["content"]) == [PROBLEM], (where, status)
        assert ("401" in responses) == ("X-Api-Key" in [one["name"] for one in parameters]), where


def test_given_the_root_then_it_links_every_route_that_can_be_read(
    document: dict[str, Any], client: TestClient
) -> None:
    body = client.get("/").json()

    read = {path.removeprefix("/") for method, path, _ in operations(document) if method == "get"} - {""}
    assert {*body["links"].values(), *body["templates"].values()} == read | {"docs", "openapi.json"}


def test_given_the_docs_then_everything_is_named_relatively_and_served_here(client: TestClient) -> None:
    page = client.get("/docs").text

    assert "'openapi.json'" in page
    assert "http://" not in page
    assert "https://" not in page
    for asset in re.findall(r"docs/swagger-ui[\w.-]+", page):
        assert client.get(f"/{asset}").headers["content-type"].startswith(("text/javascript", "text/css"))


# ------------------------------------------------------------------ every answer, by Schemathesis


@pytest.fixture(scope="module")
def schema_of_the_app() -> Any:
    """One world for all: what one call changes (a rollback), the next ones see."""
    world = ApiWorld()
    world.all_well()
    world.promote("v2")
    world.forecasts.issue(guided())
    return schemathesis.openapi.from_asgi("/openapi.json", world.app(), config=config())


schema = schemathesis.pytest.from_fixture("schema_of_the_app")


@schema.parametrize()
@EXAMPLES
def test_given_any_call_then_status_type_and_body_are_as_documented(case: schemathesis.Case) -> None:
    case.call_and_validate()


@schema.include(method="POST").parametrize()
@EXAMPLES
def test_given_any_call_with_the_key_then_it_is_as_documented_too(case: schemathesis.Case) -> None:
    case.call_and_validate(headers={"X-Api-Key": KEY})
