"""A backfill covers every day once, and passes on what ingest says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.backfill import CHUNK_DAYS, Chunk, backfill, check_span, chunks_of
from infra.local.cloud import LocalCloud
from plantcast.errors import InvalidInputError, PlantcastError

TODAY = date(2025, 5, 30)


class FakeCloud:
    """Answers as the ingest function does, with 24 hours a day; `refuse` names days whose chunk fails."""

    def __init__(self, refuse: date | None = None) -> None:
        self.calls: list[Mapping[str, Any]] = []
        self.refuse = refuse

    def invoke(self, function: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        assert function == "ingest"
        self.calls.append(payload)
        start, end = date.fromisoformat(payload["start"]), date.fromisoformat(payload["end"])
        if self.refuse is not None and start <= self.refuse <= end:
            return {"status": "failed", "message": "the key was refused"}
        hours = 24 * ((end - start).days + 1)
        return {"status": "complete", "hours_expected": hours, "hours_present": hours, "hours_new": hours}


def run(cloud: FakeCloud, *arguments: Any, **more: Any) -> Any:
    return backfill(cast(LocalCloud, cloud), *arguments, **more)


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(0, 500))
def test_chunks_cover_every_day_once(start: date, length: int) -> None:
    chunks = list(chunks_of(["108"], start, start + timedelta(days=length)))
    days = [chunk.start + timedelta(days=n) for chunk in chunks for n in range(chunk.days)]
    assert sorted(days) == [start + timedelta(days=n) for n in range(length + 1)]
    assert all(chunk.days <= CHUNK_DAYS for chunk in chunks)


def test_the_newest_days_come_first() -> None:
    first, second = chunks_of(["108"], date(2025, 4, 1), date(2025, 5, 29))
    assert first.end == date(2025, 5, 29)
    assert second.start == date(2025, 4, 1)


def test_given_two_stations_then_hours_are_counted_over_both() -> None:
    seen: list[Chunk] = []
    report = run(FakeCloud(), ["108", "112"], date(2025, 5, 1), date(2025, 5, 29), seen.append)
    assert (report.hours_present, report.chunks, report.incomplete) == (2 * 29 * 24, 2, 0)
    assert [chunk.station for chunk in seen] == ["108", "112"]


def test_given_a_chunk_that_fails_then_the_error_carries_ingests_message() -> None:
    cloud = FakeCloud(refuse=date(2025, 3, 1))
    with pytest.raises(PlantcastError, match=r"station 108 .*the key was refused"):
        run(cloud, ["108"], date(2025, 1, 1), date(2025, 5, 29))
    assert len(cloud.calls) == 3


def test_given_no_end_then_yesterday() -> None:
    assert check_span("2025-05-01", None, today=TODAY) == (date(2025, 5, 1), date(2025, 5, 29))


@pytest.mark.parametrize(
    ("start", "end", "named"),
    [
        ("2025-05-10", "2025-05-01", r"--from=2025-05-10 lies after --to=2025-05-01"),
        ("2025-05-30", None, r"--from=2025-05-30 lies after"),
        ("2025-05-01", "2025-05-30", r"--to=2025-05-30 is not over yet"),
        ("soon", None, r"--from='soon'"),
        ("2025-05-01", "2025-02-30", r"--to='2025-02-30'"),
    ],
)
def test_given_a_span_that_cannot_be_then_the_error_names_it(start: str, end: str | None, named: str) -> None:
    with pytest.raises(InvalidInputError, match=named):
        check_span(start, end, today=TODAY)
