"""Open-Meteo's client against the simulator: the present forecast, past ones, and its faults."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from plantcast.common.clock import HOUR, FixedClock
from plantcast.common.errors import InvalidInputError
from plantcast.guidance.lake import GuidanceLake
from plantcast.guidance.open_meteo import OpenMeteo, OpenMeteoClient, PreviousRuns
from tests.contract.conftest import NOW
from tests.support.fakes import MemoryObjectStore
from tests.support.running_simulator import RunningSimulator

pytestmark = pytest.mark.network
MODELS = ("ecmwf_ifs025", "gfs_seamless")


class World:
    """A station's lake and a client of the simulator."""

    def __init__(self, simulator: RunningSimulator) -> None:
        self.store = MemoryObjectStore()
        self.lake = GuidanceLake(self.store)
        self.client = OpenMeteoClient(simulator.root_url, MODELS, sleep=lambda seconds: None)

    @property
    def feed(self) -> OpenMeteo:
        return OpenMeteo(self.client, self.store, self.lake, FixedClock(NOW))

    def raw(self) -> int:
        return len(list(self.store.list("raw/guidance/source=open_meteo/")))


def test_the_present_forecast_is_whole(simulator: RunningSimulator) -> None:
    world = World(simulator)
    status = world.feed.update("108")
    assert (status.newest, status.problem, status.message) == (NOW, "", "")
    issue = world.lake.read("open_meteo", "108", NOW, NOW)
    assert issue[["ta", "hm", "ws", "sky", "pcp", "pop"]].notna().all().all()
    assert issue["valid_at"].iloc[0] == NOW + HOUR
    assert issue["ta"].between(0, 35).all()
    assert issue["ws"].max() < 25  # m/s, not km/h


def test_past_days_are_whole(simulator: RunningSimulator) -> None:
    world = World(simulator)
    previous = PreviousRuns(world.client, world.store, world.lake, FixedClock(NOW))
    counts = previous.fetch("108", date(2025, 5, 28), date(2025, 5, 29))
    assert (counts.expected, counts.present, counts.new) == (8, 8, 8)
    table = world.lake.read("open_meteo", "108", NOW - timedelta(days=2), NOW)
    assert table[["ta", "hm"]].notna().all().all()


@pytest.mark.parametrize(
    ("fault", "problem", "kept"),
    [
        ("away", "unavailable", 0),
        ("error", "unavailable", 1),
        ("cut", "unavailable", 1),
        ("html", "unavailable", 1),
        ("quota", "quota", 1),
    ],
)
def test_a_fault_is_a_state_and_the_next_update_brings_the_forecast(
    simulator: RunningSimulator, fault: str, problem: str, kept: int
) -> None:
    world = World(simulator)
    simulator.set_behaviour(open_meteo_fault=fault)
    status = world.feed.update("108")
    assert (status.problem, status.newest) == (problem, None)
    assert status.message
    assert (world.raw() > 0) == bool(kept)
    simulator.set_behaviour(open_meteo_fault=None)
    assert world.feed.update("108").newest == NOW


def test_a_variable_that_is_none_is_refused_with_the_services_reason(simulator: RunningSimulator) -> None:
    with pytest.raises(InvalidInputError, match="precipitation_type"):
        World(simulator).client.hourly("108", ["precipitation_type"], span={}, keep=lambda _: None)
