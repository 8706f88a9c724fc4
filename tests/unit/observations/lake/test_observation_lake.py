"""The lake: merging in any order, two writers, months, schema, sources."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantcast.aws import StoredObject
from plantcast.common.clock import HOUR, KST
from plantcast.common.errors import CorruptDataError, InvalidInputError
from plantcast.observations import VARIABLES
from plantcast.observations.frame import COLUMNS, hour_index
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.merging import MergeCounts
from plantcast.observations.lake.month_file import decode
from tests.support.fakes import MemoryObjectStore
from tests.support.observed import START, observed

pytestmark = pytest.mark.slow

RECEIVED = datetime(2025, 5, 30, 2, tzinfo=KST)
MAY = "observations/station=108/year=2025/month=05/observations.parquet"
APRIL = "observations/station=108/year=2025/month=04/observations.parquet"


def lake_of(store: MemoryObjectStore | None = None) -> ObservationLake:
    return ObservationLake(store or MemoryObjectStore(), "kma")


class CountingStore(MemoryObjectStore):
    """Notes which keys are read and written."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []
        self.written: list[str] = []

    def get(self, key: str) -> StoredObject | None:
        self.read.append(key)
        return super().get(key)

    def put(self, key: str, body: bytes, *, content_type: str = "application/octet-stream") -> str:
        self.written.append(key)
        return super().put(key, body)


def test_an_empty_lake_reads_as_an_empty_lake_frame() -> None:
    lake = lake_of()
    frame = lake.read("108", START, START + 5 * HOUR)
    assert (len(frame), tuple(frame.columns)) == (0, (*COLUMNS, "rejected_values", "provisional"))
    assert len(lake.missing_hours("108", START, START + 5 * HOUR)) == 6


def test_reading_touches_only_the_months_needed() -> None:
    store = CountingStore()
    lake = lake_of(store)
    lake.merge("108", observed(100 * 24), received_at=RECEIVED)
    store.read.clear()
    may = lake.read("108", datetime(2025, 5, 3, tzinfo=KST), datetime(2025, 5, 29, 23, tzinfo=KST))
    assert (len(may), store.read) == (27 * 24, [MAY])


def test_repeating_a_merge_changes_nothing_and_writes_nothing() -> None:
    store = CountingStore()
    lake = lake_of(store)
    lake.merge("108", observed(72), received_at=RECEIVED)
    before = dict(store.objects)
    store.written.clear()
    assert lake.merge("108", observed(72), received_at=RECEIVED) == MergeCounts(unchanged=72)
    assert (store.objects, store.written) == (before, [])


def test_a_correction_replaces_and_is_counted() -> None:
    lake = lake_of()
    lake.merge("108", observed(24), received_at=RECEIVED)
    corrected = observed(24)
    corrected.loc[corrected.index[3], "ta"] = 12.0
    corrected.loc[corrected.index[4], "hm"] = np.nan
    counts = lake.merge("108", corrected, received_at=RECEIVED + HOUR)
    assert counts == MergeCounts(corrected=2, unchanged=22)
    stored = lake.read("108", START, START + 23 * HOUR)
    pd.testing.assert_frame_equal(stored[list(VARIABLES)], corrected[list(VARIABLES)], check_freq=False)


def without(frame: pd.DataFrame, *names: str) -> pd.DataFrame:
    """Return a sent frame of a response that does not mention these variables."""
    return frame.assign(unsent=";".join(names), **dict.fromkeys(names, np.nan))


def test_files_of_one_variable_each_give_hours_with_both_in_either_order() -> None:
    others = [name for name in VARIABLES if name not in ("ta", "hm")]
    parts = [(without(observed(9), "hm", *others), 0), (without(observed(9), "ta", *others), 1)]
    lakes = []
    for order in (parts, parts[::-1]):
        store = MemoryObjectStore()
        for frame, minute in order:
            lake_of(store).merge("108", frame, received_at=RECEIVED + timedelta(minutes=minute))
        lakes.append(store.objects)
    assert lakes[0] == lakes[1]
    frame = decode(lakes[0][APRIL], APRIL, source="kma")
    assert frame["ta"].tolist() == observed(9)["ta"].tolist()
    assert frame["hm"].tolist() == observed(9)["hm"].tolist()
    assert frame["received_pa"].isna().all()


@dataclass(frozen=True)
class Fetch:
    """A response: hours from `first`, received at minute `minute`, whose `ta` differs by `level`.

    `errors` are hours in which an instrument sends nonsense: they are checked by hours of other fetches too.
    `unsent` are variables that the response does not mention.
    """

    first: int
    hours: int
    minute: int
    level: int
    errors: frozenset[int] = frozenset()
    unsent: frozenset[str] = frozenset()

    def frame(self) -> pd.DataFrame:
        frame = observed(self.hours, start=START + self.first * HOUR, ta=10.0 + self.level)
        for hour in self.errors & set(range(self.hours)):
            frame.iloc[hour, frame.columns.get_loc("ta")] = [40.0, -99.0, np.nan][hour % 3]  # type: ignore[index]
        # A sensor that stands still in every hour beyond the 30th, whoever reports them.
        still = np.arange(self.first, self.first + self.hours) > 30
        frame = frame.assign(pa=np.where(still, 1003.0, 1003.0 + np.arange(self.hours) % 5 / 10))
        return without(frame, *sorted(self.unsent))

    def into(self, lake: ObservationLake) -> MergeCounts:
        return lake.merge("108", self.frame(), received_at=RECEIVED + timedelta(minutes=self.minute))


FETCHES = st.lists(
    st.builds(
        Fetch,
        st.integers(0, 60),
        st.integers(1, 40),
        st.integers(0, 3),  # several at the same moment, too
        st.integers(0, 9),
        st.frozensets(st.integers(0, 39), max_size=3),
        st.sampled_from([frozenset(), frozenset({"ta"}), frozenset({"hm", "pa"})]),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=8, deadline=None)
@given(FETCHES, st.randoms(use_true_random=False), st.data())
def test_any_interleaving_of_overlapping_fetches_gives_the_same_lake(
    fetches: list[Fetch], rng: random.Random, data: st.DataObject
) -> None:
    in_order, shuffled = MemoryObjectStore(), MemoryObjectStore()
    for fetch in fetches:
        fetch.into(lake_of(in_order))
    again = data.draw(st.lists(st.sampled_from(fetches), max_size=3))
    mixed = fetches + again
    rng.shuffle(mixed)
    for fetch in mixed:
        fetch.into(lake_of(shuffled))
    assert in_order.objects == shuffled.objects


@settings(max_examples=8, deadline=None)
@given(FETCHES, st.integers(0, 99), st.integers(0, 60))
def test_reading_a_part_gives_what_reading_the_whole_station_gives(
    fetches: list[Fetch], first: int, hours: int
) -> None:
    lake = lake_of()
    for fetch in fetches:
        fetch.into(lake)
    start, end = START + first * HOUR, START + (first + hours) * HOUR
    expected = lake.read_station("108").loc[start:end]
    found = lake.read("108", start, end)
    pd.testing.assert_frame_equal(found, expected)
    assert lake.hours_present("108", start, end).equals(hour_index(pd.DatetimeIndex(expected.index)))


@settings(max_examples=8, deadline=None)
@given(FETCHES, FETCHES, st.data())
def test_two_writers_at_once_give_the_lake_of_one_after_the_other(
    mine: list[Fetch], theirs: list[Fetch], data: st.DataObject
) -> None:
    """Whichever requests of one writer the other gets in between, down to a single one."""
    alone = MemoryObjectStore()
    for fetch in mine + theirs:
        fetch.into(lake_of(alone))

    store = InterleavedStore(data.draw(st.lists(st.booleans(), min_size=200, max_size=200)), theirs)
    for fetch in mine:
        fetch.into(lake_of(store))
    store.finish()
    assert store.objects == alone.objects


class InterleavedStore(MemoryObjectStore):
    """Before a request of the one writer lets the other do its next merge, as `turns` has it."""

    def __init__(self, turns: list[bool], others: list[Fetch]) -> None:
        super().__init__()
        self._turns, self._others, self._inside = list(turns), list(others), False

    def finish(self) -> None:
        while self._others:
            self._others.pop(0).into(lake_of(self))

    def _maybe_let_in(self) -> None:
        if self._inside or not self._turns or not self._turns.pop():
            return
        if self._others:
            self._inside = True
            self._others.pop(0).into(lake_of(self))
            self._inside = False

    def get(self, key: str) -> StoredObject | None:
        self._maybe_let_in()
        return super().get(key)

    def put_if(self, key: str, body: bytes, *, etag: str | None, content_type: str = "") -> str:
        self._maybe_let_in()
        return super().put_if(key, body, etag=etag)


def test_a_rejected_value_is_valid_once_its_neighbours_have_arrived() -> None:
    lake = lake_of()
    frame = observed(49)
    frame.iloc[47:, frame.columns.get_loc("ta")] += 20.0  # type: ignore[index]
    lake.merge("108", frame.iloc[:48], received_at=RECEIVED)  # ends with April
    last = START + 47 * HOUR
    assert lake.read("108", last, last)["masked"].tolist() == ["ta:step"]
    lake.merge("108", frame.iloc[48:], received_at=RECEIVED)
    back = lake.read("108", last, last)
    assert (back["masked"].tolist(), back["ta"].tolist()) == ([""], [frame["ta"].iloc[47]])


def test_the_file_says_what_it_holds() -> None:
    store = MemoryObjectStore()
    lake_of(store).merge("108", observed(5), received_at=RECEIVED)
    schema = pq.read_schema(io.BytesIO(store.objects[APRIL]))
    assert schema.metadata[b"plantcast.schema_version"] == b"4"
    assert schema.metadata[b"plantcast.source"] == b"kma"
    assert schema.metadata[b"plantcast.station"] == b"108"
    assert str(schema.field("time").type) == "timestamp[us, tz=+09:00]"
    for name, unit in VARIABLES.items():
        assert schema.field(name).metadata[b"unit"] == unit.encode()
        assert str(schema.field(name).type) == "double"
        assert str(schema.field(f"received_{name}").type) == "timestamp[us, tz=UTC]"


@pytest.mark.parametrize("month", [START, datetime(2025, 7, 1, tzinfo=KST)])
def test_sources_are_never_mixed_in_one_station(month: datetime) -> None:
    store = MemoryObjectStore()
    lake_of(store).merge("108", observed(5), received_at=RECEIVED)
    before = dict(store.objects)
    synthetic = ObservationLake(store, "synthetic")
    with pytest.raises(InvalidInputError) as refused:
        synthetic.merge("108", observed(5, start=month), received_at=RECEIVED)
    assert "'kma'" in str(refused.value)
    assert "'synthetic'" in str(refused.value)
    assert store.objects == before
    with pytest.raises(InvalidInputError):
        synthetic.read("108", START, START)


@pytest.mark.parametrize("cut", [0, 10, 500, -1])
def test_a_damaged_file_is_refused_naming_it_and_is_not_overwritten(cut: int) -> None:
    store = MemoryObjectStore()
    lake_of(store).merge("108", observed(5), received_at=RECEIVED)
    store.objects[APRIL] = store.objects[APRIL][:cut]
    with pytest.raises(CorruptDataError, match=APRIL):
        lake_of(store).read("108", START, START)
    with pytest.raises(CorruptDataError):
        lake_of(store).merge("108", observed(5), received_at=RECEIVED)


def test_no_flipped_bit_is_read_as_another_observation() -> None:
    store = MemoryObjectStore()
    lake_of(store).merge("108", observed(48), received_at=RECEIVED)
    good = lake_of(store).read("108", START, START + 47 * HOUR)
    body = store.objects[APRIL]
    rng = random.Random(1)
    for _ in range(40):
        flipped = bytearray(body)
        flipped[rng.randrange(len(body))] ^= 1 << rng.randrange(8)
        store.objects[APRIL] = bytes(flipped)
        try:
            found = lake_of(store).read("108", START, START + 47 * HOUR)
        except (CorruptDataError, InvalidInputError):
            continue
        pd.testing.assert_frame_equal(found, good)
