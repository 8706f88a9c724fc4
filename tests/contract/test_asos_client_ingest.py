"""Ingest through the client over real HTTP: faults of every kind, and real observations value by value."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from infra.asos_simulator.faults import Fault
from infra.asos_simulator.replay import ReplayedObservations
from infra.asos_simulator.testing import RunningSimulator, running_simulator
from plantcast.clock import HOUR, KST, FixedClock
from plantcast.errors import PlantcastError, TemporaryError
from plantcast.observations import VARIABLES
from plantcast.observations.asos import AsosClient
from plantcast.observations.ingest import Ingest
from plantcast.observations.lake import ObservationLake
from plantcast.settings import Source
from tests.fakes import MemoryObjectStore, MemoryTable

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
    return Ingest(client, ObservationLake(store, source), MemoryTable(), clock)


def test_a_night_at_two_o_clock_is_completed_after_eleven() -> None:
    store = MemoryObjectStore()
    with running_simulator(clock=NOW, complete_from_hour=11, hours_before=20) as simulator:
        early = ingest_of(simulator, store).night("108", NOW.date())
        noon = NOW.replace(hour=12)
        simulator.set_clock(noon)
        late = ingest_of(simulator, store, now=noon).night("108", NOW.date())
    assert (early.status, early.hours_present, len(early.missing)) == ("partial", 236, 4)
    assert (late.status, late.hours_new, late.missing) == ("complete", 4, ())


def test_clocks_that_differ_around_midnight_give_what_is_published() -> None:
    with running_simulator(clock=MIDNIGHT - timedelta(minutes=1)) as simulator:
        report = ingest_of(simulator, MemoryObjectStore()).night("108", NOW.date())
    assert (report.status, report.last) == ("partial", MIDNIGHT - 25 * HOUR)
    assert "yesterday" in report.message


def test_a_quota_used_up_in_a_backfill_keeps_what_came_and_goes_on_the_next_day() -> None:
    store = MemoryObjectStore()
    start, end = date(2025, 1, 1), date(2025, 5, 29)
    with running_simulator(clock=NOW, calls_per_day=2) as simulator:
        first = ingest_of(simulator, store).days("108", start, end)
        simulator.set_clock(NOW + timedelta(days=1))
        calls = simulator.call_count
        second = ingest_of(simulator, store, now=NOW + timedelta(days=1)).days("108", start, end)
        assert simulator.call_count - calls == 2
    assert (first.status, first.hours_present) == ("failed", 1998)
    assert "quota" in first.message
    assert (second.status, second.hours_new, second.missing) == ("complete", 149 * 24 - 1998, ())


def random_faults(rng: random.Random) -> list[Fault]:
    faults = [
        Fault(kind="http", status=502),
        Fault(kind="http", status=429),
        Fault(kind="truncated", keep_fraction=0.4),
        *(
            Fault(kind="error", code=code, envelope=envelope)
            for code in ("01", "05", "23", "99", "22", "30")
            for envelope in ("response", "flat", "gateway", "gateway_xml")
        ),
    ]
    return [rng.choice(faults) for _ in range(rng.randrange(12))]


def test_random_faults_end_in_the_whole_lake_or_a_precise_report() -> None:
    start, end = date(2025, 5, 10), date(2025, 5, 29)
    with running_simulator(clock=NOW) as simulator:
        undisturbed = MemoryObjectStore()
        ingest_of(simulator, undisturbed).days("108", start, end)
        first, last = MIDNIGHT - timedelta(days=20), MIDNIGHT - HOUR
        truth = ObservationLake(undisturbed, "synthetic").read("108", first, last)
        for seed in range(25):
            simulator.clear_faults()
            simulator.add_faults(*random_faults(random.Random(seed)))
            store = MemoryObjectStore()
            ingest = ingest_of(simulator, store, page_size=100)
            try:
                report = ingest.days("108", start, end)
            except TemporaryError:
                report = None
            got = ObservationLake(store, "synthetic").read("108", first, last)
            pd.testing.assert_frame_equal(got, truth.loc[got.index])
            if report is not None:
                absent = truth.index.difference(got.index)
                assert report.hours_present == len(got)
                assert list(report.missing) == list(absent[:24])
                assert (report.status == "complete") == absent.empty
            simulator.clear_faults()
            assert ingest.days("108", start, end).status == "complete"
            pd.testing.assert_frame_equal(ObservationLake(store, "synthetic").read("108", first, last), truth)


def test_a_lake_of_another_source_than_the_server_s_is_not_begun() -> None:
    store = MemoryObjectStore()
    with running_simulator(clock=NOW) as simulator, pytest.raises(PlantcastError, match="'synthetic'"):
        ingest_of(simulator, store, source="kma").night("108", NOW.date())
    assert store.objects == {}


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "station", "start"),
    [
        ("asos_108_2013_2022.parquet", "108", date(2022, 8, 1)),  # the record rain of 8 August, a day missing
        ("asos_108_2013_2022.parquet", "108", date(2018, 1, 20)),  # the coldest days, snow on the ground
        ("asos_multi_2018_2021.parquet", "156", date(2021, 6, 25)),  # across a month's end
    ],
)
def test_two_weeks_of_real_observations_arrive_value_by_value(
    shared_data: Path, file: str, station: str, start: date
) -> None:
    end = start + timedelta(days=13)
    now = datetime.combine(end + timedelta(days=1), NOW.timetz())
    source = pd.read_parquet(shared_data / file)
    source = source[source["stnId"] == station].set_index("tm")[list(VARIABLES)]
    source = source.loc[pd.Timestamp(start) : pd.Timestamp(end) + pd.Timedelta("23h")].dropna(how="all")
    store = MemoryObjectStore()
    with running_simulator(ReplayedObservations.from_files([shared_data / file]), clock=now) as simulator:
        report = ingest_of(simulator, store, source="replay", now=now).days(station, start, end)

    first = datetime.combine(start, MIDNIGHT.timetz())
    frame = ObservationLake(store, "replay").read(station, first, first + (14 * 24 - 1) * HOUR)
    assert list(pd.DatetimeIndex(frame.index).tz_localize(None)) == list(source.index)
    assert (frame["masked"] == "").all()
    np.testing.assert_array_equal(frame[list(VARIABLES)].to_numpy(), source.to_numpy())
    assert (report.hours_present, report.hours_expected) == (len(source), 336)
    assert (report.status == "complete") == (len(source) == 336)
    assert np.isfinite(source["ta"]).sum() > 300
