"""The OpenAPI document: in the repository, as the code says, complete for each operation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from plantcast_api.docs import OPENAPI
from plantcast_api.openapi import text
from plantcast_api.tags import TAGS
from tests.support.api_data import KEY, PROBLEM, ApiWorld

# POST that anybody may call: without `force` it computes what the next run would, once for what is there.
OPEN_POSTS = {"predict"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(OPENAPI.read_text("utf-8"))
    return read


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def test_given_the_code_when_written_out_then_it_is_the_document_in_the_repository() -> None:
    assert OPENAPI.read_text("utf-8") == text(), (
        "The API changed. Write the document anew: "
        "PYTHONPATH=layers/domain/python:functions/api .venv/bin/python -m plantcast_api.openapi"
    )


def test_given_the_same_code_when_written_twice_then_the_text_is_the_same() -> None:
    assert text() == text()


def test_given_the_document_when_asked_for_then_it_is_that_of_the_repository(client: TestClient) -> None:
    reply = client.get("/openapi.json")

    assert reply.content == OPENAPI.read_bytes()
    assert reply.headers["content-type"] == "application/json"


def test_given_each_operation_then_it_has_a_summary_a_description_one_tag_and_an_id_of_its_own(
    document: dict[str, Any],
) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    for method, path, operation in operations(document):
        where = f"{method} {path}"
        assert operation["summary"], where
        assert operation["description"], where
        assert re.fullmatch(r"[a-z][a-z_]+", operation["operationId"]), where
        assert len(operation["tags"]) == 1, where
        assert operation["tags"][0] in TAGS, where
    assert [tag["name"] for tag in document["tags"]] == list(TAGS)


def test_given_each_parameter_then_it_says_what_it_is(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            assert parameter.get("description"), (method, path, parameter["name"])


def test_given_each_operation_then_its_errors_are_problems_and_those_it_can_answer_are_named(
    document: dict[str, Any],
) -> None:
    for method, path, operation in operations(document):
        where = f"{method} {path}"
        responses = operation["responses"]
        takes = [parameter["name"] for parameter in operation.get("parameters", ())]
        for status, response in responses.items():
            if int(status) >= 400 and (path, status) != ("/health", "503"):  # its 503 is its report
                assert list(response["content"]) == [PROBLEM], (where, status)
        assert ("422" in responses) >= bool(takes or operation.get("requestBody")), where
        assert ("401" in responses) == ("X-Api-Key" in takes), where
        if takes:  # the others read nothing that could be damaged
            assert "500" in responses, where


def test_given_each_post_without_a_key_or_with_another_then_it_is_refused_unless_it_is_open(
    document: dict[str, Any], client: TestClient, world: ApiWorld
) -> None:
    posts = {
        operation["operationId"]: (path, operation)
        for method, path, operation in operations(document)
        if method not in {"get", "head", "options"}
    }
    assert set(posts) >= OPEN_POSTS
    before = dict(world.store.objects), dict(world.table.items)
    for name, (path, operation) in posts.items():
        query = "?force=true" if name in OPEN_POSTS else ""
        for headers in ({}, {"X-Api-Key": "another"}, {"X-Api-Key": ""}, {"X-Api-Key": KEY[:-1]}):
            reply = client.post(path + query, headers=headers, json=_body(operation, document))
            assert (reply.status_code, reply.headers["content-type"]) == (401, PROBLEM), (path, headers)
            assert reply.headers["www-authenticate"] == "ApiKey"
    assert (world.store.objects, world.table.items) == before
    assert world.predict.calls == []


def _body(operation: dict[str, Any], document: dict[str, Any]) -> dict[str, Any] | None:
    """A body that is in order, made of the examples: so that the key is all that is wrong."""
    if "requestBody" not in operation:
        return None
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    model = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return {
        name: told["enum"][0] if "enum" in told else told["examples"][0]
        for name, told in model["properties"].items()
        if name in model["required"]
    }
