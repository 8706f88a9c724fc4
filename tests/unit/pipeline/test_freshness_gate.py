"""A run that went on without all of yesterday says so with the forecast and in the API.

Which stations are asked again is in test_prepare, how predict learns of it in test_predict, the run's
outcome in test_runs, the dashboard's words in tests/browser.
"""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from tests.support.api_data import ApiWorld
from tests.support.forecast_examples import forecast

CODE = "observations_incomplete"


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
