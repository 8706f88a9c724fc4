"""Counted months say the same as reading every row."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from plantcast.common.clock import KST
from plantcast.observations import VARIABLES
from plantcast.observations.frame import SENT_COLUMNS, hours_between
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.hours import LakeHours
from tests.fakes import MemoryObjectStore

START, END = datetime(2023, 11, 20, tzinfo=KST), datetime(2024, 2, 10, 23, tzinfo=KST)


@pytest.fixture
def store() -> MemoryObjectStore:
    """A lake of station 108 with a day missing in December and all of the 2nd of January but one hour."""
    memory = MemoryObjectStore()
    index = hours_between(START, END)
    holes = index.normalize().isin(pd.to_datetime(["2023-12-24", "2024-01-02"]).tz_localize(KST))
    holes[index.get_loc(pd.Timestamp(datetime(2024, 1, 2, 5, tzinfo=KST)))] = False
    index = index[~holes]
    sent = pd.DataFrame(index=index, columns=list(SENT_COLUMNS), dtype="float64")
    sent["ta"] = np.sin(np.arange(len(index)) / 24)
    sent["remarks"] = sent["unsent"] = pd.Series("", index=index, dtype="str")
    assert set(VARIABLES) <= set(sent.columns)
    ObservationLake(memory, "synthetic").merge("108", sent, received_at=END + timedelta(days=1))
    return memory


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2023-12-01T00", "2024-01-31T23"),
        ("2023-12-24T10", "2024-01-02T05"),
        ("2023-10-01T00", "2024-12-31T23"),
        ("2023-12-25T00", "2023-12-25T23"),
        ("2020-01-01T00", "2020-12-31T23"),
    ],
)
def test_given_any_span_then_the_count_is_that_of_its_rows(
    store: MemoryObjectStore, start: str, end: str
) -> None:
    lake = ObservationLake(store, "synthetic")
    first, last = (datetime.fromisoformat(f"{text}:00+09:00") for text in (start, end))
    assert LakeHours(lake, store)("108", first, last) == len(lake.hours_present("108", first, last))


def test_given_a_station_without_observations_then_none(store: MemoryObjectStore) -> None:
    assert LakeHours(ObservationLake(store, "synthetic"), store)("112", START, END) == 0
