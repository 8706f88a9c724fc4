"""The client of the short-term forecast against the simulator: a whole issue, paging, and its faults."""

from __future__ import annotations

import pandas as pd
import pytest

from plantcast.common.clock import HOUR, FixedClock
from plantcast.guidance.kma_short_term import ShortTermClient, ShortTermForecasts
from plantcast.guidance.kma_short_term.issues import released_issues
from plantcast.guidance.kma_short_term.items import read_items
from plantcast.guidance.lake import GuidanceLake
from plantcast.guidance.status import FeedStatus
from tests.contract.conftest import NOW
from tests.support.fakes import MemoryObjectStore
from tests.support.running_simulator import RunningSimulator
from tests.support.short_term import SEOUL, items_of

pytestmark = pytest.mark.network
NEWEST, BEFORE, *OLDER = released_issues(NOW)


class World:
    """A station's lake, which has every issue but the newest, and a client of the simulator."""

    def __init__(self, simulator: RunningSimulator, key: str | None = None) -> None:
        self.store = MemoryObjectStore()
        self.lake = GuidanceLake(self.store)
        tables = [read_items(items_of(issue, 48), issue, SEOUL).table for issue in (BEFORE, *OLDER)]
        self.lake.merge("kma", "108", pd.concat(tables))
        self.client = ShortTermClient(
            simulator.short_term_url, key or simulator.key, clock=FixedClock(NOW), sleep=lambda seconds: None
        )

    def update(self, seconds: float = 20) -> FeedStatus:
        return ShortTermForecasts(
            self.client, self.store, self.lake, FixedClock(NOW), seconds=seconds
        ).update("108")

    def newest(self) -> pd.DataFrame:
        return self.lake.read("kma", "108", NEWEST, NEWEST)

    def raw(self) -> int:
        return len(list(self.store.list("raw/guidance/source=kma/station=108/issue=20250529T23/")))


def test_the_newest_issue_is_whole(simulator: RunningSimulator) -> None:
    world = World(simulator)

    assert world.update() == FeedStatus("108", "kma", NEWEST, NOW)

    table = world.newest()
    assert table[["ta", "hm", "ws", "wd", "sky", "pty", "pcp", "pop"]].notna().all().all()
    assert ((table["pty"] > 0) == (table["pcp"] > 0)).all()
    leads = ((table["valid_at"] - table["issued_at"]) / HOUR).tolist()
    assert leads == [*range(1, 74), *range(76, 98, 3)]
    assert world.raw() == 1  # 986 items


def test_the_longest_issue_is_paged(simulator: RunningSimulator) -> None:
    client = ShortTermClient(simulator.short_term_url, simulator.key, clock=FixedClock(NOW))

    pages = list(client.pages(SEOUL, OLDER[0]))  # that of 17:00

    assert [len(page.rows) for page in pages] == [1000, 52]


@pytest.mark.parametrize(
    ("fault", "problem", "kept"),
    [
        ("away", "unavailable", False),
        ("error", "unavailable", True),
        ("cut", "unavailable", True),
        ("html", "unavailable", True),
        ("slow", "unavailable", False),
        ("quota", "quota", True),
        ("not_applied", "refused", True),
        ("no_data", "", True),
    ],
)
def test_a_fault_is_a_state_and_the_next_update_brings_the_issue(
    simulator: RunningSimulator, fault: str, problem: str, kept: bool
) -> None:
    world = World(simulator)
    simulator.set_behaviour(short_term_fault=fault, slow_seconds=3)

    status = world.update(seconds=2.5 if fault == "slow" else 20)

    assert (status.newest, status.problem, bool(status.message)) == (BEFORE, problem, bool(problem))
    assert (world.raw() > 0) == kept
    simulator.set_behaviour(short_term_fault=None)
    assert world.update() == FeedStatus("108", "kma", NEWEST, NOW)


def test_half_an_issue_is_kept_and_completed(simulator: RunningSimulator) -> None:
    world = World(simulator)
    simulator.set_behaviour(short_term_fault="half")

    assert world.update().problem == "partial"
    assert 0 < len(world.newest()) < 48
    simulator.set_behaviour(short_term_fault=None)
    assert world.update().problem == ""
    assert len(world.newest()) == 81


def test_an_issue_that_comes_twice_is_the_same(simulator: RunningSimulator) -> None:
    once, twice = World(simulator), World(simulator)
    once.update()
    simulator.set_behaviour(short_term_fault="doubled")

    assert twice.update().problem == ""

    pd.testing.assert_frame_equal(once.newest(), twice.newest())


def test_a_key_that_is_wrong_is_refused(simulator: RunningSimulator) -> None:
    status = World(simulator, key="wrong").update()
    assert status.problem == "refused"
    assert "15084084" in status.message
