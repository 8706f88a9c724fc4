"""The inventory: right whatever happened since the last one, and cheap when nothing did."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantcast.aws import StoredObject
from plantcast.common.clock import HOUR, KST
from plantcast.observations import VARIABLES
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.inventory import Inventory, take_inventory
from tests.fakes import MemoryObjectStore
from tests.observed import START, observed

RECEIVED = datetime(2025, 5, 30, 2, tzinfo=KST)
INVENTORY = "inventory/station=108.json"


class CountingStore(MemoryObjectStore):
    """Notes which files of the lake are read."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    def get(self, key: str) -> StoredObject | None:
        if key.startswith("observations/"):
            self.read.append(key)
        return super().get(key)


def inventory(store: MemoryObjectStore) -> Inventory:
    return take_inventory(ObservationLake(store, "kma"), store, "108")


def merge(store: MemoryObjectStore, first: int, hours: int, received: datetime = RECEIVED) -> None:
    frame = observed(hours, start=START + first * HOUR)
    if hours > 3:
        frame.iloc[3, frame.columns.get_loc("ta")] = 99.0
    ObservationLake(store, "kma").merge("108", frame, received_at=received)


def test_of_an_empty_lake_it_is_empty() -> None:
    found = inventory(MemoryObjectStore())
    assert (found.hours, found.span, found.masked, found.years()) == (0, None, {}, {})
    assert found.facts()["first"] is None


def test_it_counts_hours_values_and_what_is_masked() -> None:
    store = MemoryObjectStore()
    merge(store, 0, 72)
    found = inventory(store)
    assert (found.hours, found.span) == (72, (START, START + 71 * HOUR))
    assert found.masked == {"ta:out-of-range": 1}
    year = found.years()["2025"]
    assert (year["hours_expected"], year["hours_present"]) == (72, 72)
    assert year["completeness"]["ta"] == round(71 / 72, 4)
    assert (year["completeness"]["hm"], year["completeness"]["ws"]) == (1.0, 0.0)
    assert set(year["completeness"]) == set(VARIABLES)


def test_years_are_counted_within_the_span() -> None:
    store = MemoryObjectStore()
    start = datetime(2023, 12, 31, 20, tzinfo=KST)
    ObservationLake(store, "kma").merge("108", observed(8, start=start), received_at=RECEIVED)
    years = inventory(store).years()
    assert {year: entry["hours_expected"] for year, entry in years.items()} == {"2023": 4, "2024": 4}


def test_only_months_that_changed_are_read_again() -> None:
    store = CountingStore()
    merge(store, 0, 72)
    inventory(store)
    store.read.clear()
    assert inventory(store).hours == 72
    assert store.read == []
    merge(store, 72, 24)
    store.read.clear()
    assert inventory(store).hours == 96
    assert len(store.read) == 1


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(1, 60)), min_size=1, max_size=5),
    st.lists(st.sampled_from(["ask", "forget", "spoil", "restore"]), max_size=5),
)
def test_it_is_right_whatever_became_of_the_one_before(
    merges: list[tuple[int, int]], mishaps: list[str]
) -> None:
    store = MemoryObjectStore()
    old: bytes | None = None
    for first, hours in merges:
        merge(store, first, hours)
        mishap = mishaps.pop() if mishaps else "ask"
        if mishap == "forget":
            store.objects.pop(INVENTORY, None)
        elif mishap == "spoil":
            store.objects[INVENTORY] = b'{"schema_version": 1, "months": {"2025-04": 3}}'
        elif mishap == "restore" and old is not None:
            store.objects[INVENTORY] = old
        assert inventory(store).hours == len(
            ObservationLake(store, "kma").hours_present("108", START, START + 400 * HOUR)
        )
        old = store.objects[INVENTORY]


def test_another_writer_s_inventory_is_no_hindrance() -> None:
    class Contested(MemoryObjectStore):
        def put_if(self, key: str, body: bytes, *, etag: str | None, content_type: str = "") -> str:
            if key == INVENTORY:
                self.objects[INVENTORY] = b"{}"
            return super().put_if(key, body, etag=etag)

    store = Contested()
    merge(store, 0, 72)
    assert inventory(store).hours == 72


def test_a_month_that_is_gone_is_no_longer_counted() -> None:
    store = MemoryObjectStore()
    merge(store, 0, 72)
    inventory(store)
    del store.objects[next(key for key in store.objects if "month=04" in key)]
    assert inventory(store).hours == 24


@pytest.mark.parametrize("hours", [1, 30])
def test_what_was_not_sent_counts_for_nothing(hours: int) -> None:
    store = MemoryObjectStore()
    frame = observed(hours).assign(hm=np.nan)
    ObservationLake(store, "kma").merge("108", frame, received_at=RECEIVED)
    assert inventory(store).years()["2025"]["completeness"]["hm"] == 0.0
