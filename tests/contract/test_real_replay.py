"""The real files of five stations, replayed over HTTP through client and ingest, compared value by value."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from infra.asos_simulator.replay import ReplayedObservations
from infra.asos_simulator.testing import running_simulator
from plantcast.clock import KST, FixedClock
from plantcast.observations import VARIABLES
from plantcast.observations.ingest import Ingest
from plantcast.observations.kma.asos import AsosClient
from plantcast.observations.kma.pace import DailyBudget
from plantcast.observations.lake import ObservationLake
from tests.fakes import MemoryObjectStore, MemoryTable

pytestmark = [pytest.mark.network, pytest.mark.shared]

FILES = {
    "108": "asos_108_2013_2022.parquet",
    "136": "asos_multi_2018_2021.parquet",
    "143": "asos_multi_2018_2021.parquet",
    "146": "asos_multi_2018_2021.parquet",
    "156": "asos_multi_2018_2021.parquet",
}


@pytest.mark.parametrize("station", FILES)
def test_every_real_value_arrives_or_is_withheld_with_a_reason(shared_data: Path, station: str) -> None:
    path = shared_data / FILES[station]
    source = pd.read_parquet(path)
    source = source[source["stnId"].astype(str) == station].sort_values("tm").set_index("tm")
    source = source.reindex(columns=list(VARIABLES)).dropna(how="all")
    first, last = source.index[0].date(), source.index[-1].date()
    now = datetime.combine(last + timedelta(days=1), time(2), KST)
    store, table, clock = MemoryObjectStore(), MemoryTable(), FixedClock(now)
    with running_simulator(ReplayedObservations.from_files([path]), clock=now) as simulator:
        client = AsosClient(simulator.base_url, simulator.key, clock=clock, sleep=lambda _: None)
        budget = DailyBudget(table, clock, 10_000)
        ingest = Ingest(client, budget, store, ObservationLake(store, "replay"), table, clock)
        reports = [
            ingest.days(station, max(first, date(year, 1, 1)), min(last, date(year, 12, 31)))
            for year in range(first.year, last.year + 1)
        ]

    begin, end = datetime.combine(first, time(0), KST), datetime.combine(last, time(23), KST)
    frame = ObservationLake(store, "replay").read_with_withheld(station, begin, end)
    assert list(pd.DatetimeIndex(frame.index).tz_localize(None)) == list(source.index)
    restored = frame[list(VARIABLES)].to_numpy(copy=True)
    masked = 0
    for row in np.flatnonzero(frame["withheld"] != ""):
        for name, value in json.loads(frame["withheld"].iloc[row]).items():
            assert np.isnan(restored[row, list(VARIABLES).index(name)])
            restored[row, list(VARIABLES).index(name)] = value
            masked += 1
    np.testing.assert_array_equal(restored, source.to_numpy())
    # tests/unit/test_quality.py names them one by one.
    assert masked == {"108": 2, "136": 16, "143": 21, "146": 7, "156": 14}[station]
    assert sum(report.hours_present for report in reports) == len(source)
    assert sum(report.values_masked for report in reports) == masked
