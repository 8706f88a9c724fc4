"""The KMA's clock is UTC+9 throughout, also in the years when Korea's civil clock was another."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from plantcast.common.clock import HOUR, KST, iso_hour, midnight, parse_hour
from plantcast.observations.frame import count_hours, hours_between
from plantcast.observations.lake.months import Month
from plantcast.observations.published import hours_of
from plantcast.observations.rows import read_rows
from plantcast.pipeline.backfill import Chunk
from tests.support.ingest_setup import Environment, FakeKma

SEOUL = ZoneInfo("Asia/Seoul")
# Days on which Korea's civil clock changed, and others of those years.
DAYS = (date(1911, 12, 31), date(1954, 3, 21), date(1961, 8, 10), date(1988, 5, 8), date(1988, 10, 9))


def row(day: date, hour: int) -> dict[str, str]:
    return {"tm": f"{day} {hour:02}:00", "stnId": "108", "ta": f"{10 + hour / 10:.1f}", "hm": "60"}


def test_the_civil_clock_was_another() -> None:
    offsets = {datetime(day.year, day.month, day.day, 12, tzinfo=SEOUL).utcoffset() for day in DAYS}
    assert len(offsets) > 2


@pytest.mark.parametrize("day", DAYS)
def test_every_day_has_24_hours_an_hour_apart_in_utc(day: date) -> None:
    hours = [hour.astimezone(UTC) for hour in hours_of(day)]
    assert hours == [hours[0] + n * HOUR for n in range(24)]
    assert hours[0] == datetime(day.year, day.month, day.day, tzinfo=UTC) - 9 * HOUR
    assert hours_of(day + timedelta(days=1))[0] == hours[-1] + HOUR
    chunk = Chunk("108", day, day)
    assert (chunk.hours, count_hours(chunk.first_hour, chunk.last_hour)) == (24, 24)
    assert list(hours_between(chunk.first_hour, chunk.last_hour)) == hours
    assert [parse_hour(iso_hour(hour), name="hour") for hour in hours] == hours
    assert iso_hour(hours[5]) == f"{day}T05:00+09:00"


@pytest.mark.parametrize("day", DAYS)
def test_the_hours_of_a_day_lie_in_its_month(day: date) -> None:
    month = Month(day.year, day.month)
    assert set(Month.between(hours_of(day)[0], hours_of(day)[-1])) == {month}
    assert month.next().start - month.start == (month.next().start.date() - month.start.date())


@pytest.mark.parametrize("day", DAYS)
def test_rows_of_any_day_are_the_full_hours_they_name(day: date) -> None:
    frame = read_rows([row(day, hour) for hour in range(24)], "108").frame
    assert list(frame.index) == [pd.Timestamp(hour) for hour in hours_of(day)]
    assert frame["ta"].tolist() == [10 + hour / 10 for hour in range(24)]


@pytest.mark.parametrize("day", [date(1988, 10, 9), date(1988, 5, 8), date(1955, 6, 1)])
def test_a_backfill_expects_and_brings_the_24_hours_of_a_day(day: date) -> None:
    made = Environment(FakeKma({hour: f"{10 + hour.hour / 10:.1f}" for hour in hours_of(day)}))
    report = made.ingest.days("108", day, day)
    assert (report.status, report.hours_expected, report.hours_present) == ("complete", 24, 24)
    assert (report.first, report.last) == (midnight(day), midnight(day) + 23 * HOUR)
    assert made.ingest.days("108", day, day).hours_new == 0
    assert len(made.kma.asked) == 1


def test_kst_is_a_fixed_offset() -> None:
    assert {KST.utcoffset(datetime(year, 7, 1)) for year in range(1904, 2030)} == {9 * HOUR}  # noqa: DTZ001
