"""The API through LocalStack's API Gateway, and the dashboard as it serves websites."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.localstack.missions import Nights
from tests.localstack.stack import TRAINED, LocalStackStack

# In order: the one stack is broken by some of these tests, updated and scheduled by the last.
pytestmark = [pytest.mark.localstack, pytest.mark.in_order]

TIMEOUT = 60


@pytest.fixture(scope="module")
def api(stack: LocalStackStack, nights: Nights) -> str:
    return stack.outputs.api_url


@pytest.fixture(scope="module")
def key(stack: LocalStackStack) -> str:
    found = stack.client("ssm").get_parameter(Name="/plantcast/api-key", WithDecryption=True)
    return str(found["Parameter"]["Value"])


def get(url: str, **parameters: str) -> Any:
    reply = requests.get(url, params=parameters, timeout=TIMEOUT)
    assert reply.status_code == 200, (reply.status_code, reply.text[:500])
    return reply.json()


def test_the_forecast_is_the_one_that_was_stored(api: str, stack: LocalStackStack) -> None:
    body = get(f"{api}/api/forecast", station=TRAINED)
    assert body["source"] == "synthetic"
    assert len(body["hourly"]["time"]) == 48
    (issued,) = stack.issued(TRAINED).values()
    assert datetime.fromisoformat(body["origin"]) == datetime.fromisoformat(issued["origin"]["S"])
    kept = [float(number["N"]) for number in issued["ta"]["M"]["mean"]["L"]]
    assert body["hourly"]["temperature_2m"] == pytest.approx(kept, abs=0.051)


def test_the_inherited_routes_work(api: str) -> None:
    assert get(f"{api}/api/latest", station=TRAINED)["source"] == "synthetic"
    assert get(f"{api}/predict")["source"] == "synthetic"  # through the predict function


def test_observations_are_those_of_the_lake(api: str) -> None:
    body = get(f"{api}/api/observations", station=TRAINED)
    assert len(body["hourly"]["time"]) == 72
    assert all(value is not None for value in body["hourly"]["temperature_2m"])


def test_runs_have_their_steps(api: str, nights: Nights) -> None:
    run = get(f"{api}/api/runs/{nights.trained.run_id}")
    steps = [step["name"] for step in run["steps"] if step["station"] is None]
    assert steps[:2] == ["Prepare", "Monitor"]


def test_what_is_not_there_and_what_is_wrong_are_problems(api: str) -> None:
    for path, status in (
        ("api/nothing", 404),
        ("api/forecast?station=999", 404),
        ("api/forecast?hours=0", 422),
    ):
        reply = requests.get(f"{api}/{path}", timeout=TIMEOUT)
        assert reply.status_code == status, (path, reply.text[:300])
        assert reply.headers["Content-Type"].startswith("application/problem+json"), path
        assert reply.json()["status"] == status


def test_writing_needs_the_key(api: str, key: str) -> None:
    assert requests.post(f"{api}/reload_model", timeout=TIMEOUT).status_code in {401, 403}
    wrong = requests.post(f"{api}/reload_model", headers={"X-Api-Key": f"{key}x"}, timeout=TIMEOUT)
    assert wrong.status_code in {401, 403}
    right = requests.post(f"{api}/reload_model", headers={"X-Api-Key": key}, timeout=TIMEOUT)
    assert right.status_code == 200, right.text


def test_a_browser_at_the_dashboard_may_ask(api: str, stack: LocalStackStack) -> None:
    asks = {
        "Origin": stack.endpoint,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "X-Api-Key",
    }
    preflight = requests.options(f"{api}/reload_model", headers=asks, timeout=TIMEOUT)
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] == stack.endpoint
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    answer = requests.get(f"{api}/api/latest", headers={"Origin": stack.endpoint}, timeout=TIMEOUT)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_an_unchanged_answer_is_not_sent_twice(api: str) -> None:
    first = requests.get(f"{api}/api/forecast", timeout=TIMEOUT)
    again = requests.get(
        f"{api}/api/forecast", headers={"If-None-Match": first.headers["ETag"]}, timeout=TIMEOUT
    )
    assert (again.status_code, again.content) == (304, b"")


def test_the_reference_pages_work_under_the_stage(api: str) -> None:
    for page in ("docs", "docs/swagger-ui.css", "docs/swagger-ui-bundle.js"):
        assert requests.get(f"{api}/{page}", timeout=TIMEOUT).status_code == 200, page
    assert {"/predict", "/api/forecast"} <= set(get(f"{api}/openapi.json")["paths"])


def website(stack: LocalStackStack, path: str) -> requests.Response:
    """Ask LocalStack's S3 website, by the Host header: its name may not resolve everywhere."""
    port = urlsplit(stack.endpoint).port
    host = f"{stack.outputs.web_bucket}.s3-website.localhost.localstack.cloud:{port}"
    return requests.get(f"{stack.endpoint}{path}", headers={"Host": host}, timeout=TIMEOUT)


def test_the_website_serves_the_dashboard_told_where_its_api_is(stack: LocalStackStack) -> None:
    page = website(stack, "/")
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    assert "Plantcast" in page.text
    assert f"connect-src 'self' {stack.endpoint};" in page.text
    config = website(stack, "/config.json").json()
    assert config["apiUrl"] == stack.outputs.api_url
    assert config["source"] == "synthetic"


def test_the_website_shows_the_page_for_what_is_not_there(stack: LocalStackStack) -> None:
    missing = website(stack, "/no/such/page")
    assert missing.status_code == 404
    assert missing.text == website(stack, "/").text


def test_the_printed_address_serves_files_as_a_browser_needs_them(stack: LocalStackStack) -> None:
    # LocalStack's website endpoint leaves Cache-Control and Content-Encoding out; its S3 address, the one
    # that is printed, sends both.
    page = requests.get(stack.outputs.dashboard_url, timeout=TIMEOUT)
    assert page.text == website(stack, "/").text
    assert page.headers["Cache-Control"] == "no-cache"
    assets = re.findall(r"assets/[\w.-]+\.(?:js|css)", page.text)
    assert {name.rpartition(".")[2] for name in assets} == {"js", "css"}
    for name in assets:
        reply = requests.get(stack.outputs.dashboard_url.replace("index.html", name), timeout=TIMEOUT)
        assert reply.status_code == 200, name
        assert "immutable" in reply.headers["Cache-Control"], name
        assert reply.headers["Content-Encoding"] == "gzip", name
