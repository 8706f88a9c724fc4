"""The real files of five stations, replayed over HTTP through client and ingest, compared value by value."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from infra.asos_simulator.replay import ReplayedObservations
from infra.asos_simulator.testing import running_simulator
from plantcast.clock import KST, FixedClock
from plantcast.observations.ingest import Ingest
from plantcast.observations.kma.asos import AsosClient
from plantcast.observations.kma.pace import DailyBudget
from plantcast.observations.lake import ObservationLake
from tests.fakes import MemoryObjectStore, MemoryTable
from tests.real_observations import FILES, MASKED, check_against, source_of

pytestmark = [pytest.mark.network, pytest.mark.shared]


@pytest.mark.parametrize("station", FILES)
def test_every_real_value_arrives_or_is_withheld_with_a_reason(shared_data: Path, station: str) -> None:
    source = source_of(shared_data, station)
    first, last = source.index[0].date(), source.index[-1].date()
    now = datetime.combine(last + timedelta(days=1), time(2), KST)
    store, table, clock = MemoryObjectStore(), MemoryTable(), FixedClock(now)
    replay = ReplayedObservations.from_files([shared_data / FILES[station]])
    with running_simulator(replay, clock=now) as simulator:
        client = AsosClient(simulator.base_url, simulator.key, clock=clock, sleep=lambda _: None)
        budget = DailyBudget(table, clock, 10_000)
        ingest = Ingest(client, budget, store, ObservationLake(store, "replay"), table, clock)
        reports = [
            ingest.days(station, max(first, date(year, 1, 1)), min(last, date(year, 12, 31)))
            for year in range(first.year, last.year + 1)
        ]

    begin, end = datetime.combine(first, time(0), KST), datetime.combine(last, time(23), KST)
    frame = ObservationLake(store, "replay").read_with_withheld(station, begin, end)
    assert check_against(source, frame) == MASKED[station]
    assert sum(report.hours_present for report in reports) == len(source)
    assert sum(report.values_masked for report in reports) == MASKED[station]
