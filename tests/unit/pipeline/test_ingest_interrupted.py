"""Ingest cut short: by quota, clock, key, KMA, or a kill; what was received is kept, the rest follows."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, datetime, timedelta

import pandas as pd
import pytest

from plantcast.aws import StoredObject
from plantcast.common.clock import HOUR, KST
from plantcast.common.errors import (
    NotYetAvailableError,
    TemporaryError,
)
from plantcast.observations.kma.client import LONGEST_PAGE_SECONDS
from tests.support.fakes import MemoryObjectStore
from tests.support.ingest_setup import MIDNIGHT, NOW, TODAY, YESTERDAY, Environment, FakeKma, weather

pytestmark = pytest.mark.slow


def test_a_quota_that_is_used_up_says_how_long_to_wait() -> None:
    env = Environment(FakeKma(weather(), page_size=48), calls_per_day=2)
    report = env.ingest.night("108", TODAY)
    assert (report.status, report.stopped_by, report.hours_present) == ("failed", "quota", 96)
    assert report.retry_after_seconds == 22 * 3600 + 60  # from 02:00 to midnight and a minute
    tomorrow = replace(env, now=NOW + timedelta(days=1))
    tomorrow.calls_per_day = 10
    assert tomorrow.ingest.days("108", YESTERDAY - timedelta(days=9), YESTERDAY).status == "complete"
    assert tomorrow.ingest.night("108", TODAY).status == "complete"


@pytest.mark.parametrize(("calls_per_day", "days"), [(10, 8), (5, 4), (1, 1)])
def test_a_backfill_gets_on_with_any_quota_and_leaves_calls_to_the_nightly_run(
    calls_per_day: int, days: int
) -> None:
    env = Environment(FakeKma(weather(), page_size=24), calls_per_day=calls_per_day)
    report = env.ingest.days("108", YESTERDAY - timedelta(days=9), YESTERDAY)
    assert (report.stopped_by, report.hours_present) == ("quota", 24 * days)
    env.kma.page_size = 240
    reached = env.ingest.night("108", TODAY).status
    assert reached == ("complete" if calls_per_day > 1 else "failed")


def test_runs_side_by_side_share_the_day_s_calls() -> None:
    env = Environment(FakeKma(weather(), page_size=24), calls_per_day=8)
    env.ingest.night("108", TODAY)
    other = replace(env, kma=FakeKma(weather(), page_size=24), store=MemoryObjectStore())
    assert other.ingest.night("108", TODAY).stopped_by == "quota"
    assert env.kma.sent + other.kma.sent == 8


def test_an_ingest_stops_before_its_time_is_over_and_goes_on_when_called_again() -> None:
    env = Environment(FakeKma(weather(), page_size=24))
    left = iter([LONGEST_PAGE_SECONDS + 1, LONGEST_PAGE_SECONDS + 1, LONGEST_PAGE_SECONDS - 1])
    start = YESTERDAY - timedelta(days=9)
    report = env.ingest.days("108", start, YESTERDAY, seconds_left=lambda: next(left))
    assert (report.status, report.stopped_by, report.hours_present) == ("partial", "time", 72)
    assert "Call again" in report.message
    hurried = env.ingest.days("108", start, YESTERDAY, seconds_left=lambda: 0.0)
    assert hurried.hours_present == 96  # one call is always made, so that repeating ends
    assert env.ingest.days("108", start, YESTERDAY).status == "complete"


class MortalStore(MemoryObjectStore):
    """Dies at its n-th request, before or after it has done it, as a process does that is killed."""

    def __init__(self, lives: float, *, done: bool) -> None:
        super().__init__()
        self.lives, self.done = lives, done

    def _live(self, *, done: bool) -> None:
        if done is self.done:
            self.lives -= 1
            if self.lives < 0:
                raise KeyboardInterrupt

    def get(self, key: str) -> StoredObject | None:
        self._live(done=False)
        found = super().get(key)
        self._live(done=True)
        return found

    def put_if(self, key: str, body: bytes, *, etag: str | None, content_type: str = "") -> str:
        self._live(done=False)
        written = super().put_if(key, body, etag=etag)
        self._live(done=True)
        return written


@pytest.mark.parametrize("done", [False, True])
def test_killed_at_any_request_the_next_run_ends_in_the_same_lake(done: bool) -> None:
    # Over a month's end, with a step and a streak that only both months together show.
    start, end = date(2025, 4, 28), date(2025, 5, 3)
    hours = weather(40)
    midnight = datetime(2025, 5, 1, tzinfo=KST)
    for hour in hours:
        if hour >= midnight - HOUR:
            hours[hour] = f"{float(hours[hour]) + 20:.2f}"
    for back in range(-15, 15):
        hours[midnight + back * HOUR] = "17.0"
    undisturbed = Environment(FakeKma(hours, page_size=50))
    undisturbed.ingest.days("108", start, end)
    expected = undisturbed.lake.read("108", midnight - 10 * 24 * HOUR, midnight + 10 * 24 * HOUR)
    assert expected["masked"].str.contains("stuck").sum() == 30

    deaths = 0
    for lives in range(200):
        env = Environment(FakeKma(hours, page_size=50), store=MortalStore(lives, done=done))
        try:
            env.ingest.days("108", start, end)
        except KeyboardInterrupt:
            deaths += 1
        else:
            break
        assert isinstance(env.store, MortalStore)
        env.store.lives = math.inf
        assert env.ingest.days("108", start, end).status == "complete"
        found = env.lake.read("108", midnight - 10 * 24 * HOUR, midnight + 10 * 24 * HOUR)
        pd.testing.assert_frame_equal(found, expected)
    assert deaths > 8


def test_what_is_not_published_yet_shortens_the_range() -> None:
    refusal = NotYetAvailableError("Served up to yesterday.", remedy="Ask for an earlier end.")
    env = Environment(FakeKma(weather(), faults=[refusal]))
    report = env.ingest.night("108", TODAY)
    assert [end for _, end in env.kma.asked] == [MIDNIGHT - HOUR, MIDNIGHT - 25 * HOUR]
    assert (report.status, report.hours_present, report.last) == ("partial", 216, MIDNIGHT - 25 * HOUR)


def test_a_server_that_never_serves_is_asked_a_few_times_only() -> None:
    refusal = NotYetAvailableError("Served up to yesterday.", remedy="Ask for an earlier end.")
    env = Environment(FakeKma(weather(), faults=[refusal] * 10))
    report = env.ingest.night("108", TODAY)
    assert (len(env.kma.asked), report.status, report.message) == (3, "partial", str(refusal))


def test_a_passing_fault_is_raised_and_what_came_before_is_kept() -> None:
    env = Environment(
        FakeKma(weather(), page_size=48, faults=[None, TemporaryError("No.", remedy="Repeat.")])
    )
    with pytest.raises(TemporaryError):
        env.ingest.night("108", TODAY)
    assert len(env.lake.read_station("108")) == 48


def test_no_data_at_all_is_a_partial_report_without_status_item() -> None:
    env = Environment(FakeKma({}))
    report = env.ingest.night("108", TODAY)
    assert (report.status, report.first, report.last, report.hours_present) == ("partial", None, None, 0)
    assert len(report.missing) == 24
    assert env.status is None
