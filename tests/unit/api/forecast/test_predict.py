"""Forecasts computed on demand, models read again, and the key that guards both."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from plantcast.forecasting import TARGETS
from plantcast.forecasting.issued import Forecast, ModelUsed
from tests.support.api_data import KEY, NOW, ApiWorld, PredictFunction, problem
from tests.support.forecast_examples import ISSUED, ORIGIN, forecast

# ------------------------------------------------------------------ predict


def forecast_by(version: str, **changes: Any) -> Forecast:
    """A forecast by the same version of both targets."""
    return forecast(models={target: ModelUsed("lightgbm", version) for target in TARGETS}, **changes)


def ingested(world: ApiWorld, last: datetime, at: datetime = NOW) -> None:
    """Write STATUS as an ingest that ends at `at` does."""
    world.observed_until(last)
    world.table.items["STATION#108", "STATUS"] |= {"hours_present": 24, "updated_at": at.isoformat()}


@pytest.fixture
def world() -> ApiWorld:
    """A world whose forecast rests on the newest observations and on the models in production."""
    made = ApiWorld()
    made.all_well()
    made.forecasts.issue(forecast_by("v1", issued_at=ISSUED + timedelta(seconds=1)))
    return made


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_given_a_forecast_on_the_newest_observations_and_models_when_asked_then_nothing_is_computed(
    client: TestClient, world: ApiWorld, method: str
) -> None:
    body = client.request(method, "/predict").json()

    assert body["computed"] is False
    assert "newest observations" in body["message"]
    assert len(body["hourly"]["time"]) == 48
    assert world.predict.calls == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_given_a_promotion_since_when_asked_then_a_forecast_is_computed(
    client: TestClient, world: ApiWorld, method: str
) -> None:
    world.promote("v2")
    world.predict.issues = forecast_by("v2", issued_at=NOW)

    body = client.request(method, "/predict").json()

    assert (body["computed"], body["models"]["hm"]["version"]) == (True, "v2")
    assert client.request(method, "/predict").json()["computed"] is False
    assert len(world.predict.calls) == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_given_hours_that_nothing_can_be_forecast_from_when_asked_again_then_predict_is_not(
    client: TestClient, world: ApiWorld, method: str
) -> None:
    ingested(world, ORIGIN + timedelta(hours=3))

    answers = [client.request(method, "/predict").json() for _ in range(3)]

    assert [answer["computed"] for answer in answers] == [False] * 3
    assert len(world.predict.calls) == 1
    assert "No input has changed since" in answers[2]["message"]


def test_given_an_ingest_that_only_corrected_when_asked_again_then_predict_is_too(
    client: TestClient, world: ApiWorld
) -> None:
    # The last hour lacked humidity; now it has it: the same hours, the same last one.
    ingested(world, ORIGIN + timedelta(hours=3))
    client.get("/predict")
    ingested(world, ORIGIN + timedelta(hours=3), at=NOW + timedelta(hours=1))
    world.predict.issues = forecast_by("v1", origin=ORIGIN + timedelta(hours=3))

    body = client.get("/predict").json()

    assert (body["computed"], body["origin"]) == (True, "2025-05-30T02:00:00+09:00")
    assert len(world.predict.calls) == 2


def test_given_a_model_that_cannot_be_used_when_asked_again_then_predict_is_not(
    client: TestClient, world: ApiWorld
) -> None:
    # predict does without it, so the forecast never names the version in production.
    world.promote("v2")
    for _ in range(3):
        assert client.get("/predict").json()["computed"] is False

    assert len(world.predict.calls) == 1


def test_given_an_ingest_while_predict_computes_when_asked_again_then_predict_is_too(
    client: TestClient, world: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingested(world, ORIGIN + timedelta(hours=3))
    whole = PredictFunction.__call__

    def meanwhile(self: PredictFunction, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        ingested(world, ORIGIN + timedelta(hours=4), at=NOW + timedelta(minutes=len(self.calls)))
        return whole(self, payload)

    monkeypatch.setattr(PredictFunction, "__call__", meanwhile)
    for _ in range(2):
        client.get("/predict")

    assert len(world.predict.calls) == 2


def test_given_a_query_that_lags_behind_when_computed_then_the_new_forecast_is_answered_all_the_same(
    client: TestClient, world: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingested(world, ORIGIN + timedelta(hours=3))
    old = world.forecasts.latest("108")
    world.forecasts.issue(forecast_by("v1", origin=ORIGIN + timedelta(hours=3)))
    monkeypatch.setattr(world.forecasts, "latest", lambda station: old)
    world.predict.facts = {"status": "issued", "origin": "2025-05-30T02:00+09:00", "message": "48 hours"}

    body = client.post("/predict").json()

    assert (body["computed"], body["origin"]) == (True, "2025-05-30T02:00:00+09:00")


def test_given_too_little_data_when_asked_again_then_it_is_answered_without_predict() -> None:
    world = ApiWorld()
    world.predict.facts = {"status": "no_data", "message": "12 hours are too few"}
    with TestClient(world.app()) as client:
        for _ in range(2):
            body = problem(client, "GET", "/predict")
            assert (body["status"], "12 hours are too few" in str(body["detail"])) == (404, True)

    assert len(world.predict.calls) == 1


@pytest.mark.parametrize(
    ("facts", "error", "message"),
    [
        ({"status": "no_data", "message": "12 hours are too few"}, None, "too little data"),
        ({}, RuntimeError("function predict failed: secret internals"), "computing failed"),
    ],
)
def test_given_no_new_forecast_when_get_then_the_stored_one_is_served_with_the_reason(
    client: TestClient, world: ApiWorld, facts: dict[str, Any], error: Exception | None, message: str
) -> None:
    ingested(world, ORIGIN + timedelta(hours=3))
    world.predict.facts, world.predict.error = facts, error

    body = client.get("/predict").json()

    assert (body["computed"], message in body["message"]) == (False, True)
    assert "secret" not in body["message"]


def test_given_computing_fails_when_posted_then_it_is_a_bad_gateway_without_internals(
    client: TestClient, world: ApiWorld
) -> None:
    world.promote("v2")
    world.predict.error = RuntimeError("function predict failed: secret internals")

    body = problem(client, "POST", "/predict")

    assert body["status"] == 502
    assert "secret" not in str(body)


def test_given_the_key_when_forced_then_predict_is_forced(client: TestClient, world: ApiWorld) -> None:
    world.predict.issues = forecast(issued_at=ISSUED + timedelta(hours=7))

    reply = client.post("/predict?force=true", headers={"X-Api-Key": KEY})

    assert (reply.status_code, reply.json()["computed"]) == (200, True)
    assert world.predict.calls == [{"station": "108", "force": True}]


# ------------------------------------------------------------------ reload_model


def test_given_a_promotion_since_when_reloaded_then_old_and_new_versions_are_listed(
    client: TestClient, world: ApiWorld
) -> None:
    world.promote("v2")

    body = client.post("/reload_model", headers={"X-Api-Key": KEY}).json()

    ta, hm = body["models"]
    assert (ta["target"], ta["old_version"], ta["new_version"], ta["changed"]) == ("ta", "v1", "v2", True)
    assert (hm["old_version"], hm["new_version"], hm["reason_en"]) == ("v1", "v2", "more accurate")
    assert "2 of 2" in body["message"]
