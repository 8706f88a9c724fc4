"""Observations for tests of the lake: sent frames of plausible weather, as `read_rows` makes them."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd

from plantcast.common.clock import KST
from plantcast.observations import VARIABLES
from plantcast.observations.frame import empty_sent, hour_index, hours_between

START = datetime(2025, 4, 29, tzinfo=KST)  # two days before the end of a month


def sent_of(observations: pd.DataFrame) -> pd.DataFrame:
    """Return the sent frame of a frame with some of the variables, indexed by time."""
    frame = pd.DataFrame(
        {name: observations.get(name, np.nan) for name in VARIABLES},
        index=hour_index(pd.DatetimeIndex(observations.index)),
        dtype="float64",
    )
    return frame.assign(qc_flags="", unsent="")


def observed(hours: int, *, start: datetime = START, ta: float = 10.0) -> pd.DataFrame:
    """Return `hours` hours from `start` on whose temperature goes up and down by tenths from `ta`."""
    frame = empty_sent().reindex(hours_between(start, start + pd.Timedelta(hours=hours - 1)))
    wave = 2.4 - np.abs(np.arange(hours) % 48 - 24) / 10
    frame = frame.assign(ta=np.round(ta + wave, 1), hm=50.0 + np.arange(hours) % 7)
    return frame.assign(qc_flags="", unsent="")
