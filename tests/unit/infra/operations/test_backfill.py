"""A backfill goes through every station, says which failed and why, and stops for what stops all of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, cast

import pytest

from infra.cli.backfill import run_backfill
from infra.operations.backfill import (
    GIVE_UP_AFTER,
    WORKERS,
    BackfillReport,
    StationsFailedError,
    backfill,
)
from infra.stack.deployment import Deployment
from plantcast.common.errors import KeyRejectedError, PlantcastError, QuotaExhaustedError
from plantcast.pipeline.backfill import Chunk

Answer = Callable[[str, int, int], dict[str, Any]]


class FakeCloud:
    """Answers as the ingest function does, with 24 hours a day; `answer` may say otherwise.

    It is asked with the station, the year, and how often that chunk was asked for before.
    """

    def __init__(self, answer: Answer = lambda station, year, before: {}) -> None:
        self.calls: list[Mapping[str, Any]] = []
        self._answer = answer
        self._lock = threading.Lock()

    def invoke(self, function: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        assert function == "ingest"
        with self._lock:
            before = self.calls.count(payload)
            self.calls.append(payload)
        start, end = date.fromisoformat(payload["start"]), date.fromisoformat(payload["end"])
        hours = 24 * ((end - start).days + 1)
        complete = {"status": "complete", "hours_expected": hours, "hours_present": hours, "hours_new": hours}
        return complete | self._answer(payload["station"], start.year, before)

    def asked(self, station: str) -> list[int]:
        """Years asked for, in order."""
        return [int(call["start"][:4]) for call in self.calls if call["station"] == station]


def run(
    cloud: FakeCloud, *stations: str, start: str = "2022-01-01", end: str = "2024-12-31", **more: Any
) -> BackfillReport:
    return backfill(
        cast(Deployment, cloud), stations, date.fromisoformat(start), date.fromisoformat(end), **more
    )


def test_given_two_stations_then_hours_are_counted_over_both() -> None:
    seen: list[Chunk] = []
    report = run(FakeCloud(), "108", "112", start="2024-12-31", end="2025-05-29", on_chunk=seen.append)
    facts = report.details()
    assert (facts["hours_expected"], facts["hours_present"], facts["hours_new"]) == (2 * 150 * 24,) * 3
    assert (facts["chunks"], facts["incomplete"], facts["stopped_by"]) == (4, 0, "none")
    assert facts["stations"] == ["108", "112"]
    assert facts["by_station"]["112"]["hours_present"] == 150 * 24
    assert sum(chunk.days for chunk in seen) == 2 * 150
    assert report.finished
    report.raise_if_failed()


def test_given_a_station_that_ingest_refuses_then_the_others_come_and_it_is_named_with_its_cause() -> None:
    def answer(station: str, year: int, before: int) -> dict[str, Any]:
        return {"status": "failed", "message": "no such station."} if station == "112" else {}

    cloud = FakeCloud(answer)
    report = run(cloud, "108", "112", "119", start="2015-01-01")

    assert report.by_station["108"].hours_present == report.by_station["119"].hours_present == 3653 * 24
    assert report.by_station["112"].failed == "no such station. (2024-01-01 to 2024-12-31)"
    assert not report.finished
    with pytest.raises(StationsFailedError, match=r"1 of 3 stations .*station 112: no such station\. \(2024"):
        report.raise_if_failed()
    # It is not asked for year after year.
    assert len(cloud.asked("112")) <= GIVE_UP_AFTER + WORKERS - 1


def test_given_one_bad_year_then_the_stations_other_years_still_come() -> None:
    def answer(station: str, year: int, before: int) -> dict[str, Any]:
        if year == 2023:
            raise PlantcastError("The ingest function failed: damaged file", remedy="See its log.")
        return {}

    report = run(FakeCloud(answer), "108")

    assert report.by_station["108"].hours_present == (366 + 365) * 24
    assert report.by_station["108"].chunks == 3
    assert report.failed == {"108": "The ingest function failed: damaged file (2023-01-01 to 2023-12-31)"}


def test_given_the_time_runs_out_then_the_same_chunk_is_asked_for_again_and_counted_once() -> None:
    def answer(station: str, year: int, before: int) -> dict[str, Any]:
        present = (before + 1) * 2920
        done = {"hours_present": present, "hours_new": 2920, "hours_corrected": 1, "values_masked": before}
        return done if present == 8760 else {**done, "status": "partial", "stopped_by": "time"}

    report = run(FakeCloud(answer), "108", start="2023-01-01", end="2023-12-31")

    facts = report.details()
    assert (facts["hours_present"], facts["hours_new"], facts["hours_corrected"]) == (8760, 8760, 3)
    assert (facts["values_masked"], facts["chunks"], facts["incomplete"]) == (2, 1, 0)


def test_given_the_time_runs_out_without_progress_then_the_chunk_fails_instead_of_looping() -> None:
    cloud = FakeCloud(lambda *_: {"hours_present": 7, "status": "partial", "stopped_by": "time"})
    report = run(cloud, "108", start="2023-01-01", end="2023-12-31")
    assert len(cloud.calls) == 2
    assert "before it added an hour" in report.failed["108"]


def test_given_the_quota_is_used_up_then_it_stops_keeps_what_came_and_says_when_to_call_again() -> None:
    def answer(station: str, year: int, before: int) -> dict[str, Any]:
        if year == 2024:
            return {}
        return {
            "status": "failed",
            "stopped_by": "quota",
            "retry_after_seconds": 7_199,
            "hours_present": 999,
            "hours_new": 999,
            "message": "The day's calls are used up.",
        }

    cloud = FakeCloud(answer)
    report = run(cloud, "108", "112", start="2015-01-01")

    assert report.stopped_by == "quota"
    assert report.failed == {}
    assert len(cloud.calls) <= 2 + WORKERS
    assert report.total("hours_present") >= 2 * 366 * 24 + 999
    assert report.total("hours_expected") == 2 * 3653 * 24
    with pytest.raises(QuotaExhaustedError, match=r"after midnight KST, in 2 h 0 min; stored hours are not"):
        report.raise_if_failed()


def test_given_a_refused_key_then_it_stops_at_once_with_ingests_words() -> None:
    refusal = {"status": "failed", "stopped_by": "key", "message": "The key was refused (30). Check it."}
    cloud = FakeCloud(lambda *_: refusal)
    report = run(cloud, "108", "112", start="2015-01-01")
    assert len(cloud.calls) <= WORKERS
    assert report.details()["stopped_by"] == "key"
    with pytest.raises(KeyRejectedError, match=r"The key was refused \(30\)\. Check it\. Then call"):
        report.raise_if_failed()


def test_given_a_station_without_any_hour_then_it_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    nothing = {"status": "partial", "hours_present": 0, "hours_new": 0}
    cloud = FakeCloud(lambda station, year, before: nothing if station == "112" else {})

    run_backfill(cast(Deployment, cloud), ["108", "112"], date(2022, 8, 1), date(2022, 8, 16))

    shown = " ".join(capfd.readouterr().err.split())
    assert "384 of 768 hours" in shown
    assert "no observations of station 112 on these days" in shown
