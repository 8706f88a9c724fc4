"""200 seeded scenarios of faults through client and ingest against the simulator, over HTTP.

Whatever happens, each run ends in a whole lake or in a precise report of what is missing, with no hour twice
and no value that was not sent; and once the faults are over, the same call brings the rest.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

import pandas as pd
import pytest

from infra.kma_simulator.fault_catalogue import ALL_KINDS, PASSING_KINDS, random_scenario
from infra.kma_simulator.fault_plans import Flapping, RandomFaults
from infra.kma_simulator.testing import RunningSimulator, running_simulator
from plantcast.common.clock import KST, FixedClock, parse_hour
from plantcast.common.errors import InvalidInputError, TemporaryError
from plantcast.observations.frame import hours_between
from plantcast.observations.kma.client import AsosClient
from plantcast.observations.kma.quota import DailyBudget
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.rebuild import Rebuild
from plantcast.pipeline.ingest import Ingest, IngestReport
from tests.fakes import MemoryObjectStore, MemoryTable

pytestmark = pytest.mark.network

SCENARIOS = 200
NOW = datetime(2025, 5, 30, 2, tzinfo=KST)
# Across a month's end, in pages small enough for several calls.
FIRST_DAY, LAST_DAY = date(2025, 4, 27), date(2025, 5, 5)
FIRST, LAST = datetime(2025, 4, 27, tzinfo=KST), datetime(2025, 5, 5, 23, tzinfo=KST)
PAGE = 40


@dataclass
class Room:
    """A lake of its own, filled through the simulator."""

    simulator: RunningSimulator
    store: MemoryObjectStore = field(default_factory=MemoryObjectStore)
    table: MemoryTable = field(default_factory=MemoryTable)

    @property
    def lake(self) -> ObservationLake:
        return ObservationLake(self.store, "synthetic")

    def ingest(self, seed: int) -> Ingest:
        clock = FixedClock(NOW)
        client = AsosClient(
            self.simulator.base_url,
            self.simulator.key,
            clock=_Ticking(NOW),
            page_size=PAGE if seed % 2 else 999,
            sleep=lambda _: None,
        )
        budget = DailyBudget(self.table, clock, 10_000)
        return Ingest(client, budget, self.store, self.lake, self.table, clock)

    def frame(self) -> pd.DataFrame:
        return self.lake.read_with_withheld("108", FIRST, LAST)

    def months(self) -> dict[str, bytes]:
        return {key: body for key, body in self.store.objects.items() if key.startswith("observations/")}


@dataclass
class _Ticking:
    """A clock that no two responses read the same."""

    at: datetime

    def now(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at


@pytest.fixture(scope="module")
def simulator() -> Iterator[RunningSimulator]:
    with running_simulator(clock=NOW) as running:
        yield running


@pytest.fixture(scope="module")
def truth(simulator: RunningSimulator) -> pd.DataFrame:
    room = Room(simulator)
    report = room.ingest(0).days("108", FIRST_DAY, LAST_DAY)
    assert report.status == "complete"
    return room.frame()


def disturb(simulator: RunningSimulator, seed: int) -> None:
    """Set up scenario `seed`: queued faults, random ones, or a flapping service; at times lasting ones."""
    rng = Random(seed)
    kinds = ALL_KINDS if seed % 4 == 3 else PASSING_KINDS
    if seed % 3 == 0:
        simulator.add_faults(*random_scenario(seed, kinds=kinds))
    elif seed % 3 == 1:
        simulator.set_fault_plan(
            RandomFaults(probability=rng.choice((0.2, 0.5, 0.8)), seed=seed, kinds=kinds)
        )
    else:
        fault = random_scenario(seed, kinds=kinds, longest=1)
        simulator.set_fault_plan(
            Flapping(up=rng.randrange(4), down=rng.randrange(1, 7), **({"fault": fault[0]} if fault else {}))
        )


def calm(simulator: RunningSimulator) -> None:
    simulator.clear_faults()
    simulator.clear_fault_plan()


def check_nothing_invented(frame: pd.DataFrame, truth: pd.DataFrame) -> None:
    assert frame.index.is_unique
    assert frame.index.isin(truth.index).all()
    # A value may be judged otherwise next to a missing hour; it is then withheld, not changed.
    for name in truth.columns.drop(["masked", "withheld"]):
        told = truth.loc[frame.index, name]
        differs = ~((frame[name] == told) | (frame[name].isna() & told.isna()))
        for hour in frame.index[differs]:
            withheld = json.loads(frame.at[hour, "withheld"] or "{}")
            assert withheld[name] == told[hour], (hour, name)


def check_report(report: IngestReport, room: Room, frame: pd.DataFrame) -> None:
    missing = hours_between(FIRST, LAST).difference(pd.DatetimeIndex(frame.index))
    assert report.hours_present == len(frame)
    assert list(report.missing) == [hour.to_pydatetime() for hour in missing[:24]]
    assert (report.status == "complete") == missing.empty
    stored = json.loads(room.store.objects[report.report_key])
    told = [
        hour
        for first, last in stored["missing"]
        for hour in hours_between(parse_hour(first, name="first"), parse_hour(last, name="last"))
    ]
    assert told == list(missing)


@pytest.mark.parametrize("batch", range(8))
def test_random_faults_end_in_the_whole_lake_or_a_precise_report(
    simulator: RunningSimulator, truth: pd.DataFrame, batch: int, capsys: pytest.CaptureFixture[str]
) -> None:
    ends: Counter[str] = Counter()
    for seed in range(batch, SCENARIOS, 8):
        room = Room(simulator)
        disturb(simulator, seed)
        try:
            report = room.ingest(seed).days("108", FIRST_DAY, LAST_DAY)
        except (TemporaryError, InvalidInputError) as error:
            ends[type(error).__name__] += 1
        else:
            check_report(report, room, room.frame())
            ends[f"{report.status}, stopped by {report.stopped_by}"] += 1
        check_nothing_invented(room.frame(), truth)
        calm(simulator)

        after = room.ingest(seed).days("108", FIRST_DAY, LAST_DAY)
        assert (after.status, after.missing) == ("complete", ())
        pd.testing.assert_frame_equal(room.frame(), truth)
        months = room.months()
        Rebuild(room.store, room.lake).run("108")
        assert room.months() == months, "the raw archive gives another lake"
    with capsys.disabled():
        told = ", ".join(f"{count} {end}" for end, count in sorted(ends.items()))
        print(f"\n  faults, batch {batch}: {sum(ends.values())} scenarios: {told}; then all complete")
