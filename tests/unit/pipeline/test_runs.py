"""Pipeline runs, their plans and outcomes."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from plantcast.common.clock import HOUR, KST
from plantcast.common.errors import CorruptDataError
from plantcast.pipeline.runs import Run, RunStore
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

    failed = runs.finish(
        "run-1", outcome="failed", finished_at=STARTED + 2 * HOUR, started_at=STARTED, message_en="failed"
    )

    assert (failed.outcome, failed.message_en) == ("failed", "failed")
    assert failed.facts == ({"station": "108"},)
    assert runs.get("run-1") == failed


def test_given_a_run_never_recorded_when_it_fails_then_it_is_recorded() -> None:
    runs = RunStore(MemoryTable())

    runs.finish(
        "lost",
        outcome="failed",
        finished_at=STARTED + HOUR,
        started_at=STARTED,
        message_ko="",
        message_en="bad input",
    )

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

    with pytest.raises(CorruptDataError, match="outcome"):
        RunStore(table).get("run-1")


def test_given_runs_of_past_days_when_the_last_is_asked_then_they_are_passed_over() -> None:
    runs = RunStore(MemoryTable())
    runs.start(run())
    past = Run("past", STARTED + HOUR, as_of=date(2025, 5, 20), stations=("108",), retrain=False)
    runs.start(past)
    runs.finish("past", outcome="failed", finished_at=STARTED + 2 * HOUR, started_at=past.started_at)

    assert runs.last() == run()
    assert [one.run_id for one in runs.newest(5)] == ["past", "run-1"]
