"""Seeded scenarios of faults through client and ingest, against the simulator.

Whatever happens, each run ends in a whole lake or in a precise report of what is missing, with no hour twice
and no value that was not sent; and once the faults are over, the same call fetches the rest.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

import pandas as pd
import pytest

from infra.kma_simulator.service import DEFAULT_KEY, Simulator
from infra.kma_simulator.synthetic import SyntheticWeather
from plantcast.common.clock import KST, FixedClock, parse_hour
from plantcast.common.errors import InvalidInputError, TemporaryError
from plantcast.observations.frame import hours_between
from plantcast.observations.kma.client import AsosClient
from plantcast.observations.kma.quota import DailyBudget
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.rebuild import Rebuild
from plantcast.pipeline.contracts.ingest import IngestResult
from plantcast.pipeline.ingest import Ingest
from tests.support.fakes import MemoryObjectStore, MemoryTable
from tests.support.kma_faults import LASTING, TEMPORARY, FaultyKma

SCENARIOS = 18
NOW = datetime(2025, 5, 30, 2, tzinfo=KST)
# Across a month's end, in pages small enough for several calls.
FIRST_DAY, LAST_DAY = date(2025, 4, 27), date(2025, 5, 5)
FIRST, LAST = datetime(2025, 4, 27, tzinfo=KST), datetime(2025, 5, 5, 23, tzinfo=KST)
PAGE = 40


@dataclass
class Environment:
    """A lake of its own, filled through the simulator."""

    kma: FaultyKma
    store: MemoryObjectStore = field(default_factory=MemoryObjectStore)
    table: MemoryTable = field(default_factory=MemoryTable)

    @property
    def lake(self) -> ObservationLake:
        return ObservationLake(self.store, "synthetic")

    def ingest(self, seed: int) -> Ingest:
        clock = FixedClock(NOW)
        client = AsosClient(
            "https://kma.example/AsosHourlyInfoService",
            DEFAULT_KEY,
            clock=_Ticking(NOW),
            session=self.kma.session(),
            page_size=PAGE if seed % 2 else 999,
            sleep=lambda _: None,
        )
        budget = DailyBudget(self.table, clock, 10_000)
        return Ingest(client, budget, self.store, self.lake, self.table, clock)

    def frame(self) -> pd.DataFrame:
        return self.lake.read("108", FIRST, LAST)

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
def kma() -> FaultyKma:
    return FaultyKma(Simulator(SyntheticWeather(108), clock=FixedClock(NOW)))


@pytest.fixture(scope="module")
def truth(kma: FaultyKma) -> pd.DataFrame:
    env = Environment(kma)
    report = env.ingest(0).days("108", FIRST_DAY, LAST_DAY)
    assert report.status == "complete"
    return env.frame()


def disturb(kma: FaultyKma, seed: int) -> None:
    """Set up scenario `seed`: faults at random, or a service that is down for some calls in a row."""
    rng = Random(seed)
    kinds = [*TEMPORARY.values(), *(LASTING.values() if seed % 4 == 3 else ())]
    kma.draw(rng, kinds, calls=30, probability=rng.choice((0.3, 0.6, 0.9)))
    if seed % 3 == 2:
        up, down, fault = rng.randrange(4), rng.randrange(1, 7), rng.choice(kinds)
        kma.faults = deque(fault if call % (up + down) >= up else None for call in range(60))


def check_nothing_invented(frame: pd.DataFrame, truth: pd.DataFrame) -> None:
    assert frame.index.is_unique
    assert frame.index.isin(truth.index).all()
    # Next to a missing hour a value may be rejected; it is never changed.
    for name in truth.columns.drop(["masked", "rejected_values"]):
        sent = truth.loc[frame.index, name]
        differs = ~((frame[name] == sent) | (frame[name].isna() & sent.isna()))
        for hour in frame.index[differs]:
            rejected = json.loads(frame.at[hour, "rejected_values"] or "{}")
            assert rejected[name] == sent[hour], (hour, name)


def check_report(report: IngestResult, env: Environment, frame: pd.DataFrame) -> None:
    missing = hours_between(FIRST, LAST).difference(pd.DatetimeIndex(frame.index))
    assert report.hours_present == len(frame)
    assert list(report.missing) == [hour.to_pydatetime() for hour in missing[:24]]
    assert (report.status == "complete") == missing.empty
    stored = json.loads(env.store.objects[report.report_key])
    reported = [
        hour
        for first, last in stored["missing"]
        for hour in hours_between(parse_hour(first, name="first"), parse_hour(last, name="last"))
    ]
    assert reported == list(missing)


@pytest.mark.parametrize("batch", range(3))
def test_random_faults_end_in_the_whole_lake_or_a_precise_report(
    kma: FaultyKma, truth: pd.DataFrame, batch: int
) -> None:
    ends: Counter[str] = Counter()
    for seed in range(batch, SCENARIOS, 3):
        env = Environment(kma)
        disturb(kma, seed)
        try:
            report = env.ingest(seed).days("108", FIRST_DAY, LAST_DAY)
        except (TemporaryError, InvalidInputError) as error:
            ends[type(error).__name__] += 1
        else:
            check_report(report, env, env.frame())
            ends[f"{report.status}, stopped by {report.stopped_by}"] += 1
        check_nothing_invented(env.frame(), truth)
        kma.faults.clear()

        after = env.ingest(seed).days("108", FIRST_DAY, LAST_DAY)
        assert (after.status, after.missing) == ("complete", ())
        pd.testing.assert_frame_equal(env.frame(), truth)
        months = env.months()
        Rebuild(env.store, env.lake).run("108")
        assert env.months() == months, "the raw archive gives another lake"
    assert len(ends) > 1  # or the faults disturb nothing
