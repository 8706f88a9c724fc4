"""A fake KMA whose weather is a dict of hours, and an ingest with its collaborators in reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from plantcast.common.clock import HOUR, KST, FixedClock
from plantcast.common.errors import (
    PlantcastError,
)
from plantcast.kma_service.client import Spend
from plantcast.observations.kma.client import Keep, Page
from plantcast.observations.kma.quota import DailyBudget
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.raw import Response
from plantcast.pipeline.ingest import Ingest
from tests.support.asos_replies import page_body, rows_of
from tests.support.fakes import MemoryObjectStore, MemoryTable

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
class Environment:
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
