"""What a request may hold: its query, its body, its key, the format it wants."""

from __future__ import annotations

import csv
from codecs import BOM_UTF8
from io import StringIO

import pytest
from fastapi.testclient import TestClient

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
        ("GET", "/health?deep", ["deep"]),
        ("POST", "/predict?forced=true", ["forced"]),
    ],
)
def test_given_an_unknown_or_repeated_parameter_then_422_names_it(
    client: TestClient, method: str, url: str, names: list[str]
) -> None:
    body = problem(client, method, url)

    assert body["status"] == 422
    assert [one["name"] for one in body["errors"]] == names
    assert all(name in body["detail"] for name in names)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("/api/forecast?hours=0", "hours"),
        ("/api/forecast?format=xml", "format"),
        ("/api/forecast?simulate=snow", "simulate"),
        ("/api/forecast?origin=2025-05-28T23:30", "origin"),
        ("/api/observations?start=20250528T00", "start"),
        ("/api/observations?end=0", "end"),
        ("/api/latest?station=Seoul", "station"),
        ("/api/runs?limit=101", "limit"),
        ("/api/runs/run:1", "run_id"),
        ("/api/verification?days=366", "days"),
        ("/api/plants/default/calendar.ics?lang=fr", "lang"),
        (f"/api/plants/{'x' * 65}", "profile"),
        ("/api/alerts?limit=0", "limit"),
    ],
)
def test_given_a_value_out_of_range_then_422_names_the_parameter(
    client: TestClient, url: str, name: str
) -> None:
    body = problem(client, "GET", url)

    assert (body["status"], [one["name"] for one in body["errors"]]) == (422, [name])
    assert name in body["remedy"]


@pytest.mark.parametrize("url", [ROLLBACK, "/reload_model", ROLLBACK + "?unknown=1", "/predict?force=true"])
@pytest.mark.parametrize("key", [None, "wrong", "", KEY[:-1], "열쇠"])
def test_given_no_or_a_wrong_key_when_writing_then_401_comes_first_and_nothing_happens(
    client: TestClient, world: ApiWorld, url: str, key: str | None
) -> None:
    before = dict(world.store.objects), dict(world.table.items)
    headers = {} if key is None else {"X-Api-Key": key.encode()}

    body = problem(client, "POST", url, json={"target": "ws"}, headers=headers)

    assert (body["status"], body["title"]) == (401, "Key rejected")
    assert KEY not in str(body)
    assert (world.store.objects, world.table.items, world.predict.calls) == (*before, [])


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000], ids=len)
def test_given_a_body_that_is_not_an_object_then_422_says_so(client: TestClient, content: bytes) -> None:
    headers = {"X-Api-Key": KEY, "Content-Type": "application/json"}
    body = problem(client, "POST", ROLLBACK, content=content, headers=headers)

    assert body["status"] == 422
    assert "body" in body["detail"]


@pytest.mark.parametrize(("method", "url", "status"), [("GET", "/nowhere", 404), ("DELETE", "/predict", 405)])
def test_given_no_such_route_then_it_is_a_problem_too(
    client: TestClient, method: str, url: str, status: int
) -> None:
    assert problem(client, method, url)["status"] == status


@pytest.mark.parametrize("path", ["/api/forecast", "/api/observations"])
def test_given_the_ways_to_request_csv_then_all_give_the_same_file_which_excel_can_read(
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
    assert address.headers["content-disposition"] == header.headers["content-disposition"]
    assert as_json.headers["content-type"] == "application/json"
    rows = list(csv.reader(StringIO(address.content.decode("utf-8-sig"))))
    assert "서울" in rows[1]
    assert (rows[2], rows[3][0]) == ([], "time")
    assert "temperature_2m (°C)" in rows[3]
