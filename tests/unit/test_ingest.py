"""Ingest against a fake client: it asks for what is missing, keeps what comes, reports what is not there."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantcast.clock import HOUR, KST, FixedClock, iso_hour
from plantcast.errors import (
    InvalidInputError,
    KeyRejectedError,
    NotYetAvailableError,
    PlantcastError,
    QuotaExhaustedError,
    TemporaryError,
)
from plantcast.observations.ingest import KEPT_FOR_THE_NIGHT, Ingest
from plantcast.observations.kma.asos import LONGEST_PAGE_SECONDS, Keep, Page, Spend
from plantcast.observations.kma.pace import DailyBudget
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.inventory import take_inventory
from plantcast.observations.lake.raw import RawArchive, Response
from plantcast.storage import StoredObject
from tests.asos_replies import page_body, rows_of
from tests.fakes import MemoryObjectStore, MemoryTable

NOW = datetime(2025, 5, 30, 2, tzinfo=KST)
TODAY = date(2025, 5, 30)
YESTERDAY = date(2025, 5, 29)
MIDNIGHT = datetime(2025, 5, 30, tzinfo=KST)


@dataclass
class FakeKma:
    """A client whose weather is a dict of hours; served in pages of `page_size` hours."""

    weather: dict[datetime, str]
    now: datetime = NOW
    page_size: int = 240
    faults: list[PlantcastError | None] = field(default_factory=list)
    asked: list[tuple[datetime, datetime]] = field(default_factory=list)
    declared_source: str | None = None
    sent: int = 0

    def pages(
        self, station: str, start: datetime, end: datetime, *, keep: Keep, spend: Spend
    ) -> Iterator[Page]:
        self.asked.append((start, end))
        hours = [hour for hour in sorted(self.weather) if start <= hour <= end]
        for first in range(0, len(hours) or 1, self.page_size):
            spend()
            fault = self.faults.pop(0) if self.faults else None
            if fault is not None:
                raise fault
            part = hours[first : first + self.page_size]
            rows = [rows_of([hour], station, ta=self.weather[hour])[0] for hour in part]
            self.sent += 1
            number = first // self.page_size + 1
            received_at = self.now + self.sent * timedelta(seconds=1)
            body = page_body(rows, len(hours))
            keep(Response(station, start, end, number, body, received_at, self.declared_source))
            yield Page(station, start, end, number, len(hours), tuple(rows), received_at)


def hours_of(start: datetime, count: int) -> list[datetime]:
    return [start + step * HOUR for step in range(count)]


def weather(days: int = 60, *, without: Sequence[datetime] = ()) -> dict[datetime, str]:
    hours = hours_of(MIDNIGHT - timedelta(days=days), days * 24)
    return {hour: f"{abs(hour.hour - 12) + hour.day / 100:.2f}" for hour in hours if hour not in set(without)}


@dataclass
class Room:
    """An ingest with its collaborators in reach."""

    kma: FakeKma
    store: MemoryObjectStore = field(default_factory=MemoryObjectStore)
    table: MemoryTable = field(default_factory=MemoryTable)
    now: datetime = NOW
    calls_per_day: int = 10_000

    @property
    def lake(self) -> ObservationLake:
        return ObservationLake(self.store, "kma")

    @property
    def ingest(self) -> Ingest:
        budget = DailyBudget(self.table, FixedClock(self.now), self.calls_per_day)
        return Ingest(self.kma, budget, self.store, self.lake, self.table, FixedClock(self.now))

    @property
    def status(self) -> dict[str, object] | None:
        return self.table.get("STATION#108", "STATUS")


def test_a_first_night_brings_ten_days_and_is_complete() -> None:
    room = Room(FakeKma(weather()))
    report = room.ingest.night("108", TODAY)
    assert (report.status, report.hours_expected, report.hours_present, report.hours_new) == (
        "complete",
        240,
        240,
        240,
    )
    assert (report.first, report.last) == (MIDNIGHT - timedelta(days=10), MIDNIGHT - HOUR)
    assert (report.missing, report.message, report.source) == ((), "", "kma")


def test_the_facts_are_those_of_the_contract_and_small() -> None:
    facts = Room(FakeKma(weather(1))).ingest.night("108", TODAY).facts()
    assert facts["first"] == "2025-05-29T00:00+09:00"
    assert len(facts["missing"]) == 24
    assert set(facts) == {
        "station", "status", "source", "first", "last", "hours_expected", "hours_present", "hours_new",
        "hours_corrected", "values_masked", "missing", "stopped_by", "retry_after_seconds", "report_key",
        "message",
    }  # fmt: skip


def test_a_second_night_asks_again_for_the_last_two_days_only() -> None:
    room = Room(FakeKma(weather()))
    room.ingest.night("108", TODAY)
    room.kma.asked.clear()
    report = room.ingest.night("108", TODAY)
    assert room.kma.asked == [(MIDNIGHT - timedelta(days=2), MIDNIGHT - HOUR)]
    assert (report.hours_new, report.hours_corrected, report.status) == (0, 0, "complete")


def test_a_late_correction_is_taken_over_and_counted() -> None:
    room = Room(FakeKma(weather()))
    room.ingest.night("108", TODAY)
    room.kma.weather[MIDNIGHT - 30 * HOUR] = "9.9"
    assert room.ingest.night("108", TODAY).hours_corrected == 1
    hour = MIDNIGHT - 30 * HOUR
    assert room.lake.read("108", hour, hour)["ta"].tolist() == [9.9]


def test_an_unfinished_yesterday_is_partial_and_completed_when_asked_again() -> None:
    late = hours_of(MIDNIGHT - 4 * HOUR, 4)
    room = Room(FakeKma(weather(without=late)))
    report = room.ingest.night("108", TODAY)
    assert (report.status, report.missing, report.last) == ("partial", tuple(late), MIDNIGHT - 5 * HOUR)
    room.kma.weather = weather()
    report = room.ingest.night("108", TODAY)
    assert (report.status, report.hours_new, report.missing) == ("complete", 4, ())


def test_an_old_gap_is_asked_for_and_named_but_does_not_make_the_night_partial() -> None:
    gap = hours_of(MIDNIGHT - timedelta(days=8), 5)
    report = Room(FakeKma(weather(without=gap))).ingest.night("108", TODAY)
    assert (report.status, report.missing) == ("complete", tuple(gap))


def test_a_backfill_asks_only_for_missing_hours() -> None:
    room = Room(FakeKma(weather()))
    room.ingest.days("108", date(2025, 5, 1), date(2025, 5, 10))
    room.kma.asked.clear()
    report = room.ingest.days("108", date(2025, 4, 20), date(2025, 5, 20))
    assert room.kma.asked == [
        (datetime(2025, 4, 20, tzinfo=KST), datetime(2025, 4, 30, 23, tzinfo=KST)),
        (datetime(2025, 5, 11, tzinfo=KST), datetime(2025, 5, 20, 23, tzinfo=KST)),
    ]
    assert (report.status, report.hours_present, report.hours_new) == ("complete", 31 * 24, 21 * 24)
    room.kma.asked.clear()
    room.ingest.days("108", date(2025, 4, 20), date(2025, 5, 20))
    assert room.kma.asked == []


def test_gaps_near_each_other_cost_one_call() -> None:
    gaps = [MIDNIGHT - 200 * HOUR, MIDNIGHT - 190 * HOUR, MIDNIGHT - 100 * HOUR]
    room = Room(FakeKma(weather(without=gaps)))
    start, end = date(2025, 5, 20), YESTERDAY
    room.ingest.days("108", start, end)
    room.kma.asked.clear()
    room.ingest.days("108", start, end)
    assert room.kma.asked == [(gaps[0], gaps[1]), (gaps[2], gaps[2])]


def test_a_backfill_is_judged_on_the_whole_range() -> None:
    gap = [MIDNIGHT - timedelta(days=20)]
    report = Room(FakeKma(weather(without=gap))).ingest.days("108", date(2025, 5, 1), YESTERDAY)
    assert (report.status, report.missing) == ("partial", tuple(gap))


def test_raw_is_kept_of_every_page() -> None:
    room = Room(FakeKma(weather(), page_size=100))
    room.ingest.night("108", TODAY)
    assert len(list(room.store.list("raw/asos/station=108/"))) == 3


class FullStore(MemoryObjectStore):
    """Takes raw responses but no observations."""

    def put_if(self, key: str, body: bytes, *, etag: str | None, content_type: str = "") -> str:
        if key.startswith("observations/"):
            raise OSError("disk full")
        return super().put_if(key, body, etag=etag)


def test_raw_is_kept_even_when_what_follows_fails() -> None:
    room = Room(FakeKma(weather()), store=FullStore())
    with pytest.raises(OSError, match="disk full"):
        room.ingest.night("108", TODAY)
    assert len(list(room.store.list("raw/"))) == 1


def test_when_the_quota_runs_out_what_came_is_kept_and_the_report_says_so() -> None:
    quota = QuotaExhaustedError("The day's quota is used up.", remedy="Go on after midnight KST.")
    room = Room(FakeKma(weather(), page_size=48, faults=[None, None, quota]))
    report = room.ingest.night("108", TODAY)
    assert (report.status, report.hours_present, report.message) == ("failed", 96, str(quota))
    assert room.status is not None
    assert room.status["hours_present"] == 96
    assert room.ingest.night("108", TODAY).status == "complete"


def test_a_quota_that_is_used_up_says_how_long_to_wait() -> None:
    room = Room(FakeKma(weather(), page_size=48), calls_per_day=2)
    report = room.ingest.night("108", TODAY)
    assert (report.status, report.stopped_by, report.hours_present) == ("failed", "quota", 96)
    assert report.retry_after_seconds == 22 * 3600 + 60  # from 02:00 to midnight and a minute
    tomorrow = replace(room, now=NOW + timedelta(days=1))
    tomorrow.calls_per_day = 10
    assert tomorrow.ingest.days("108", YESTERDAY - timedelta(days=9), YESTERDAY).status == "failed"
    assert tomorrow.ingest.night("108", TODAY).status == "complete"


def test_a_backfill_leaves_calls_to_the_nightly_run() -> None:
    room = Room(FakeKma(weather(), page_size=24), calls_per_day=KEPT_FOR_THE_NIGHT + 3)
    report = room.ingest.days("108", YESTERDAY - timedelta(days=9), YESTERDAY)
    assert (report.stopped_by, report.hours_present) == ("quota", 72)
    assert room.ingest.night("108", TODAY).status == "complete"


def test_runs_side_by_side_share_the_day_s_calls() -> None:
    room = Room(FakeKma(weather(), page_size=24), calls_per_day=8)
    room.ingest.night("108", TODAY)
    other = replace(room, kma=FakeKma(weather(), page_size=24), store=MemoryObjectStore())
    assert other.ingest.night("108", TODAY).stopped_by == "quota"
    assert room.kma.sent + other.kma.sent == 8


def test_an_ingest_stops_before_its_time_is_over_and_goes_on_when_called_again() -> None:
    room = Room(FakeKma(weather(), page_size=24))
    left = iter([LONGEST_PAGE_SECONDS + 1, LONGEST_PAGE_SECONDS + 1, LONGEST_PAGE_SECONDS - 1])
    start = YESTERDAY - timedelta(days=9)
    report = room.ingest.days("108", start, YESTERDAY, seconds_left=lambda: next(left))
    assert (report.status, report.stopped_by, report.hours_present) == ("partial", "time", 72)
    assert "Call again" in report.message
    hurried = room.ingest.days("108", start, YESTERDAY, seconds_left=lambda: 0.0)
    assert hurried.hours_present == 96  # one call is always made, so that repeating ends
    assert room.ingest.days("108", start, YESTERDAY).status == "complete"


@pytest.mark.parametrize(
    ("fault", "stopped_by"),
    [
        (KeyRejectedError("No.", remedy="Check it."), "key"),
        (QuotaExhaustedError("No.", remedy="Wait."), "quota"),
        (NotYetAvailableError("No.", remedy="Ask for less."), "unpublished"),
        (None, "none"),
    ],
)
def test_what_stopped_it_is_told(fault: PlantcastError | None, stopped_by: str) -> None:
    report = Room(FakeKma(weather(), faults=[fault])).ingest.night("108", TODAY)
    assert report.stopped_by == stopped_by
    assert (report.retry_after_seconds > 0) == (stopped_by == "quota")


def test_every_response_is_in_the_raw_archive_under_the_hours_asked_for() -> None:
    room = Room(FakeKma(weather(), page_size=100))
    room.ingest.days("108", YESTERDAY - timedelta(days=9), YESTERDAY)
    responses = list(RawArchive(room.store).responses("108"))
    assert [(stored.start, stored.end) for stored in responses] == [
        (MIDNIGHT - timedelta(days=10), MIDNIGHT - HOUR)
    ] * 3


def test_a_run_leaves_a_report_that_the_table_names() -> None:
    hours = weather(without=[MIDNIGHT - 5 * HOUR])
    hours[MIDNIGHT - 8 * HOUR] = "99.9"
    room = Room(FakeKma(hours))
    report = room.ingest.night("108", TODAY, run_id="run-1")
    assert report.report_key == "quality/station=108/run=run-1/report.json"
    stored = json.loads(room.store.objects[report.report_key])
    assert (stored["kind"], stored["run_id"], stored["hours_present"]) == ("night", "run-1", 239)
    assert stored["missing"] == [["2025-05-29T19:00+09:00", "2025-05-29T19:00+09:00"]]
    assert stored["masked"] == [
        {"time": "2025-05-29T16:00+09:00", "variable": "ta", "sent": 99.9, "reason": "out-of-range"}
    ]
    assert stored["received"]["calls"] == 1
    item = room.table.get("STATION#108", "QUALITY")
    assert item is not None
    assert (item["report_key"], item["masked"]) == (report.report_key, {"ta:out-of-range": 1})


def test_a_backfill_s_report_does_not_take_the_place_of_a_newer_one() -> None:
    room = Room(FakeKma(weather()))
    key = room.ingest.night("108", TODAY, run_id="run-1").report_key
    earlier = replace(room, now=NOW - timedelta(minutes=5))
    other = earlier.ingest.days("108", YESTERDAY - timedelta(days=30), YESTERDAY).report_key
    item = room.table.get("STATION#108", "QUALITY")
    assert item is not None
    assert (item["report_key"], other in room.store.objects) == (key, True)


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
    # Over a month's end, with a step and a streak that only both months together tell.
    start, end = date(2025, 4, 28), date(2025, 5, 3)
    hours = weather(40)
    midnight = datetime(2025, 5, 1, tzinfo=KST)
    for hour in hours:
        if hour >= midnight - HOUR:
            hours[hour] = f"{float(hours[hour]) + 20:.2f}"
    for back in range(-15, 15):
        hours[midnight + back * HOUR] = "17.0"
    undisturbed = Room(FakeKma(hours, page_size=50))
    undisturbed.ingest.days("108", start, end)
    expected = undisturbed.lake.read_with_withheld(
        "108", midnight - 10 * 24 * HOUR, midnight + 10 * 24 * HOUR
    )
    assert expected["masked"].str.contains("stuck").sum() == 30

    deaths = 0
    for lives in range(200):
        room = Room(FakeKma(hours, page_size=50), store=MortalStore(lives, done=done))
        try:
            room.ingest.days("108", start, end)
        except KeyboardInterrupt:
            deaths += 1
        else:
            break
        assert isinstance(room.store, MortalStore)
        room.store.lives = math.inf
        assert room.ingest.days("108", start, end).status == "complete"
        found = room.lake.read_with_withheld("108", midnight - 10 * 24 * HOUR, midnight + 10 * 24 * HOUR)
        pd.testing.assert_frame_equal(found, expected)
    assert deaths > 15


def test_what_is_not_published_yet_shortens_the_range() -> None:
    refusal = NotYetAvailableError("Served up to yesterday.", remedy="Ask for an earlier end.")
    room = Room(FakeKma(weather(), faults=[refusal]))
    report = room.ingest.night("108", TODAY)
    assert [end for _, end in room.kma.asked] == [MIDNIGHT - HOUR, MIDNIGHT - 25 * HOUR]
    assert (report.status, report.hours_present, report.last) == ("partial", 216, MIDNIGHT - 25 * HOUR)


def test_a_server_that_never_serves_is_asked_a_few_times_only() -> None:
    refusal = NotYetAvailableError("Served up to yesterday.", remedy="Ask for an earlier end.")
    room = Room(FakeKma(weather(), faults=[refusal] * 10))
    report = room.ingest.night("108", TODAY)
    assert (len(room.kma.asked), report.status, report.message) == (3, "partial", str(refusal))


def test_a_refused_key_is_a_failed_report_with_the_remedy() -> None:
    refused = KeyRejectedError("The key is not registered.", remedy="Check it.")
    report = Room(FakeKma(weather(), faults=[refused])).ingest.night("108", TODAY)
    assert (report.status, report.message, report.hours_present) == ("failed", str(refused), 0)


def test_a_quota_that_ends_after_yesterday_is_in_leaves_the_night_complete() -> None:
    room = Room(FakeKma(weather()))
    room.ingest.night("108", TODAY)
    room.kma.faults = [QuotaExhaustedError("Used up.", remedy="Go on after midnight KST.")]
    report = room.ingest.night("108", TODAY)
    assert (report.status, report.message) == ("complete", "Used up. Go on after midnight KST.")


def test_a_passing_fault_is_raised_and_what_came_before_is_kept() -> None:
    room = Room(FakeKma(weather(), page_size=48, faults=[None, TemporaryError("No.", remedy="Repeat.")]))
    with pytest.raises(TemporaryError):
        room.ingest.night("108", TODAY)
    assert take_inventory(room.lake, room.store, "108").hours == 48


def test_no_data_at_all_is_a_partial_report_without_status_item() -> None:
    room = Room(FakeKma({}))
    report = room.ingest.night("108", TODAY)
    assert (report.status, report.first, report.last, report.hours_present) == ("partial", None, None, 0)
    assert len(report.missing) == 24
    assert room.status is None


def test_masked_values_are_counted() -> None:
    hours = weather()
    hours[MIDNIGHT - HOUR] = "99.9"
    report = Room(FakeKma(hours)).ingest.night("108", TODAY)
    assert (report.values_masked, report.status) == (1, "complete")


def test_a_server_of_another_source_is_refused_before_anything_is_kept() -> None:
    room = Room(FakeKma(weather(), declared_source="synthetic"))
    with pytest.raises(InvalidInputError, match="OBSERVATION_SOURCE"):
        room.ingest.night("108", TODAY)
    assert room.store.objects == {}


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
    room = Room(FakeKma(weather()))
    with pytest.raises(InvalidInputError, match=named):
        room.ingest.days(station, start, end)
    assert room.kma.asked == []


def test_a_night_in_the_future_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="as_of=2025-05-31"):
        Room(FakeKma(weather())).ingest.night("108", date(2025, 5, 31))


def test_the_status_item_describes_the_whole_lake() -> None:
    room = Room(FakeKma(weather()))
    room.ingest.days("108", date(2025, 5, 1), date(2025, 5, 2))
    room.ingest.night("108", TODAY)
    assert room.status == {
        "pk": "STATION#108",
        "sk": "STATUS",
        "first_observation": "2025-05-01T00:00+09:00",
        "last_observation": "2025-05-29T23:00+09:00",
        "hours_present": 12 * 24,
        "hours_expected": 29 * 24,
        "updated_at": "2025-05-30T02:00:00+09:00",
    }


def test_an_older_backfill_or_repeat_moves_no_end_of_the_status_back() -> None:
    room = Room(FakeKma(weather()))
    room.ingest.night("108", TODAY)
    room.ingest.days("108", date(2025, 4, 5), date(2025, 4, 6))
    room.ingest.days("108", date(2025, 4, 10), date(2025, 4, 11))
    assert room.status is not None
    assert room.status["first_observation"] == "2025-04-05T00:00+09:00"
    assert room.status["last_observation"] == "2025-05-29T23:00+09:00"


def test_a_status_counted_before_another_writer_s_is_not_written_over_it() -> None:
    room = Room(FakeKma(weather()))
    room.ingest.days("108", date(2025, 5, 1), date(2025, 5, 2))
    early = dict(room.store.objects)
    room.ingest.night("108", TODAY)
    later = room.status
    stale = replace(room, store=MemoryObjectStore())
    stale.store.objects = early
    stale.ingest.days("108", date(2025, 5, 1), date(2025, 5, 2))
    assert room.status == later


STEPS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12), st.integers(0, 3)), min_size=1, max_size=4)


@settings(max_examples=20, deadline=None)
@given(STEPS, st.randoms(use_true_random=False))
def test_backfills_in_any_order_with_faults_end_in_the_source_s_own_hours(
    steps: list[tuple[int, int, int]], rng: random.Random
) -> None:
    gaps = rng.sample(hours_of(MIDNIGHT - timedelta(days=60), 60 * 24), 30)
    source = weather(without=gaps)
    room = Room(FakeKma(source, page_size=100))
    asked: set[datetime] = set()
    for back, length, good_pages in steps:
        start = YESTERDAY - timedelta(days=back + length)
        end = YESTERDAY - timedelta(days=back)
        room.kma.faults = [None] * good_pages + [TemporaryError("No.", remedy="Repeat.")]
        try:
            room.ingest.days("108", start, end)
        except TemporaryError:
            room.ingest.days("108", start, end)
        asked |= set(hours_of(datetime.combine(start, MIDNIGHT.timetz()), (length + 1) * 24))
    frame = room.lake.read("108", MIDNIGHT - timedelta(days=70), MIDNIGHT)
    kept = {hour.to_pydatetime(): value for hour, value in frame["ta"].items()}  # type: ignore[attr-defined]  # Timestamp
    expected = {hour: float(value) for hour, value in source.items() if hour in asked}
    assert {hour: kept.get(hour) for hour in expected} == expected
    assert all(float(source[hour]) == value for hour, value in kept.items())
    assert room.status is None or room.status["last_observation"] == iso_hour(max(kept))


def test_months_are_crossed_without_losing_the_hours_around_midnight() -> None:
    room = Room(FakeKma(weather()))
    report = room.ingest.days("108", date(2025, 4, 30), date(2025, 5, 1))
    frame = room.lake.read("108", datetime(2025, 4, 30, tzinfo=KST), datetime(2025, 5, 1, 23, tzinfo=KST))
    assert (report.status, len(frame)) == ("complete", 48)
    assert frame.index.equals(pd.date_range("2025-04-30", periods=48, freq="h", tz=KST))
