"""Runs of the pipeline and their steps in the API."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from plantcast.pipeline.run_steps import RunSteps
from plantcast.pipeline.runs import Run
from tests.support.api_data import ApiWorld, get, problem
from tests.support.execution_examples import START, recorded_steps

DECISION = {
    "target": "ta", "version": "v2", "promoted": True,
    "reason_ko": "더 정확함", "reason_en": "more accurate",
}  # fmt: skip
NO_MEMORY = {
    "target": "hm", "version": None, "promoted": False,
    "reason_ko": "X: no memory", "reason_en": "X: no memory",
}  # fmt: skip
FACT = {
    "station": "108", "state": "degraded", "reasons": ["training_failed_hm"],
    "origin": "2025-05-29T23:00+09:00",
    "ingest": {"status": "complete", "hours_new": 24, "hours_corrected": 1, "values_masked": 2},
    "models": [DECISION, NO_MEMORY],
    "forecast": {"status": "issued", "origin": "2025-05-29T23:00+09:00"},
}  # fmt: skip
FAILED = {
    "station": "112", "state": "failed", "reasons": ["X: no disk"], "origin": None,
    "ingest": None, "models": [], "forecast": None,
}  # fmt: skip


@pytest.fixture
def ran(world: ApiWorld) -> ApiWorld:
    """A world with a run of two stations, recorded as monitor does, with its history."""
    run = Run("run-2", START, START.date(), ("108", "112"), retrain=True)
    world.runs.start(run)
    world.runs.finish(
        "run-2",
        outcome="degraded",
        finished_at=START + timedelta(seconds=38.9),
        started_at=START,
        facts=[FACT, FAILED],
        message_ko="예보 발표: 서울(108).",
        message_en="Forecast issued for Seoul (108).",
    )
    for result in recorded_steps():
        RunSteps(world.table).put("run-2", result)
    return world


# ------------------------------------------------------------------ all


def test_given_runs_then_they_are_listed_newest_first_with_their_durations(ran: ApiWorld) -> None:
    later = START + timedelta(days=1)
    ran.runs.start(Run("run-3", later, None, (), retrain=None))
    running, newest, _ = get(ran, "/api/runs")["runs"]

    assert (running["run_id"], running["outcome"]) == ("run-3", "running")
    assert (running["finished_at"], running["seconds"], running["as_of"], running["retrain"]) == (None,) * 4
    assert newest == {
        "run_id": "run-2",
        "started_at": "2025-05-30T02:00:00+09:00",
        "finished_at": "2025-05-30T02:00:38.900000+09:00",
        "seconds": 38.9,
        "as_of": "2025-05-30",
        "stations": ["108", "112"],
        "retrain": True,
        "outcome": "degraded",
        "message_ko": "예보 발표: 서울(108).",
        "message_en": "Forecast issued for Seoul (108).",
    }


# ------------------------------------------------------------------ one


def test_given_a_run_then_its_steps_have_station_and_target(ran: ApiWorld) -> None:
    body = get(ran, "/api/runs/run-2")

    assert body["steps"][0] == {
        "name": "Prepare",
        "started_at": "2025-05-30T02:00:00+09:00",
        "seconds": 0.05,
        "status": "succeeded",
        "station": None,
        "target": None,
    }
    failed = [step for step in body["steps"] if step["status"] == "failed"]
    assert [(step["name"], step["station"], step["target"]) for step in failed] == [("Train", "112", "hm")]
    assert (body["seconds"], body["outcome"], body["stations"]) == (38.9, "degraded", ["108", "112"])


def test_given_a_run_then_it_has_the_result_of_each_station(ran: ApiWorld) -> None:
    seoul, incheon = get(ran, "/api/runs/run-2")["facts"]

    assert seoul == {
        "station": "108",
        "status": "degraded",
        "message": "training_failed_hm",
        "ingest": {"status": "complete", "hours_new": 24, "hours_corrected": 1, "values_masked": 2},
        "models": [
            DECISION,
            NO_MEMORY,
        ],
        "forecast": {"status": "issued", "origin": "2025-05-29T23:00:00+09:00"},
    }
    assert (incheon["status"], incheon["message"]) == ("failed", "X: no disk")
    assert (incheon["ingest"], incheon["models"], incheon["forecast"]) == (None, [], None)


def test_given_no_such_run_then_the_problem_names_it(client: TestClient) -> None:
    body = problem(client, "GET", "/api/runs/run-9")

    assert body["status"] == 404
    assert "run-9" in str(body["detail"])
    assert "/api/runs" in str(body["remedy"])


@pytest.mark.parametrize("damage", [{"facts": [{"station": "108", "state": "fine"}]}, {"outcome": "lost"}])
def test_given_a_damaged_record_then_it_is_a_problem_with_a_remedy(
    ran: ApiWorld, damage: dict[str, Any]
) -> None:
    ran.table.items["PIPELINE", "RUN#run-2"] |= damage
    with TestClient(ran.app()) as client:
        body = problem(client, "GET", "/api/runs/run-2")

    assert body["status"] == 500
    assert re.search("Remove|Delete", str(body["remedy"]))
