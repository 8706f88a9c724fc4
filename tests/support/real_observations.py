"""The real files as the lake must hold them: every value valid, or rejected with a reason."""

from __future__ import annotations

import json
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd

from plantcast.common.clock import KST
from plantcast.observations import VARIABLES
from plantcast.observations.frame import hour_index

FILES = MappingProxyType(
    {
        "108": "asos_108_2013_2022.parquet",
        "156": "asos_multi_2018_2021.parquet",
    }
)
# How many values the checks reject; tests/unit/observations/quality/test_quality.py names them by kind.
MASKED = MappingProxyType({"108": 2, "156": 14})


def source_of(folder: Path, station: str) -> pd.DataFrame:
    """Return all that a file holds of a station, by hour, but hours in which nothing was observed."""
    source = pd.read_parquet(folder / FILES[station])
    source = source[source["stnId"].astype(str) == station].sort_values("tm").set_index("tm")
    source = source.reindex(columns=list(VARIABLES)).dropna(how="all")
    return source.set_index(hour_index(pd.DatetimeIndex(source.index).tz_localize(KST)))


def check_against(source: pd.DataFrame, frame: pd.DataFrame) -> int:
    """Fail unless a lake frame with `rejected_values` holds the source hour by hour and value by value.

    Returns how many values are rejected: each of them stands in `rejected_values` as it was sent.
    """
    assert list(frame.index) == list(source.index)
    restored = frame[list(VARIABLES)].to_numpy(copy=True)
    masked = 0
    for row in np.flatnonzero(frame["rejected_values"] != ""):
        rejected = json.loads(frame["rejected_values"].iloc[row])
        assert sorted(rejected) == sorted(
            entry.split(":")[0] for entry in frame["masked"].iloc[row].split(";")
        )
        for name, value in rejected.items():
            assert np.isnan(restored[row, list(VARIABLES).index(name)])
            restored[row, list(VARIABLES).index(name)] = value
            masked += 1
    assert (frame["masked"] != "").equals(frame["rejected_values"] != "")
    np.testing.assert_array_equal(restored, source.to_numpy())
    return masked
