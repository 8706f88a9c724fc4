"""Days that calendars trip over, by name, and the hour of the KMA's release: fetched, stored, forecast."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import pytest

from plantcast.common.clock import HOUR, KST, FixedClock, midnight
from plantcast.forecasting.issued import Forecast, ForecastStore
from plantcast.observations.frame import hours_between
from plantcast.observations.kma.client import AsosClient
from plantcast.observations.kma.quota import DailyBudget
from plantcast.observations.lake import ObservationLake
from plantcast.pipeline.ingest import Ingest
from tests.support.fakes import MemoryObjectStore, MemoryTable
from tests.support.guided_setup import predict_step
from tests.support.running_simulator import RunningSimulator, running_simulator

pytestmark = pytest.mark.network

STATION = "108"
HISTORY_DAYS = 40
# The KMA has yesterday complete at about 11:00; until then here its first 20 hours.
RELEASE, HOURS_BEFORE = 11, 20
DAYS = {
    "the last of a month": date(2025, 6, 30),
    "the first of a month": date(2025, 7, 1),
    "New Year's Eve": date(2025, 12, 31),
    "New Year's Day": date(2026, 1, 1),
    "28 February of a common year": date(2026, 2, 28),
    "1 March of a common year": date(2026, 3, 1),
    "28 February of a leap year": date(2028, 2, 28),
    "29 February": date(2028, 2, 29),
    "1 March of a leap year": date(2028, 3, 1),
}


@dataclass
class Day:
    """Ingest and predict with a clock that is put from hour to hour; the KMA's goes with it."""

    day: date
    kma: RunningSimulator
    store: MemoryObjectStore = field(default_factory=MemoryObjectStore)
    table: MemoryTable = field(default_factory=MemoryTable)

    @property
    def lake(self) -> ObservationLake:
        return ObservationLake(self.store, "synthetic")

    def ingest_at(self, hour: int, minute: int = 0) -> Ingest:
        """Return ingest as it would run at this time of the day."""
        now = datetime.combine(self.day, time(hour, minute), KST)
        self.kma.set_clock(now)
        clock = FixedClock(now)
        client = AsosClient(self.kma.base_url, self.kma.key, clock=clock, sleep=lambda seconds: None)
        budget = DailyBudget(self.table, clock, 10_000)
        return Ingest(client, budget, self.store, self.lake, self.table, clock)

    def forecast_at(self, hour: int) -> Forecast:
        """Issue a forecast from the lake and return it as stored."""
        clock = FixedClock(datetime.combine(self.day, time(hour), KST))
        forecasts = ForecastStore(self.table)
        step = predict_step(self.store, self.table, clock)
        result = step.from_lake(STATION, force=False)
        assert (result.status, result.origin is None) == ("issued", False)
        issued = forecasts.at(STATION, result.origin or clock.now())
        assert issued is not None
        return issued


@pytest.mark.parametrize("day", DAYS.values(), ids=DAYS)
def test_given_a_named_day_when_the_kma_releases_yesterday_then_the_forecast_covers_today_and_tomorrow(
    day: date,
) -> None:
    today = midnight(day)
    first = day - timedelta(days=HISTORY_DAYS)
    with running_simulator(complete_from_hour=RELEASE, hours_before=HOURS_BEFORE) as kma:
        world = Day(day, kma)
        history = world.ingest_at(2).days(STATION, first, day - timedelta(days=2))
        at_night = world.ingest_at(2).night(STATION, day)
        early = world.forecast_at(2)
        just_before = world.ingest_at(RELEASE - 1, 59).night(STATION, day)
        at_release = world.ingest_at(RELEASE).night(STATION, day)
        late = world.forecast_at(RELEASE)

    assert history.hours_present == (HISTORY_DAYS - 1) * 24
    missing = tuple(today - back * HOUR for back in range(24 - HOURS_BEFORE, 0, -1))
    for report in (at_night, just_before):
        assert (report.status, report.missing) == ("partial", missing)
    assert (at_release.status, at_release.hours_new, at_release.missing) == ("complete", len(missing), ())
    stored = world.lake.read(STATION, midnight(first), today - HOUR)
    assert list(stored.index) == list(hours_between(midnight(first), today - HOUR))

    assert early.origin == missing[0] - HOUR
    assert "observations_incomplete" in early.degraded_reasons
    assert late.origin == today - HOUR
    assert "observations_incomplete" not in late.degraded_reasons
    # Today and tomorrow, hour by hour.
    assert [valid_at.date() for valid_at in late.valid_at] == [day] * 24 + [day + timedelta(days=1)] * 24
    assert [valid_at.hour for valid_at in late.valid_at] == [*range(24)] * 2
