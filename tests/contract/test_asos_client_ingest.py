"""Ingest through the client over real HTTP: faults of every kind, and real observations value by value."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from infra.emulator.sources import plan_observations
from infra.kma_simulator.replay import ReplayedObservations
from plantcast.common.clock import HOUR, KST, FixedClock
from plantcast.common.errors import PlantcastError
from plantcast.common.settings import Source
from plantcast.observations.kma.client import AsosClient
from plantcast.observations.kma.quota import DailyBudget
from plantcast.observations.lake import ObservationLake
from plantcast.pipeline.ingest import Ingest
from tests.support.fakes import MemoryObjectStore, MemoryTable
from tests.support.running_simulator import RunningSimulator, running_simulator

pytestmark = pytest.mark.network

NOW = datetime(2025, 5, 30, 2, tzinfo=KST)
MIDNIGHT = datetime(2025, 5, 30, tzinfo=KST)


def ingest_of(
    simulator: RunningSimulator,
    store: MemoryObjectStore,
    *,
    source: Source = "synthetic",
    now: datetime = NOW,
    page_size: int = 999,
) -> Ingest:
    clock = FixedClock(now)
    client = AsosClient(
        simulator.base_url, simulator.key, clock=clock, page_size=page_size, sleep=lambda seconds: None
    )
    table = MemoryTable()
    budget = DailyBudget(table, clock, 10_000)
    return Ingest(client, budget, store, ObservationLake(store, source), table, clock)


def test_clocks_that_differ_around_midnight_give_what_is_published() -> None:
    with running_simulator(clock=MIDNIGHT - timedelta(minutes=1)) as simulator:
        report = ingest_of(simulator, MemoryObjectStore()).night("108", NOW.date())
    assert (report.status, report.last) == ("partial", MIDNIGHT - 25 * HOUR)
    assert "yesterday" in report.message


def test_a_replay_of_the_portal_s_year_stands_where_its_last_day_is_complete(tmp_path: Path) -> None:
    file = tmp_path / "OBS_ASOS_TIM.csv"
    # The portal's years begin at 01:00 and end at 00:00 of the next day.
    hours = pd.date_range("2022-12-15 01:00", "2023-01-01 00:00", freq="h")
    rows = [f"108,서울,{hour:%Y-%m-%d %H:%M},{1 + hour.hour / 10:.1f},60" for hour in hours]
    file.write_text("\n".join(["지점,지점명,일시,기온(°C),습도(%)", *rows, ""]), encoding="cp949")
    plan = plan_observations({"ASOS_REPLAY": str(file)}, stations=None, seed=108, clock=None)
    now = plan.now()
    with running_simulator(ReplayedObservations.from_files([file]), clock=now) as simulator:
        report = ingest_of(simulator, MemoryObjectStore(), source="replay", now=now).night("108", now.date())
    assert (now.date(), report.status, report.missing) == (date(2023, 1, 1), "complete", ())
    assert report.last == datetime(2022, 12, 31, 23, tzinfo=KST)


def test_a_lake_of_another_source_than_the_server_s_is_not_begun() -> None:
    store = MemoryObjectStore()
    with running_simulator(clock=NOW) as simulator, pytest.raises(PlantcastError, match="'synthetic'"):
        ingest_of(simulator, store, source="kma").night("108", NOW.date())
    assert store.objects == {}
