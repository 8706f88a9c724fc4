"""Ingest against a fake client: it asks for what is missing, keeps what comes, reports what is not there."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantcast.common.clock import HOUR, KST, iso_hour
from plantcast.common.errors import (
    InvalidInputError,
    TemporaryError,
)
from tests.support.fakes import MemoryObjectStore
from tests.support.ingest_setup import (
    MIDNIGHT,
    NOW,
    TODAY,
    YESTERDAY,
    Environment,
    FakeKma,
    hours_of,
    weather,
)

pytestmark = pytest.mark.slow


def test_a_first_night_brings_ten_days_and_is_complete() -> None:
    env = Environment(FakeKma(weather()))
    report = env.ingest.night("108", TODAY)
    assert (report.status, report.hours_expected, report.hours_present, report.hours_new) == (
        "complete",
        240,
        240,
        240,
    )
    assert (report.first, report.last) == (MIDNIGHT - timedelta(days=10), MIDNIGHT - HOUR)
    assert (report.missing, report.message, report.source) == ((), "", "kma")


def test_a_second_night_fetches_the_last_two_days_again() -> None:
    env = Environment(FakeKma(weather()))
    env.ingest.night("108", TODAY)
    env.kma.asked.clear()
    report = env.ingest.night("108", TODAY)
    assert env.kma.asked == [(MIDNIGHT - timedelta(days=2), MIDNIGHT - HOUR)]
    assert (report.hours_new, report.hours_corrected, report.status) == (0, 0, "complete")


def test_a_late_correction_is_stored_and_counted() -> None:
    env = Environment(FakeKma(weather()))
    env.ingest.night("108", TODAY)
    env.kma.weather[MIDNIGHT - 30 * HOUR] = "9.9"
    assert env.ingest.night("108", TODAY).hours_corrected == 1
    hour = MIDNIGHT - 30 * HOUR
    assert env.lake.read("108", hour, hour)["ta"].tolist() == [9.9]


def test_an_unfinished_yesterday_is_partial_and_completed_later() -> None:
    late = hours_of(MIDNIGHT - 4 * HOUR, 4)
    env = Environment(FakeKma(weather(without=late)))
    report = env.ingest.night("108", TODAY)
    assert (report.status, report.missing, report.last) == ("partial", tuple(late), MIDNIGHT - 5 * HOUR)
    env.kma.weather = weather()
    report = env.ingest.night("108", TODAY)
    assert (report.status, report.hours_new, report.missing) == ("complete", 4, ())


def test_an_old_gap_is_requested_and_named_but_does_not_make_the_night_partial() -> None:
    gap = hours_of(MIDNIGHT - timedelta(days=8), 5)
    report = Environment(FakeKma(weather(without=gap))).ingest.night("108", TODAY)
    assert (report.status, report.missing) == ("complete", tuple(gap))


def test_a_backfill_requests_only_missing_hours() -> None:
    env = Environment(FakeKma(weather()))
    env.ingest.days("108", date(2025, 5, 1), date(2025, 5, 10))
    env.kma.asked.clear()
    report = env.ingest.days("108", date(2025, 4, 20), date(2025, 5, 20))
    assert env.kma.asked == [
        (datetime(2025, 4, 20, tzinfo=KST), datetime(2025, 4, 30, 23, tzinfo=KST)),
        (datetime(2025, 5, 11, tzinfo=KST), datetime(2025, 5, 20, 23, tzinfo=KST)),
    ]
    assert (report.status, report.hours_present, report.hours_new) == ("complete", 31 * 24, 21 * 24)
    env.kma.asked.clear()
    env.ingest.days("108", date(2025, 4, 20), date(2025, 5, 20))
    assert env.kma.asked == []


def test_a_run_leaves_a_report_that_the_table_names() -> None:
    hours = weather(without=[MIDNIGHT - 5 * HOUR])
    hours[MIDNIGHT - 8 * HOUR] = "99.9"
    env = Environment(FakeKma(hours))
    report = env.ingest.night("108", TODAY, run_id="run-1")
    assert report.report_key == "quality/station=108/run=run-1/report.json"
    stored = json.loads(env.store.objects[report.report_key])
    assert (stored["kind"], stored["run_id"], stored["hours_present"]) == ("night", "run-1", 239)
    assert stored["missing"] == [["2025-05-29T19:00+09:00", "2025-05-29T19:00+09:00"]]
    assert stored["masked"] == [
        {"time": "2025-05-29T16:00+09:00", "variable": "ta", "sent": 99.9, "reason": "out-of-range"}
    ]
    assert stored["received"]["calls"] == 1
    item = env.table.get("STATION#108", "QUALITY")
    assert item is not None
    assert (item["report_key"], item["completeness"]["hm"]) == (report.report_key, round(239 / 240, 4))


def test_a_backfill_s_report_does_not_take_the_place_of_a_newer_one() -> None:
    env = Environment(FakeKma(weather()))
    key = env.ingest.night("108", TODAY, run_id="run-1").report_key
    later = replace(env, now=NOW + timedelta(minutes=5))
    days = YESTERDAY - timedelta(days=30), YESTERDAY - timedelta(days=1)
    other = later.ingest.days("108", *days).report_key
    item = env.table.get("STATION#108", "QUALITY")
    assert item is not None
    assert (item["report_key"], other in env.store.objects) == (key, True)


def test_a_server_of_another_source_is_refused_before_anything_is_kept() -> None:
    env = Environment(FakeKma(weather(), declared_source="synthetic"))
    with pytest.raises(InvalidInputError, match="OBSERVATION_SOURCE"):
        env.ingest.night("108", TODAY)
    assert env.store.objects == {}


@pytest.mark.parametrize(
    ("station", "start", "end", "named"),
    [
        ("109", YESTERDAY, YESTERDAY, "'109'"),
        ("108", YESTERDAY, date(2025, 5, 28), "end=2025-05-28"),
        ("108", YESTERDAY, TODAY, "end=2025-05-30"),
        ("108", YESTERDAY, date(2026, 1, 1), "end=2026-01-01"),
    ],
)
def test_a_wrong_backfill_is_refused_naming_the_value(
    station: str, start: date, end: date, named: str
) -> None:
    env = Environment(FakeKma(weather()))
    with pytest.raises(InvalidInputError, match=named):
        env.ingest.days(station, start, end)
    assert env.kma.asked == []


def test_the_status_item_describes_the_whole_lake() -> None:
    env = Environment(FakeKma(weather()))
    env.ingest.days("108", date(2025, 5, 1), date(2025, 5, 2))
    env.ingest.night("108", TODAY)
    assert env.status == {
        "pk": "STATION#108",
        "sk": "STATUS",
        "schema_version": 1,
        "first_observation": "2025-05-01T00:00+09:00",
        "last_observation": "2025-05-29T23:00+09:00",
        "last_provisional": None,
        "hours_present": 12 * 24,
        "hours_expected": 29 * 24,
        "updated_at": "2025-05-30T02:00:00.000+09:00",
    }


def test_a_status_taken_before_another_writer_s_is_not_written_over_it() -> None:
    env = Environment(FakeKma(weather()))
    env.ingest.days("108", date(2025, 5, 1), date(2025, 5, 2))
    early = dict(env.store.objects)
    env.ingest.night("108", TODAY)
    later = env.status
    stale = replace(env, store=MemoryObjectStore(), now=env.now - timedelta(seconds=1))
    stale.store.objects = early
    stale.ingest.days("108", date(2025, 5, 1), date(2025, 5, 2))
    assert env.status == later


STEPS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12), st.integers(0, 3)), min_size=1, max_size=4)


@settings(max_examples=8, deadline=None)
@given(STEPS, st.randoms(use_true_random=False))
def test_backfills_in_any_order_with_faults_end_in_the_source_s_own_hours(
    steps: list[tuple[int, int, int]], rng: random.Random
) -> None:
    gaps = rng.sample(hours_of(MIDNIGHT - timedelta(days=60), 60 * 24), 30)
    source = weather(without=gaps)
    env = Environment(FakeKma(source, page_size=100))
    asked: set[datetime] = set()
    for back, length, good_pages in steps:
        start = YESTERDAY - timedelta(days=back + length)
        end = YESTERDAY - timedelta(days=back)
        env.kma.faults = [None] * good_pages + [TemporaryError("No.", remedy="Repeat.")]
        try:
            env.ingest.days("108", start, end)
        except TemporaryError:
            env.ingest.days("108", start, end)
        asked |= set(hours_of(datetime.combine(start, MIDNIGHT.timetz()), (length + 1) * 24))
    frame = env.lake.read("108", MIDNIGHT - timedelta(days=70), MIDNIGHT)
    kept = {hour.to_pydatetime(): value for hour, value in frame["ta"].items()}  # type: ignore[attr-defined]  # Timestamp
    expected = {hour: float(value) for hour, value in source.items() if hour in asked}
    assert {hour: kept.get(hour) for hour in expected} == expected
    assert all(float(source[hour]) == value for hour, value in kept.items())
    assert env.status is None or env.status["last_observation"] == iso_hour(max(kept))
