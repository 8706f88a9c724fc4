"""The lake: merging in any order, two writers, months, schema, sources."""

from __future__ import annotations

import gzip
import io
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantcast.clock import HOUR, KST
from plantcast.errors import ConflictError, CorruptDataError, InvalidInputError
from plantcast.observations import VARIABLES
from plantcast.observations.frame import COLUMNS, empty_frame, require_lake_frame
from plantcast.observations.lake import MergeCounts, ObservationLake
from plantcast.observations.lake_file import SCHEMA_VERSION
from plantcast.storage import StoredObject
from tests.fakes import MemoryObjectStore

START = datetime(2025, 4, 29, tzinfo=KST)  # two days before the end of a month
RECEIVED = datetime(2025, 5, 30, 2, tzinfo=KST)
MAY = "observations/station=108/year=2025/month=05/observations.parquet"
APRIL = "observations/station=108/year=2025/month=04/observations.parquet"


def observed(hours: int, *, start: datetime = START, ta: float = 10.0, masked: str = "") -> pd.DataFrame:
    frame = empty_frame().reindex(pd.date_range(start, periods=hours, freq="h", name="time"))
    return frame.assign(ta=ta + np.arange(hours) / 10, hm=50.0, masked=masked)


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


class InterruptedStore(MemoryObjectStore):
    """Lets another writer in just before each of the next writes."""

    def __init__(self, *others: Callable[[], object]) -> None:
        super().__init__()
        self.others = list(others)

    def put_if(self, key: str, body: bytes, *, etag: str | None, content_type: str = "") -> str:
        if self.others:
            self.others.pop(0)()
        return super().put_if(key, body, etag=etag)


def test_what_is_merged_is_read_back_unchanged() -> None:
    lake, frame = lake_of(), observed(72)
    assert lake.merge("108", frame, received_at=RECEIVED) == MergeCounts(new=72)
    back = lake.read("108", START, START + 71 * HOUR)
    require_lake_frame(back)
    pd.testing.assert_frame_equal(back, frame, check_freq=False)


def test_an_empty_lake_reads_as_an_empty_lake_frame() -> None:
    lake = lake_of()
    frame = lake.read("108", START, START + 5 * HOUR)
    require_lake_frame(frame)
    assert (len(frame), tuple(frame.columns), lake.span("108")) == (0, COLUMNS, None)
    assert len(lake.missing_hours("108", START, START + 5 * HOUR)) == 6


def test_merging_an_empty_frame_writes_nothing() -> None:
    store = MemoryObjectStore()
    assert lake_of(store).merge("108", empty_frame(), received_at=RECEIVED) == MergeCounts()
    assert store.objects == {}


def test_months_are_cut_in_korean_time() -> None:
    store = MemoryObjectStore()
    lake_of(store).merge("108", observed(72), received_at=RECEIVED)
    assert sorted(store.objects) == [APRIL, MAY]
    assert pq.read_table(io.BytesIO(store.objects[APRIL])).num_rows == 48


def test_reading_touches_only_the_months_needed() -> None:
    store = CountingStore()
    lake = lake_of(store)
    lake.merge("108", observed(100 * 24), received_at=RECEIVED)
    store.read.clear()
    may = lake.read("108", datetime(2025, 5, 1, tzinfo=KST), datetime(2025, 5, 31, 23, tzinfo=KST))
    assert (len(may), store.read) == (31 * 24, [MAY])


def test_reading_across_a_missing_month_gives_both_sides() -> None:
    lake = lake_of()
    lake.merge("108", observed(2), received_at=RECEIVED)
    lake.merge("108", observed(3, start=datetime(2025, 7, 1, tzinfo=KST)), received_at=RECEIVED)
    assert len(lake.read("108", START, datetime(2025, 8, 1, tzinfo=KST))) == 5


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
    corrected.loc[corrected.index[3], "ta"] = 30.0
    corrected.loc[corrected.index[4], "hm"] = np.nan
    counts = lake.merge("108", corrected, received_at=RECEIVED + HOUR)
    assert counts == MergeCounts(corrected=2, unchanged=22)
    pd.testing.assert_frame_equal(lake.read("108", START, START + 23 * HOUR), corrected, check_freq=False)


def test_an_older_response_does_not_undo_a_correction() -> None:
    lake = lake_of()
    lake.merge("108", observed(24, ta=20.0), received_at=RECEIVED)
    counts = lake.merge("108", observed(24, ta=5.0), received_at=RECEIVED - HOUR)
    assert counts == MergeCounts(unchanged=24)
    assert lake.read("108", START, START)["ta"].tolist() == [20.0]


@dataclass(frozen=True)
class Fetch:
    """A response: hours from `first`, received at minute `minute`, a value that tells it apart."""

    first: int
    hours: int
    minute: int

    def into(self, lake: ObservationLake) -> MergeCounts:
        frame = observed(self.hours, start=START + self.first * HOUR, ta=float(self.minute))
        return lake.merge("108", frame, received_at=RECEIVED + timedelta(minutes=self.minute))


FETCHES = st.lists(
    st.builds(Fetch, st.integers(0, 60), st.integers(1, 40), st.integers(0, 30)),
    min_size=1,
    max_size=6,
    unique_by=lambda fetch: fetch.minute,
)


@settings(max_examples=30, deadline=None)
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


@settings(max_examples=30, deadline=None)
@given(FETCHES)
def test_the_lake_holds_every_hour_once_with_the_value_received_last(fetches: list[Fetch]) -> None:
    lake = lake_of()
    expected: dict[int, tuple[int, float]] = {}
    new = 0
    for fetch in fetches:
        new += fetch.into(lake).new
        for step in range(fetch.hours):
            value = (fetch.minute, fetch.minute + step / 10)
            expected[fetch.first + step] = max(expected.get(fetch.first + step, value), value)
    frame = lake.read("108", START, START + 200 * HOUR)
    require_lake_frame(frame)
    assert [(time - pd.Timestamp(START)) // pd.Timedelta(HOUR) for time in frame.index] == sorted(expected)
    assert frame["ta"].tolist() == [expected[hour][1] for hour in sorted(expected)]
    assert new == len(expected) == lake.count_hours("108")


def test_a_writer_that_comes_second_loses_neither_side() -> None:
    store = InterruptedStore()
    other = observed(24, start=START + 12 * HOUR, ta=30.0)
    store.others.append(lambda: lake_of(store).merge("108", other, received_at=RECEIVED + HOUR))
    counts = lake_of(store).merge("108", observed(24), received_at=RECEIVED)
    frame = lake_of(store).read("108", START, START + 40 * HOUR)
    assert (len(frame), counts) == (36, MergeCounts(new=12, unchanged=12))
    assert (frame["ta"].iloc[12:] >= 30.0).all()


def test_endless_conflicts_end_in_an_error() -> None:
    class Contested(MemoryObjectStore):
        def put_if(self, key: str, body: bytes, *, etag: str | None, content_type: str = "") -> str:
            raise ConflictError(f"{key} was changed by another writer.", remedy="Read it again.")

    with pytest.raises(ConflictError):
        lake_of(Contested()).merge("108", observed(2), received_at=RECEIVED)


def test_missing_and_present_hours_make_up_the_range() -> None:
    lake = lake_of()
    lake.merge("108", observed(5), received_at=RECEIVED)
    lake.merge("108", observed(5, start=START + 10 * HOUR), received_at=RECEIVED)
    end = START + 19 * HOUR
    missing, present = lake.missing_hours("108", START, end), lake.hours_present("108", START, end)
    assert (len(missing), len(present), len(missing.union(present))) == (10, 10, 20)
    assert missing[0] == pd.Timestamp(START + 5 * HOUR)
    assert lake.span("108") == (START, START + 14 * HOUR)


def test_stations_are_kept_apart() -> None:
    lake = lake_of()
    lake.merge("10", observed(1), received_at=RECEIVED)
    lake.merge("108", observed(2), received_at=RECEIVED)
    assert (lake.count_hours("10"), lake.count_hours("108")) == (1, 2)


def test_the_file_says_what_it_holds() -> None:
    store = MemoryObjectStore()
    lake_of(store).merge("108", observed(5), received_at=RECEIVED)
    schema = pq.read_schema(io.BytesIO(store.objects[APRIL]))
    assert schema.metadata[b"plantcast.schema_version"] == str(SCHEMA_VERSION).encode()
    assert schema.metadata[b"plantcast.source"] == b"kma"
    assert schema.metadata[b"plantcast.station"] == b"108"
    assert str(schema.field("time").type) == "timestamp[us, tz=Asia/Seoul]"
    for name, unit in VARIABLES.items():
        assert schema.field(name).metadata[b"unit"] == unit.encode()
        assert str(schema.field(name).type) == "double"


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


def test_a_file_of_another_schema_version_is_refused_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryObjectStore()
    monkeypatch.setattr("plantcast.observations.lake_file.SCHEMA_VERSION", 99)
    lake_of(store).merge("108", observed(5), received_at=RECEIVED)
    monkeypatch.undo()
    with pytest.raises(CorruptDataError, match=r"schema version 99, this code reads 1.*backfill"):
        lake_of(store).read("108", START, START)


@pytest.mark.parametrize("cut", [0, 10, 500, -1])
def test_a_damaged_file_is_refused_naming_it_and_is_not_overwritten(cut: int) -> None:
    store = MemoryObjectStore()
    lake_of(store).merge("108", observed(5), received_at=RECEIVED)
    store.objects[APRIL] = store.objects[APRIL][:cut]
    with pytest.raises(CorruptDataError, match=APRIL):
        lake_of(store).read("108", START, START)
    with pytest.raises(CorruptDataError):
        lake_of(store).merge("108", observed(5), received_at=RECEIVED)


@pytest.mark.parametrize(
    "frame",
    [
        observed(2).drop(columns="ta"),
        observed(2).iloc[::-1],
        pd.concat([observed(2), observed(2)]),
        observed(2).tz_localize(None),
        observed(2).shift(freq="10min"),
    ],
)
def test_a_frame_that_is_not_the_lake_s_is_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(InvalidInputError):
        lake_of().merge("108", frame, received_at=RECEIVED)


@dataclass(frozen=True)
class Response:
    """What `write_raw` takes."""

    raw: bytes
    station: str = "108"
    start: datetime = START
    end: datetime = START + 23 * HOUR
    number: int = 1
    form: str = "json"
    received_at: datetime = RECEIVED


def test_a_raw_response_is_kept_as_received() -> None:
    store = MemoryObjectStore()
    key = lake_of(store).write_raw(Response(b'{"a": 1}'))
    assert key == "raw/asos/station=108/20250429T00_20250429T23/20250530T020000000000-page1.json.gz"
    assert gzip.decompress(store.objects[key]) == b'{"a": 1}'


def test_a_raw_response_is_never_overwritten() -> None:
    store = MemoryObjectStore()
    lake = lake_of(store)
    first, second, again = (lake.write_raw(Response(body)) for body in (b"one", b"two", b"one"))
    assert (first == again, first != second, len(store.objects)) == (True, True, 2)
    assert gzip.decompress(store.objects[first]) == b"one"
