"""A run that went on without all of yesterday says so: to predict, with the forecast, in the API.

How the forecast keeps the reason is in test_ml_functions, the run's outcome in test_runs, the dashboard's
words in tests/browser.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api_world import ApiWorld
from tests.forecast_examples import forecast

CODE = "observations_incomplete"
ROOT = Path(__file__).resolve().parents[2]


def states() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "infra" / "pipeline.asl.json").read_text("utf-8"))["States"]
    return found


@pytest.mark.parametrize(
    ("status", "reasons"), [("complete", []), ("partial", [CODE]), ("failed", [CODE]), ("", [CODE])]
)
def test_given_what_ingest_says_of_yesterday_when_predict_is_reached_then_it_is_told_the_reason(
    status: str, reasons: list[str]
) -> None:
    station = states()["ForecastStations"]["ItemProcessor"]["States"]
    choice = station["Complete?"]
    (rule,) = choice["Choices"]
    assert rule["Variable"] == "$.ingest.status"

    taken = station[rule["Next"] if status == rule["StringEquals"] else choice["Default"]]

    assert (taken["Result"], taken["ResultPath"]) == (reasons, "$.degraded_reasons")
    predict = station[taken["Next"]]
    assert predict["Parameters"]["Payload"]["degraded_reasons.$"] == "$.degraded_reasons"
    assert "PredictFunction" in predict["Parameters"]["FunctionName"]


@pytest.mark.parametrize(
    ("statuses", "checks", "goes_to"),
    [
        (["complete", "complete"], 0, "ForecastStations"),
        (["complete", "partial"], 0, "CountCheck"),
        (["partial"], 17, "CountCheck"),
        (["partial"], 18, "ForecastStations"),
        # Waiting does not mend a refused key.
        (["failed", "complete"], 0, "ForecastStations"),
    ],
)
def test_given_yesterday_is_not_complete_when_checked_then_it_waits_so_often_and_goes_on(
    statuses: list[str], checks: int, goes_to: str
) -> None:
    gate = states()["Fresh?"]
    whole, enough = gate["Choices"]
    assert whole["Not"] == {"Variable": "$.freshness.statuses", "StringMatches": "*partial*"}
    assert enough["NumericGreaterThanEqualsPath"] == "$.plan.facts.freshness_max_checks"

    if "partial" not in json.dumps(statuses):
        assert whole["Next"] == goes_to
    else:
        assert (enough["Next"] if checks >= 18 else gate["Default"]) == goes_to


@pytest.mark.parametrize("url", ["/api/forecast", "/api/latest", "/predict"])
def test_given_a_forecast_on_an_incomplete_yesterday_when_asked_then_the_answer_is_degraded_and_says_why(
    url: str,
) -> None:
    world = ApiWorld()
    world.all_well()
    world.forecasts.issue(forecast(degraded_reasons=(CODE,)))
    with TestClient(world.app()) as client:
        body = client.get(url).json()

    assert (body["status"], body["degraded_reasons"]) == ("degraded", [CODE])
