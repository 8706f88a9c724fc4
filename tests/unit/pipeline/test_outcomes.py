"""The outcome of a run and of its stations, from the results of its steps."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from plantcast.common.clock import KST
from plantcast.common.stations import STATIONS
from plantcast.pipeline.outcomes import StationOutcome, assess_stations, describe, run_outcome
from plantcast.pipeline.run_steps import StepResult

STARTED = datetime(2025, 5, 30, 2, tzinfo=KST)
ORIGIN = "2025-05-29T23:00+09:00"


def result(
    step: str, station: str = "108", target: str | None = None, error: str | None = None, **facts: Any
) -> StepResult:
    return StepResult(step, station, target, STARTED, 1.0, facts, error)


def night(*reasons: str) -> list[StepResult]:
    """Return the results of a night of Seoul that trains `ta` and has too little for `hm`."""
    return [
        result("ingest", status="complete", hours_new=24),
        result("features", status="ready"),
        result("train", target="ta", status="trained"),
        result("evaluate", target="ta", promoted=True, version="v", reason_ko="이유", reason_en="reason"),
        result("train", target="hm", status="skipped", message="too little"),
        result("predict", status="issued", origin=ORIGIN, degraded_reasons=list(reasons)),
    ]


def assess(
    results: list[StepResult], *planned: str, retrain: bool = True
) -> tuple[list[StationOutcome], str, str]:
    stations = assess_stations(results, planned=planned or ("108",), retrain=retrain)
    return stations, *describe(stations)


def test_given_an_issued_forecast_then_the_run_succeeded_and_its_results_are_kept() -> None:
    (seoul,), ko, en = assess(night())

    assert run_outcome([seoul]) == "succeeded"
    assert (ko, en) == ("예보 발표: 서울(108).", "Forecast issued for Seoul (108).")
    assert seoul.fact() == {
        "station": "108",
        "state": "ok",
        "reasons": (),
        "origin": ORIGIN,
        "ingest": {"status": "complete", "hours_new": 24, "hours_corrected": None, "values_masked": None},
        "models": (
            {"target": "ta", "version": "v", "promoted": True, "reason_ko": "이유", "reason_en": "reason"},
            {
                "target": "hm",
                "version": None,
                "promoted": False,
                "reason_ko": "too little",
                "reason_en": "too little",
            },
        ),
        "forecast": {"status": "issued", "origin": ORIGIN},
    }
    assert assess(night(), retrain=False)[0][0].models == ()


def test_given_a_run_of_a_past_day_then_its_message_calls_it_a_hindcast() -> None:
    _, ko, en = assess(night("hindcast"))

    assert en.startswith("Hindcast computed for Seoul (108). Seoul (108) degraded: Computed after the fact")
    assert ko.startswith("지난 날짜 계산: 서울(108).")


def test_given_a_degraded_forecast_and_a_failed_training_then_both_reasons_are_named() -> None:
    results = [one for one in night("stale_observations") if one.target != "hm"]
    stations, ko, en = assess([*results, result("train", target="hm", error="MemoryError: x")])

    assert run_outcome(stations) == "degraded"
    assert stations[0].reasons == ("stale_observations", "training_failed_hm")
    assert stations[0].models[1]["reason_en"] == "MemoryError: x"
    assert (
        "Seoul (108) degraded: The newest observations have not arrived yet; "
        "The model for humidity could not be trained anew."
    ) in en
    assert "서울(108) 제한됨: 최신 관측이 아직 들어오지 않았어요; 습도 모델을 새로 학습하지 못했어요." in ko


def test_given_a_station_without_results_then_the_run_is_degraded_and_names_it() -> None:
    stations, ko, en = assess(night(), "108", "112")

    assert run_outcome(stations) == "degraded"
    assert "인천(112) 실패" in ko
    assert "Incheon (112) failed: features: no result reported" in en


@pytest.mark.parametrize(
    ("replaced", "why"),
    [
        (result("features", error="X: disk full"), "features: X: disk full"),
        (result("features", status="no_data", message="12 hours are too few"), "features: 12 hours"),
        (result("predict", status="no_data", message="nothing"), "forecast: nothing"),
        (result("predict", error="KeyError: 'x'"), "forecast: KeyError: 'x'"),
    ],
)
def test_given_no_forecast_then_the_run_failed_with_the_reason(replaced: StepResult, why: str) -> None:
    stations, _, en = assess([*night(), replaced])

    assert run_outcome(stations) == "failed"
    assert stations[0].reasons[0].startswith(why)
    assert en.startswith("No station has a forecast.")


@pytest.mark.parametrize("lacking", ["train", "evaluate", "predict"])
def test_given_a_step_that_reported_nothing_then_it_counts_as_failed(lacking: str) -> None:
    left = [one for one in night() if (one.step, one.target) not in {(lacking, None), (lacking, "ta")}]

    (seoul,), _, _ = assess(left)

    assert seoul.state == ("failed" if lacking == "predict" else "degraded")
    assert ("training_failed_ta" in seoul.reasons) == (lacking != "predict")


def test_given_a_hundred_failed_stations_then_ten_are_named_and_the_others_counted() -> None:
    _, ko, en = assess([], *STATIONS)

    assert f"{len(STATIONS) - 10} more stations failed or are degraded." in en
    assert en.count(" failed: ") == ko.count(" 실패: ") == 10


def test_given_no_station_at_all_then_the_run_failed() -> None:
    assert run_outcome([]) == "failed"
    assert "no station" in describe([])[1]
