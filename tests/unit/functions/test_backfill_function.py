"""The backfill function on stores in memory: chunks written, failures kept, a report of the lake."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from functions.backfill import handler as backfill
from plantcast.common.clock import HOUR, parse_day
from plantcast.common.errors import CorruptDataError, InvalidInputError
from plantcast.observations.lake import ObservationLake
from plantcast.pipeline.backfill import BackfillPlan, Failure, build_report
from tests.support.fakes import MemoryObjectStore

PLAN = {"event": "plan", "run_id": "run-1", "started_at": "2025-05-29T17:00:00.000Z"}
LAMBDA_CAUSE = json.dumps({"errorMessage": "the KMA did not answer", "errorType": "TemporaryError"})


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryObjectStore:
    """Wire the handler to a bucket in memory."""
    monkeypatch.setenv("DATA_BUCKET", "lake")
    monkeypatch.setenv("OBSERVATION_SOURCE", "synthetic")
    memory = MemoryObjectStore()
    wiring = backfill._Wiring(
        backfill.Settings.model_validate({}), memory, ObservationLake(memory, "synthetic")
    )
    monkeypatch.setattr(backfill, "_wiring", lambda: wiring)
    return memory


def call(**event: Any) -> dict[str, Any]:
    return backfill.handler(event, None)


def test_given_an_input_when_planned_twice_then_the_same_chunks_are_written(store: MemoryObjectStore) -> None:
    given = {"stations": ["108", "112"], "start": "2024-12-30"}

    first, second = call(**PLAN, input=given), call(**PLAN, input=given)

    assert first == second
    assert first["status"] == "ready"
    # 17:00 UTC is the 30th in Korea, so the 29th is over.
    assert (first["start"], first["end"], first["chunks"]) == ("2024-12-30", "2025-05-29", 4)
    assert (first["chunks_bucket"], first["chunks_key"]) == ("lake", "backfill/run=run-1/chunks.json")
    assert json.loads(store.objects[first["chunks_key"]]) == [
        {"station": "108", "start": "2025-01-01", "end": "2025-05-29"},
        {"station": "112", "start": "2025-01-01", "end": "2025-05-29"},
        {"station": "108", "start": "2024-12-30", "end": "2024-12-31"},
        {"station": "112", "start": "2024-12-30", "end": "2024-12-31"},
    ]


def test_given_an_unknown_event_then_the_error_names_those_known(store: MemoryObjectStore) -> None:
    with pytest.raises(InvalidInputError, match=r"event='start' is unknown\. Send one of plan, failure"):
        call(event="start")


def test_given_a_chunk_that_failed_when_reported_then_station_days_and_cause_are_named(
    store: MemoryObjectStore,
) -> None:
    chunk = {"station": "112", "start": "2024-12-30", "end": "2024-12-31"}
    error = {"Error": "Whatever", "Cause": LAMBDA_CAUSE}
    call(event="failure", run_id="run-1", **chunk, error=error)
    call(event="failure", run_id="run-1", **chunk, error=error)
    call(event="failure", run_id="run-2", station="108", start="2020-01-01", end="2020-12-31", error=None)

    facts = call(
        event="report", run_id="run-1", start="2024-12-30", end="2025-01-02", stations=["108", "112"]
    )

    assert (facts["status"], facts["hours_expected"], facts["hours_present"]) == ("failed", 192, 0)
    assert facts["incomplete"] == ["108", "112"]
    assert "Failed: 112 (2024-12-30 to 2024-12-31): Whatever: the KMA did not answer." in facts["message"]
    report = json.loads(store.objects[facts["report_key"]])
    assert facts["report_key"] == "backfill/run=run-1/report.json"
    assert len(report["stations"]["112"]["failures"]) == 1
    assert report["stations"]["108"]["failures"] == []
    assert report["stations"]["108"]["years"]["2024"] == {"hours_expected": 48, "hours_present": 0}


def plan(start: str, end: str, *stations: str) -> BackfillPlan:
    return BackfillPlan(parse_day(start, name="start"), parse_day(end, name="end"), stations)


def everything(station: str, start: datetime, end: datetime) -> int:
    return (end - start) // HOUR + 1


def test_given_a_damaged_file_of_one_station_then_the_others_are_counted() -> None:
    def present(station: str, start: datetime, end: datetime) -> int:
        if station == "112":
            raise CorruptDataError("a month cannot be read.", remedy="Rebuild it.")
        return everything(station, start, end)

    report = build_report(
        plan("2024-01-01", "2024-01-31", "108", "112"), run_id="r", failures=(), hours_present=present
    )
    assert (report["status"], report["incomplete"]) == ("failed", ["112"])
    assert report["stations"]["108"]["hours_present"] == 31 * 24
    assert report["stations"]["112"]["failures"][0]["reason"] == "a month cannot be read. Rebuild it."


def test_given_thousands_of_failures_then_the_message_stays_short_and_the_report_names_all() -> None:
    failures = [Failure("108", f"{year}-01-01", f"{year}-12-31", "x" * 300) for year in range(1907, 2007)]
    report = build_report(
        plan("1907-01-01", "2024-12-31", "108"), run_id="r", failures=failures, hours_present=everything
    )
    assert "and 90 more" in report["message"]
    assert len(report["message"]) < 5000
    assert len(report["stations"]["108"]["failures"]) == 100
