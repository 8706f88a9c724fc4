"""What a backfill is to bring: chunks that cover every day once, and an input that is checked."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantcast.common.errors import InvalidInputError
from plantcast.common.stations import STATIONS
from plantcast.pipeline.backfill import Chunk, check_span, chunks_of, plan_backfill

TODAY = date(2025, 5, 30)
# A page of the KMA's service has 999 rows.
CALLS_OF_A_YEAR = -(-366 * 24 // 999)


@given(st.dates(date(1950, 1, 1), date(2030, 1, 1)), st.integers(0, 3000), st.sampled_from(["108", "90"]))
def test_chunks_cover_every_day_of_every_station_once(start: date, length: int, other: str) -> None:
    chunks = list(chunks_of(["112", other], start, start + timedelta(days=length)))
    for station in ("112", other):
        days = [c.start + timedelta(days=n) for c in chunks if c.station == station for n in range(c.days)]
        assert sorted(days) == [start + timedelta(days=n) for n in range(length + 1)]


@given(st.dates(date(1950, 1, 1), date(2030, 1, 1)), st.integers(0, 3000))
def test_no_two_chunks_of_a_station_share_a_month(start: date, length: int) -> None:
    chunks = list(chunks_of(["108"], start, start + timedelta(days=length)))
    months = [{(day.year, day.month) for day in (chunk.start, chunk.end)} for chunk in chunks]
    assert all(not one & other for n, one in enumerate(months) for other in months[n + 1 :])
    assert all(chunk.start.year == chunk.end.year for chunk in chunks)


def test_the_latest_year_of_every_station_comes_first() -> None:
    chunks = list(chunks_of(["108", "112"], date(2023, 12, 30), date(2025, 5, 29)))
    assert chunks[0] == Chunk("108", date(2025, 1, 1), date(2025, 5, 29))
    assert [(chunk.station, chunk.start.year) for chunk in chunks] == [
        ("108", 2025),
        ("112", 2025),
        ("108", 2024),
        ("112", 2024),
        ("108", 2023),
        ("112", 2023),
    ]
    assert chunks[-1].start == date(2023, 12, 30)


def test_ten_years_of_a_hundred_stations_are_within_a_days_calls() -> None:
    chunks = chunks_of([str(number) for number in range(100, 200)], date(2015, 1, 1), date(2024, 12, 31))
    assert sum(CALLS_OF_A_YEAR for _ in chunks) <= 9_500


def test_a_leap_year_has_8784_hours_and_a_day_24_whatever_koreas_civil_clock_did() -> None:
    assert Chunk("108", date(2024, 1, 1), date(2024, 12, 31)).hours == 8784
    # Korea's clocks went forward on 10 May 1987 and back on 9 October 1988; the KMA's did not.
    assert [Chunk("108", day, day).hours for day in (date(1987, 5, 10), date(1988, 10, 9))] == [24, 24]


def test_given_no_end_then_yesterday() -> None:
    assert check_span("2025-05-01", None, today=TODAY) == (date(2025, 5, 1), date(2025, 5, 29))


@pytest.mark.parametrize(
    ("start", "end", "named"),
    [
        ("2025-05-10", "2025-05-01", r"--from=2025-05-10 lies after --to=2025-05-01"),
        ("2025-05-30", None, r"--from=2025-05-30 lies after"),
        ("2025-05-01", "2025-05-30", r"--to=2025-05-30 is not over yet"),
        ("1903-01-01", None, r"--from=1903-01-01 lies before .*1904-04-09 or later"),
        ("soon", None, r"--from='soon'"),
        ("2025-05-01", "2025-02-30", r"--to='2025-02-30'"),
    ],
)
def test_given_a_span_that_cannot_be_then_the_error_names_it(start: str, end: str | None, named: str) -> None:
    with pytest.raises(InvalidInputError, match=named):
        check_span(start, end, today=TODAY, names=("--from", "--to"))


def test_given_only_a_start_then_all_known_stations_up_to_yesterday() -> None:
    plan = plan_backfill({"start": "2024-01-01"}, today=TODAY)
    assert plan.stations == tuple(STATIONS)
    assert (plan.start, plan.end) == (date(2024, 1, 1), date(2025, 5, 29))
    assert len(plan.chunks()) == 2 * len(STATIONS)


def test_given_stations_twice_then_each_once_in_order() -> None:
    plan = plan_backfill({"start": "2024-01-01", "stations": ["112", "108", "112"]}, today=TODAY)
    assert plan.stations == ("112", "108")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (None, "event=None"),
        ({}, "start is missing"),
        ({"start": None}, "start=None is not a day"),
        ({"start": "2024-01-01", "station": "108"}, "station='108': Extra"),
        ({"start": 20240101}, "start=20240101 is not a day"),
        ({"start": "2024-01-01", "end": "2025-05-30"}, "end=2025-05-30 is not over yet"),
        ({"start": "2024-01-01", "stations": ["999"]}, "'999'"),
        ({"start": "2024-01-01", "stations": "108"}, "stations='108'"),
        ({"start": "2024-01-01", "stations": []}, r"stations=\[\]"),
    ],
)
def test_given_a_wrong_input_then_the_error_names_it(given: Any, named: str) -> None:
    with pytest.raises(InvalidInputError, match=named):
        plan_backfill(given, today=TODAY)
