"""A step's result is stored under its run; a run's outcome is made of those of its steps."""

from __future__ import annotations

from typing import Any

import pytest

from plantcast.common.clock import KST
from plantcast.pipeline.run_steps import RunSteps, StepResult, recorded, station_facts
from tests.support.execution_examples import START

NIGHT = {"run_id": "run-1", "station": "108", "as_of": "2025-05-30"}
TRAINING = {"run_id": "run-1", "station": "108", "target": "ta", "features_key": "features/…"}


def handler(returns: dict[str, Any] | Exception) -> Any:
    def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
        if isinstance(returns, Exception):
            raise returns
        return returns

    return handle


def test_given_a_step_of_a_run_when_it_returns_then_the_facts_that_are_kept_are_stored(
    run_steps: RunSteps,
) -> None:
    facts = {"status": "complete", "hours_new": 24, "missing": ["…"] * 24, "message": "가" * 5000}

    assert recorded("ingest")(handler(facts))(NIGHT, None) == facts

    found = run_steps.at("run-1", "ingest", "108")
    assert found is not None
    assert found.facts == {"status": "complete", "hours_new": 24, "message": "가" * 132 + "…"}
    assert (found.error, found.target, found.started_at.tzinfo is not None) == (None, None, True)


def test_given_a_step_that_raises_when_repeated_then_the_later_result_counts(run_steps: RunSteps) -> None:
    with pytest.raises(MemoryError):
        recorded("train")(handler(MemoryError("x" * 5000)))(TRAINING, None)
    (failed,) = run_steps.of_run("run-1", "train")
    assert failed.error is not None
    assert failed.error.startswith("MemoryError: xx")
    assert len(failed.error.encode()) == 400

    recorded("train")(handler({"status": "trained"}))(TRAINING, None)

    (again,) = run_steps.of_run("run-1")
    assert (again.target, again.error, again.facts) == ("ta", None, {"status": "trained"})


@pytest.mark.parametrize(
    "event",
    [
        {"station": "108", "force": True},  # the API
        {"station": "108", "start": "2025-01-01", "end": "2025-12-31", "run_id": "backfill"},
        {"import_key": "raw/portal/x.csv.gz", "run_id": "import"},
        {"station": "108", "rebuild": True},
    ],
)
def test_given_what_is_no_step_of_a_night_then_nothing_is_stored(
    run_steps: RunSteps, event: dict[str, Any]
) -> None:
    recorded("ingest")(handler({"status": "complete"}))(event, None)

    assert run_steps.of_run(str(event.get("run_id"))) == []


def result(step: str, station: str, target: str | None = None, **facts: Any) -> StepResult:
    return StepResult(step, station, target, START.astimezone(KST), 1.0, facts)


def test_given_the_results_of_a_night_then_each_station_has_its_facts_and_missing_ones_failed() -> None:
    results = [
        result("ingest", "108", status="complete"),
        result("features", "108", status="ready"),
        result("train", "108", "ta", status="trained"),
        result("evaluate", "108", "ta", promoted=True, version="v"),
        result("train", "108", "hm", status="skipped", message="too little"),
        result("predict", "108", status="issued", origin="2025-05-29T23:00+09:00"),
        result("features", "112", status="no_data", message="12 hours"),
    ]

    seoul, incheon, suwon = station_facts(results, stations=["108", "112", "119"], retrain=True)

    assert (seoul["status"], seoul["ingest"]["status"], seoul["forecast"]["status"]) == (
        "forecast", "complete", "issued",
    )  # fmt: skip
    assert [model["target"] for model in seoul["models"]] == ["ta", "hm"]
    assert (seoul["models"][0]["promoted"], seoul["models"][1]["status"]) == (True, "skipped")
    assert (incheon["status"], incheon["features"]["message"]) == ("no_data", "12 hours")
    assert incheon["ingest"]["status"] == "failed"
    assert suwon["status"] == "failed"
    assert "no result reported" in suwon["features"]["message"]


@pytest.mark.parametrize("lacking", ["train", "evaluate", "predict"])
def test_given_a_step_that_reported_nothing_then_what_it_should_have_made_has_failed(lacking: str) -> None:
    results = [
        result("features", "108", status="ready"),
        result("train", "108", "ta", status="trained"),
        result("evaluate", "108", "ta", promoted=True),
        result("predict", "108", status="issued"),
    ]
    left = [one for one in results if one.step != lacking]

    (fact,) = station_facts(left, stations=["108"], retrain=True)

    assert fact["status"] == ("failed" if lacking == "predict" else "forecast")
    if lacking != "predict":
        assert fact["models"][0]["status"] == "failed"
    assert station_facts(results, stations=["108"], retrain=False)[0]["models"] == []
