"""What a request may hold: its query, its body, its key, the form that it asks for."""

from __future__ import annotations

import csv
from codecs import BOM_UTF8
from io import StringIO

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from plantcast_api.parameters import prefers_csv
from tests.support.api_data import KEY, ApiWorld, observed_day, problem
from tests.support.forecast_examples import ORIGIN

ROLLBACK = "/api/models/rollback"


@pytest.mark.parametrize(
    ("method", "url", "names"),
    [
        ("GET", "/api/forecast?staton=108", ["staton"]),
        ("GET", "/api/forecast?station=108&station=112", ["station"]),
        ("GET", "/api/forecast?hours=3&hour=3&format=csv&format=csv", ["hour", "format"]),
        ("GET", "/api/forecast.csv?format=csv", ["format"]),
        ("GET", "/api/plants?lang=ko", ["lang"]),
        ("GET", "/health?deep", ["deep"]),
        ("POST", "/predict?forced=true", ["forced"]),
    ],
)
def test_given_an_unknown_or_repeated_parameter_when_asked_then_422_names_it(
    client: TestClient, method: str, url: str, names: list[str]
) -> None:
    body = problem(client, method, url)

    assert body["status"] == 422
    assert [one["name"] for one in body["errors"]] == names
    assert all(name in body["detail"] for name in names)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff", b'{"target": "ws"}', b'{"target": "ta"}'], ids=repr
)
@pytest.mark.parametrize("url", [ROLLBACK, "/reload_model", ROLLBACK + "?unknown=1"])
def test_given_no_key_when_writing_then_401_comes_before_the_body_is_looked_at(
    client: TestClient, url: str, content: bytes
) -> None:
    for headers in ({}, {"X-Api-Key": "wrong"}):
        reply = client.post(url, content=content, headers=headers)
        assert (reply.status_code, reply.json()["title"]) == (401, "Key rejected")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"3", b"\xff", b"target=ta"], ids=repr)
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded"])
def test_given_a_broken_body_when_writing_then_one_sentence_says_so(
    client: TestClient, content: bytes, kind: str
) -> None:
    headers = {"X-Api-Key": KEY, "Content-Type": kind}
    body = problem(client, "POST", ROLLBACK, content=content, headers=headers)

    assert body["status"] == 422
    assert body["detail"] == "The body is not a readable JSON object."
    assert "Content-Type: application/json" in body["remedy"]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("text/csv", True),
        ("TEXT/CSV; charset=utf-8", True),
        ("text/csv, */*;q=0.1", True),
        ("text/csv;q=0.5, application/json", False),
        ("text/csv, application/json;q=0.9", True),
        ("text/csv;q=0, */*", False),
        ("text/csv;q=rubbish", False),
        ("text/html,application/xhtml+xml,*/*;q=0.8", False),
    ],
)
def test_given_a_header_accept_when_read_then_csv_only_if_it_is_wanted_most(
    accept: str, expected: bool
) -> None:
    assert prefers_csv(accept) is expected


@pytest.mark.parametrize("path", ["/api/forecast", "/api/observations"])
def test_given_the_ways_to_ask_for_csv_then_all_give_the_same_file_which_excel_can_read(
    world: ApiWorld, path: str
) -> None:
    world.published([observed_day(ORIGIN.date())])
    with TestClient(world.app()) as client:
        address = client.get(f"{path}.csv?timezone=UTC")
        parameter = client.get(f"{path}?format=csv&timezone=UTC")
        header = client.get(f"{path}?timezone=UTC", headers={"Accept": "text/csv"})
        as_json = client.get(f"{path}?format=json", headers={"Accept": "text/csv"})

    assert address.content == parameter.content == header.content
    assert address.content.startswith(BOM_UTF8 + b"station,")
    assert "서울" in address.content.decode("utf-8-sig")
    assert address.headers["content-disposition"] == header.headers["content-disposition"]
    assert as_json.headers["content-type"] == "application/json"
    # A cache must not give the file to who wants JSON.
    assert all("Accept," in f"{reply.headers['vary']}," for reply in (parameter, header, as_json))
    table = pd.read_csv(StringIO(address.content.decode("utf-8-sig")), skiprows=3)
    assert next(iter(table)) == "time"
    assert next(csv.reader(StringIO(address.content.decode("utf-8-sig"))))[0] == "station"
