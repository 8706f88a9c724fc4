"""Pipeline runs, their plans and outcomes."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from plantcast.common.clock import HOUR, KST
from plantcast.common.errors import CorruptDataError, InvalidInputError
from plantcast.common.stations import STATIONS
from plantcast.pipeline.outcomes import assess_stations, describe, describe_error, run_outcome
from plantcast.pipeline.runs import Run, RunStore, parse_started_at
from tests.support.fakes import MemoryTable

STARTED = datetime(2025, 5, 30, 2, 0, 0, 250_000, tzinfo=KST)


def run(run_id: str = "run-1", started_at: datetime = STARTED) -> Run:
    return Run(run_id, started_at, as_of=date(2025, 5, 30), stations=("108",), retrain=True)


def test_given_a_run_when_started_twice_then_the_first_record_stays() -> None:
    runs = RunStore(MemoryTable())

    assert runs.start(run())
    assert not runs.start(run())

    assert runs.get("run-1") == run()
    assert runs.newest(5) == [run()]


def test_given_a_started_run_when_finished_twice_then_the_first_finish_stays() -> None:
    runs = RunStore(MemoryTable())
    runs.start(run())
    facts = [{"station": "108", "state": "ok"}]

    first = runs.finish(
        "run-1", outcome="succeeded", finished_at=STARTED + HOUR, started_at=STARTED, facts=facts
    )
    second = runs.finish("run-1", outcome="succeeded", finished_at=STARTED + 2 * HOUR, started_at=STARTED)

    assert first == second == runs.get("run-1")
    assert first.finished_at == STARTED + HOUR
    assert first.facts == ({"station": "108", "state": "ok"},)
    assert first.stations == ("108",)


def test_given_a_finished_run_when_a_late_start_is_repeated_then_it_stays_finished() -> None:
    runs = RunStore(MemoryTable())
    runs.start(run())
    runs.finish("run-1", outcome="succeeded", finished_at=STARTED + HOUR, started_at=STARTED)

    assert not runs.start(run())

    assert runs.newest(1)[0].outcome == "succeeded"


def test_given_a_succeeded_run_when_a_later_step_fails_then_it_is_failed_and_keeps_its_facts() -> None:
    runs = RunStore(MemoryTable())
    runs.start(run())
    facts = [{"station": "108"}]
    runs.finish("run-1", outcome="succeeded", finished_at=STARTED + HOUR, started_at=STARTED, facts=facts)

    failed = runs.fail(
        "run-1", finished_at=STARTED + 2 * HOUR, started_at=STARTED, message_ko="실패", message_en="failed"
    )

    assert (failed.outcome, failed.message_en) == ("failed", "failed")
    assert failed.facts == ({"station": "108"},)
    assert runs.get("run-1") == failed


def test_given_a_run_never_recorded_when_it_fails_then_it_is_recorded() -> None:
    runs = RunStore(MemoryTable())

    runs.fail("lost", finished_at=STARTED + HOUR, started_at=STARTED, message_ko="", message_en="bad input")

    assert [(found.run_id, found.outcome, found.as_of) for found in runs.newest(5)] == [
        ("lost", "failed", None)
    ]


def test_given_runs_whose_ids_do_not_sort_by_time_when_listed_then_the_last_started_is_first() -> None:
    runs = RunStore(MemoryTable())
    for run_id, hours in (("b", 1), ("c", 0), ("a", 2)):
        runs.start(run(run_id, STARTED + hours * HOUR))

    assert [found.run_id for found in runs.newest(2)] == ["a", "b"]


def test_given_a_damaged_run_when_read_then_it_is_corrupt() -> None:
    table = MemoryTable()
    RunStore(table).start(run())
    table.items["PIPELINE", "RUN#run-1"]["outcome"] = "splendid"

    with pytest.raises(CorruptDataError, match="splendid"):
        RunStore(table).get("run-1")


def test_given_step_functions_start_when_parsed_then_it_is_kst_on_the_deployments_clock() -> None:
    assert parse_started_at("2025-05-29T17:00:00.250Z") == STARTED
    assert parse_started_at(
        "2025-05-29T17:00:00.250Z", clock_offset=timedelta(days=-1)
    ) == STARTED - timedelta(1)


@pytest.mark.parametrize("text", ["", "soon", "2025-05-29T17:00:00", None])
def test_given_no_moment_when_parsed_then_the_value_is_named(text: str) -> None:
    with pytest.raises(InvalidInputError, match="started_at"):
        parse_started_at(text)


def fact(station: str = "108", *reasons: str, **more: object) -> dict[str, object]:
    predicted = {"status": "issued", "origin": "2025-05-29T23:00+09:00", "degraded_reasons": list(reasons)}
    return {"station": station, "status": "forecast", "forecast": predicted, **more}


def test_given_an_issued_forecast_when_judged_then_the_run_succeeded() -> None:
    judged = assess_stations([fact()], planned=["108"])

    assert run_outcome(judged) == "succeeded"
    assert describe(judged) == ("예보 발표: 서울(108).", "Forecast issued for Seoul(108).")


def test_given_a_run_of_a_past_day_when_described_then_nothing_is_said_to_be_issued() -> None:
    ko, en = describe(assess_stations([fact("108", "hindcast")], planned=["108"]))

    assert en.startswith("Hindcast computed for Seoul(108). Seoul(108) degraded: Computed after the fact")
    assert ko.startswith("지난 날짜 계산: 서울(108).")


def test_given_a_degraded_forecast_and_a_failed_training_when_judged_then_both_reasons_are_named() -> None:
    trained = [{"target": "ta", "status": "trained"}, {"target": "hm", "status": "failed"}]

    judged = assess_stations([fact("108", "stale_observations", models=trained)], planned=["108"])

    assert run_outcome(judged) == "degraded"
    assert judged[0].reasons == ("stale_observations", "training_failed_hm")
    ko, en = describe(judged)
    assert (
        "Seoul(108) degraded: The newest observations have not arrived yet; "
        "The model for humidity could not be trained anew."
    ) in en
    assert "서울(108) 제한됨: 최신 관측이 아직 들어오지 않았어요; 습도 모델을 새로 학습하지 못했어요." in ko


def test_given_one_station_without_a_word_when_judged_then_the_run_is_degraded_and_names_it() -> None:
    judged = assess_stations([fact()], planned=["108", "112"])

    assert run_outcome(judged) == "degraded"
    assert "인천(112) 실패" in describe(judged)[0]
    assert "Incheon(112) failed" in describe(judged)[1]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (
            {"station": "108", "status": "failed", "error": {"Error": "X", "Cause": "disk full"}},
            "X: disk full",
        ),
        (
            {"station": "108", "status": "no_data", "features": {"message": "12 hours are too few"}},
            "features: 12 hours are too few",
        ),
        (fact(forecast={"status": "no_data", "message": "nothing"}), "forecast: nothing"),
        ({"station": "108", "status": "failed"}, "failed"),
    ],
)
def test_given_no_forecast_when_judged_then_the_run_failed_and_says_why(
    given: dict[str, object], why: str
) -> None:
    judged = assess_stations([given], planned=["108"])

    assert run_outcome(judged) == "failed"
    assert why in judged[0].reasons[0]
    assert describe(judged)[1].startswith("No station has a forecast.")


def test_given_a_hundred_failed_stations_when_described_then_ten_are_named_and_the_others_counted() -> None:
    planned = list(STATIONS)
    given = [{"station": one, "status": "failed", "error": "x" * 5000} for one in planned]

    ko, en = describe(assess_stations(given, planned=planned))

    assert f"{len(planned) - 10} more stations failed or are degraded." in en
    assert en.count(" failed: ") == ko.count(" 실패: ") == 10
    assert len(ko.encode()) < 8000


def test_given_runs_of_past_days_when_the_last_is_asked_then_they_are_passed_over() -> None:
    runs = RunStore(MemoryTable())
    runs.start(run())
    past = Run("past", STARTED + HOUR, as_of=date(2025, 5, 20), stations=("108",), retrain=False)
    runs.start(past)
    runs.finish("past", outcome="failed", finished_at=STARTED + 2 * HOUR, started_at=past.started_at)

    assert runs.last() == run()
    assert [one.run_id for one in runs.newest(5)] == ["past", "run-1"]


def test_given_no_station_at_all_when_judged_then_the_run_failed() -> None:
    assert run_outcome([]) == "failed"
    assert "no station" in describe([])[1]


def test_given_a_lambda_fault_when_described_then_its_message_stands_alone_and_short() -> None:
    cause = '{"errorMessage": "key refused", "stackTrace": ["…"]}'

    assert (
        describe_error({"Error": "Runtime.HandlerError", "Cause": cause})
        == "Runtime.HandlerError: key refused"
    )
    assert describe_error({"Error": "InputRejected", "Cause": "as_of"}) == "InputRejected: as_of"
    assert describe_error(None) == "unknown error"
    assert len(describe_error("x" * 5000).encode()) == 400
    assert describe_error("가" * 5000) == "가" * 132 + "…"
