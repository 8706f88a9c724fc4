"""Observations of today over real HTTP: provisional, published, confirmed by the ASOS service; each fault."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime

import pandas as pd
import pytest

from infra.kma_simulator.synthetic import SyntheticWeather
from plantcast.common.clock import HOUR, KST, FixedClock
from plantcast.guidance.status import FeedStatus
from plantcast.observations import VARIABLES
from plantcast.observations.frame import hours_between
from plantcast.observations.kma.api_hub.client import ApiHubClient
from plantcast.observations.kma.api_hub.live import HOURS_BACK, LiveObservations
from plantcast.observations.kma.client import AsosClient
from plantcast.observations.kma.quota import DailyBudget
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.raw import RawArchive
from plantcast.observations.lake.rebuild import Rebuild
from plantcast.observations.published import ObservedDay, ObservedDays
from plantcast.observations.status import read_status
from plantcast.pipeline.contracts.ingest import IngestResult
from plantcast.pipeline.ingest import Ingest
from tests.support.fakes import MemoryObjectStore, MemoryTable
from tests.support.running_simulator import RunningSimulator

pytestmark = pytest.mark.network

TODAY = date(2025, 5, 30)
AFTERNOON = datetime(2025, 5, 30, 14, 20, tzinfo=KST)
LAST_OUT = datetime(2025, 5, 30, 14, tzinfo=KST)
MIDNIGHT = datetime(2025, 5, 30, tzinfo=KST)
NEXT_NIGHT = datetime(2025, 5, 31, 2, tzinfo=KST)


@dataclass
class World:
    """A deployment's lake, and both services of a simulator."""

    simulator: RunningSimulator
    store: MemoryObjectStore = field(default_factory=MemoryObjectStore)
    table: MemoryTable = field(default_factory=MemoryTable)

    @property
    def lake(self) -> ObservationLake:
        return ObservationLake(self.store, "synthetic")

    def update(self, now: datetime = AFTERNOON, *, key: str | None = None) -> FeedStatus:
        self.simulator.set_clock(now)
        clock = FixedClock(now)
        client = ApiHubClient(
            self.simulator.root_url, key or self.simulator.hub_key, clock=clock, sleep=lambda _: None
        )
        return LiveObservations(client, self.store, self.lake, self.table, clock).update("108")

    def night(self, now: datetime = NEXT_NIGHT) -> IngestResult:
        self.simulator.set_clock(now)
        clock = FixedClock(now)
        client = AsosClient(self.simulator.base_url, self.simulator.key, clock=clock, sleep=lambda _: None)
        budget = DailyBudget(self.table, clock, 10_000)
        return Ingest(client, budget, self.store, self.lake, self.table, clock).night("108", now.date())

    @property
    def day(self) -> ObservedDay:
        (day,) = ObservedDays(self.table).between("108", TODAY, TODAY)
        return day

    @property
    def raw(self) -> list[bytes]:
        archive = RawArchive(self.store)
        return [archive.read(each.key) for each in archive.responses("108", "api_hub")]


@pytest.fixture
def world(simulator: RunningSimulator) -> World:
    return World(simulator)


def test_hours_of_today_are_stored_provisional_and_published(world: World) -> None:
    world.night(MIDNIGHT + 2 * HOUR)

    status = world.update()

    assert (status.newest, status.problem, status.feed) == (LAST_OUT, "", "api_hub")
    assert world.day.provisional == tuple(range(15))
    truth = SyntheticWeather(108).hours("108", MIDNIGHT, LAST_OUT)
    assert list(world.day.values["ta"][:16]) == [*truth["ta"], None]
    assert list(world.day.values["hm"][:15]) == truth["hm"].tolist()
    stored = read_status(world.table, "108") or {}
    assert stored["last_observation"] == "2025-05-29T23:00+09:00"
    assert stored["last_provisional"] == "2025-05-30T14:00+09:00"
    (yesterday,) = ObservedDays(world.table).between("108", date(2025, 5, 29), date(2025, 5, 29))
    assert yesterday.provisional == ()


def test_only_hours_not_confirmed_are_requested_and_the_one_before(world: World) -> None:
    world.night(MIDNIGHT + 2 * HOUR)
    world.update()
    (response,) = RawArchive(world.store).responses("108", "api_hub")
    assert (response.start, response.end) == (MIDNIGHT - HOUR, LAST_OUT)


def test_a_new_deployment_gets_three_days_and_a_status(world: World) -> None:
    assert world.update().newest == LAST_OUT
    lake = world.lake.read("108", LAST_OUT - 100 * HOUR, LAST_OUT)
    assert (len(lake), lake["provisional"].all()) == (HOURS_BACK + 1, True)
    stored = read_status(world.table, "108") or {}
    assert (stored["first_observation"], stored["hours_present"]) == (None, 0)
    assert stored["last_provisional"] == "2025-05-30T14:00+09:00"


def test_at_a_quarter_past_the_next_hour_comes_and_a_repeated_update_changes_nothing(world: World) -> None:
    assert world.update(AFTERNOON.replace(minute=14)).newest == LAST_OUT - HOUR
    assert world.update(AFTERNOON.replace(minute=15)).newest == LAST_OUT
    before, items = dict(world.store.objects), dict(world.table.items)
    world.update(AFTERNOON.replace(minute=15))
    assert (world.store.objects, world.table.items) == (before, items)


def test_the_night_confirms_every_hour(world: World) -> None:
    world.update()
    result = world.night()
    assert (result.status, result.hours_corrected, result.missing) == ("complete", 0, ())
    assert world.day.provisional == ()
    stored = read_status(world.table, "108") or {}
    assert (stored["last_observation"], stored["last_provisional"]) == ("2025-05-30T23:00+09:00", None)
    lake = world.lake
    assert not lake.read("108", MIDNIGHT, MIDNIGHT + 23 * HOUR)["provisional"].any()


def test_a_value_that_the_asos_service_has_otherwise_is_a_correction(world: World) -> None:
    world.update()
    live = world.lake.read("108", LAST_OUT, LAST_OUT)
    other = live[list(VARIABLES)].assign(ta=live["ta"] + 0.1, qc_flags="", unsent="")
    world.lake.merge("108", other, received_at=AFTERNOON + HOUR, provisional=True)
    assert world.night().hours_corrected == 1


def test_while_the_asos_service_is_incomplete_its_missing_hours_stay_provisional(world: World) -> None:
    world.update(NEXT_NIGHT - HOUR)
    world.simulator.set_behaviour(complete_from_hour=11, hours_before=20)

    result = world.night()

    assert (result.status, len(result.missing)) == ("partial", 4)
    assert world.day.provisional == (20, 21, 22, 23)
    assert world.day.values["ta"][23] is not None
    learnt = world.lake.read("108", MIDNIGHT, MIDNIGHT + 23 * HOUR, provisional=False)
    assert list(learnt.index) == list(hours_between(MIDNIGHT, MIDNIGHT + 19 * HOUR))
    world.simulator.set_behaviour(complete_from_hour=0)
    assert world.night(NEXT_NIGHT + 10 * HOUR).status == "complete"


def test_a_provisional_hour_is_fetched_again_however_old(world: World) -> None:
    world.update(MIDNIGHT + HOUR)
    later = MIDNIGHT.replace(month=6, day=4) + 2 * HOUR
    world.night(later)
    start = MIDNIGHT - HOURS_BACK * HOUR
    assert not world.lake.read("108", start, later)["provisional"].any()


@pytest.mark.slow
def test_in_any_order_of_both_services_the_lake_is_the_same_and_so_after_a_rebuild(
    simulator: RunningSimulator,
) -> None:
    steps = {
        "live": lambda world: world.update(MIDNIGHT + 3 * HOUR),
        "late": lambda world: world.update(MIDNIGHT + 30 * HOUR),
        "asos": lambda world: world.night(MIDNIGHT + 26 * HOUR),
    }
    lakes = []
    for order in (("live", "asos", "late"), ("late", "live", "asos"), ("asos", "late", "live")):
        world = World(simulator)
        for name in order:
            steps[name](world)
        frame = world.lake.read_station("108")
        lakes.append(frame)
        before = {key: body for key, body in world.store.objects.items() if key.startswith("observations/")}
        assert Rebuild(world.store, world.lake).run("108")["months_rewritten"] == 0
        assert {key: world.store.objects[key] for key in before} == before
    assert all(frame.equals(lakes[0]) for frame in lakes)


def test_given_it_is_three_hours_late_then_the_hours_there_count_and_the_rest_comes_later(
    world: World,
) -> None:
    world.simulator.set_behaviour(api_hub_fault="late")

    status = world.update()

    assert (status.newest, status.problem) == (LAST_OUT - 3 * HOUR, "not_yet")
    assert status.message == (
        "The API Hub has hours up to 2025-05-30T11:00+09:00, not up to 2025-05-30T14:00+09:00."
    )
    assert world.day.provisional == tuple(range(12))
    world.simulator.set_behaviour(api_hub_fault=None)
    assert (world.update().newest, world.day.provisional) == (LAST_OUT, tuple(range(15)))


@pytest.mark.parametrize(
    ("fault", "problem", "words"),
    [
        ("away", "unavailable", "could not be reached"),
        ("error", "unavailable", "HTTP 500"),
        ("html", "unavailable", "cannot be read"),
        ("quota", "quota", "after midnight"),
        ("not_applied", "refused", "Apply for the service"),
    ],
)
def test_a_fault_is_named_and_nothing_is_lost(world: World, fault: str, problem: str, words: str) -> None:
    world.update(AFTERNOON - 2 * HOUR)
    world.simulator.set_behaviour(api_hub_fault=fault)

    status = world.update()

    assert (status.newest, status.problem) == (LAST_OUT - 2 * HOUR, problem)
    assert words in status.message
    assert world.simulator.hub_key not in status.message
    assert world.day.provisional == tuple(range(13))
    assert all(world.simulator.hub_key.encode() not in body for body in world.raw)
    world.simulator.set_behaviour(api_hub_fault=None)
    assert (world.update().newest, world.day.provisional) == (LAST_OUT, tuple(range(15)))


def test_a_refused_key_is_named(world: World) -> None:
    status = world.update(key="another-key")
    assert (status.newest, status.problem) == (None, "refused")
    assert "another-key" not in status.message
    assert world.table.items == {}


def test_given_a_cut_table_then_its_whole_rows_count_and_the_status_says_so(world: World) -> None:
    world.simulator.set_behaviour(api_hub_fault="cut")

    status = world.update()

    assert status.problem == "partial"
    assert "cut off after" in status.message
    frame = world.lake.read_station("108")
    assert 20 < len(frame) < HOURS_BACK
    assert status.newest == frame.index[-1].to_pydatetime()
    assert Rebuild(world.store, world.lake).run("108")["months_rewritten"] == 0
    world.simulator.set_behaviour(api_hub_fault=None)
    assert world.update().problem == ""


def test_a_gap_is_named_until_it_is_filled(world: World) -> None:
    source = world.simulator.simulator.source
    gap = LAST_OUT - 5 * HOUR

    class WithoutAnHour(SyntheticWeather):
        """The weather but for one hour."""

        def hours(self, station: str, start: datetime, end: datetime) -> pd.DataFrame:
            return super().hours(station, start, end).drop(index=[gap], errors="ignore")

    world.simulator.simulator.source = WithoutAnHour()
    try:
        status = world.update()
    finally:
        world.simulator.simulator.source = source
    assert (status.newest, status.problem) == (LAST_OUT, "partial")
    assert status.message == "1 of 72 hours are missing."
    assert world.update().problem == ""


def test_a_status_written_by_an_ingest_meanwhile_is_not_written_over(world: World) -> None:
    world.night(MIDNIGHT + 2 * HOUR)
    world.update()

    class Racing(MemoryTable):
        def get(self, pk: str, sk: str) -> dict[str, object] | None:
            item = super().get(pk, sk)
            if item is not None and sk == "STATUS":
                self.put({**item, "hours_present": 999, "updated_at": "2025-05-30T15:20:00.000+09:00"})
            return item

    racing = Racing()
    racing.items = dict(world.table.items)
    replace(world, table=racing).update(AFTERNOON + HOUR)
    assert racing.items["STATION#108", "STATUS"]["hours_present"] == 999
