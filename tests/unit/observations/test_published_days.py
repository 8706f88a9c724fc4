"""The newest days as items for the API: equal to the lake, kept up to date, written only when they differ."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from plantcast.common.clock import HOUR, KST
from plantcast.common.errors import CorruptDataError
from plantcast.observations.published import (
    DAYS_PUBLISHED,
    PUBLISHED,
    Masked,
    ObservedDay,
    ObservedDays,
)
from tests.support.fakes import MemoryTable
from tests.support.ingest_setup import MIDNIGHT, NOW, TODAY, YESTERDAY, Environment, FakeKma, weather


class WatchedTable(MemoryTable):
    """Remembers which observed days were written; can die at such a write, as a process that is killed."""

    def __init__(self, lives: float = float("inf")) -> None:
        super().__init__()
        self.written: list[str] = []
        self.lives = lives

    def put_if_newer(self, item: dict[str, Any], *, attribute: str) -> bool:
        if item["sk"].startswith("OBS#"):
            self.lives -= 1
            if self.lives < 0:
                raise KeyboardInterrupt
            self.written.append(item["sk"])
        return super().put_if_newer(item, attribute=attribute)


def env(*, lives: float = float("inf"), **changes: Any) -> Environment:
    """A env whose weather has a spike, a value missing, and a day without any observation."""
    hours = weather(60, without=[MIDNIGHT - timedelta(days=5) + hour * HOUR for hour in range(24)])
    hours[MIDNIGHT - 30 * HOUR] = "49.0"
    hours[MIDNIGHT - 40 * HOUR] = ""
    return Environment(FakeKma(hours, **changes), table=WatchedTable(lives))


def table_of(made: Environment) -> WatchedTable:
    assert isinstance(made.table, WatchedTable)
    return made.table


def stored(made: Environment) -> list[ObservedDay]:
    return ObservedDays(made.table).newest("108", 999, until=date.max)


def in_the_lake(made: Environment, first: date, last: date) -> list[ObservedDay]:
    """The days of the lake, hour by hour and value by value."""
    frame = made.lake.read("108", MIDNIGHT - timedelta(days=80), MIDNIGHT)
    days = []
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        values: dict[str, list[float | None]] = {name: [] for name in PUBLISHED}
        masked = []
        for hour in range(24):
            at = datetime(day.year, day.month, day.day, hour, tzinfo=KST)
            row = frame.loc[at] if at in frame.index else None
            for name in PUBLISHED:
                value = None if row is None or row[name] != row[name] else row[name]
                values[name].append(value)
            for entry in row["masked"].split(";") if row is not None and row["masked"] else ():
                name, reason = entry.split(":", 1)
                if name in PUBLISHED:
                    masked.append(Masked(name, hour, reason))
        columns = {name: tuple(column) for name, column in values.items()}
        days.append(ObservedDay("108", day, "kma", columns, tuple(masked)))
    return days


def test_given_a_backfill_to_yesterday_then_the_last_35_days_are_those_of_the_lake() -> None:
    made = env()

    made.ingest.days("108", YESTERDAY - timedelta(days=50), YESTERDAY)

    days = stored(made)
    assert (len(days), days[-1].day) == (DAYS_PUBLISHED, YESTERDAY)
    assert days == in_the_lake(made, days[0].day, YESTERDAY)
    assert any(day.masked for day in days)  # the spike


def test_given_the_same_night_again_then_nothing_is_written() -> None:
    made = env()
    made.ingest.night("108", TODAY)
    before, table = dict(made.table.items), table_of(made)
    table.written.clear()

    made.ingest.night("108", TODAY)

    assert table.written == []
    days = {key: item for key, item in before.items() if key[1].startswith("OBS#")}
    assert {key: made.table.items[key] for key in days} == days


def test_given_a_correction_then_its_day_alone_is_written_anew() -> None:
    made = env()
    made.ingest.night("108", TODAY)
    table_of(made).written.clear()
    hour = MIDNIGHT - 26 * HOUR
    made.kma.weather[hour] = "12.5"

    replace(made, now=NOW + HOUR).ingest.night("108", TODAY)

    assert table_of(made).written == [f"OBS#{hour.date()}"]
    (day,) = ObservedDays(made.table).between("108", hour.date(), hour.date())
    assert day.values["ta"][hour.hour] == 12.5
    assert day == in_the_lake(made, hour.date(), hour.date())[0]


@pytest.mark.parametrize("lives", [0, 1, 7])
def test_given_a_kill_between_lake_and_items_then_the_next_night_puts_it_right(lives: int) -> None:
    made = env(lives=lives)
    with pytest.raises(KeyboardInterrupt):
        made.ingest.night("108", TODAY)
    table_of(made).lives = float("inf")

    made.ingest.night("108", TODAY)

    assert len(table_of(made).written) == 10
    assert stored(made) == in_the_lake(made, TODAY - timedelta(days=10), YESTERDAY)


def test_given_a_writer_that_read_the_lake_earlier_then_it_does_not_undo_what_a_later_one_wrote() -> None:
    table = MemoryTable()
    days, (day,) = ObservedDays(table), in_the_lake(env(), YESTERDAY, YESTERDAY)
    later = replace(day, values={**day.values, "ta": (1.0,) * 24})

    assert days.put(later, read_at=NOW)
    assert not days.put(day, read_at=NOW - timedelta(milliseconds=1))
    assert days.newest("108", 1, until=date.max) == [later]


def test_given_a_stored_day_that_is_damaged_then_reading_names_it_and_the_next_night_replaces_it() -> None:
    made = env()
    made.ingest.night("108", TODAY)
    made.table.items["STATION#108", "OBS#2025-05-28"]["ta"] = [1.0]
    with pytest.raises(CorruptDataError, match="OBS#2025-05-28"):
        stored(made)

    made.ingest.night("108", TODAY)

    assert stored(made) == in_the_lake(made, TODAY - timedelta(days=10), YESTERDAY)
