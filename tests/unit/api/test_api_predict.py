"""Forecasts computed on demand, models read again, and the key that guards both."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from tests.api_world import KEY, ApiWorld, problem
from tests.forecast_examples import ISSUED, ORIGIN, forecast

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
    world.promote("v2")

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
