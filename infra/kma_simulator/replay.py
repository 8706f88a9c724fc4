"""Real observations from files, served as they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

import pandas as pd

from infra.kma_simulator.rows import DECIMALS
from plantcast.common.clock import KST, SystemClock
from plantcast.common.stations import STATIONS
from plantcast.observations.files import read_files
from plantcast.observations.rows import is_blank, last_of_each_variable


class ReplayedObservations:
    """Real observations; hours that the files do not hold were not observed.

    `ends` is the last hour (KST, naive) of each station.
    """

    name: Literal["replay"] = "replay"

    def __init__(self, observations: pd.DataFrame) -> None:
        """Take rows with `tm` (naive, KST, full hours), `stnId` and the service's fields, once an hour."""
        self._frames = {str(number): _hourly(rows) for number, rows in observations.groupby("stnId")}
        self.stations = {
            number: STATIONS[number].name_ko if number in STATIONS else number for number in self._frames
        }
        self.ends = {
            number: frame.index[-1].replace(tzinfo=None).to_pydatetime()
            for number, frame in self._frames.items()
        }

    @classmethod
    def from_files(cls, paths: Sequence[Path]) -> ReplayedObservations:
        """Read and join files (see `plantcast.observations.files`).

        Where several hold an hour, the later named one that has a variable counts, variable by variable.

        Raises:
            InvalidInputError: a file is absent, unreadable or not of a known form; the message names it.
        """
        text = pd.concat(read_files(paths, until=SystemClock().now()), ignore_index=True)
        text = text.assign(tm=pd.to_datetime(text["tm"], format="%Y-%m-%d %H:%M"))
        # A row without any value is no observation, as in the lake.
        text = text[~is_blank(text)].set_index(["stnId", "tm"])
        if text.index.has_duplicates:
            text = last_of_each_variable(text)
        numbers = {name: _served(text[name]) for name in text.columns if name in DECIMALS}
        return cls(text.assign(**numbers).reset_index())

    def hours(self, station: str, start: datetime, end: datetime) -> pd.DataFrame:
        """Return the observations of `station` from `start` to `end`, both included; see `write_rows`."""
        frame = self._frames.get(station)
        return pd.DataFrame() if frame is None else frame.loc[pd.Timestamp(start) : pd.Timestamp(end)]


def _served(column: pd.Series[str]) -> pd.Series[float] | pd.Series[str]:
    """Return a column as numbers, NaN for empty cells; as text where some cell is no number."""
    written = column.where(column.fillna("") != "", None)
    numbers = pd.to_numeric(written, errors="coerce").astype("float64")
    return written if (numbers.isna() & written.notna()).any() else numbers


def _hourly(rows: pd.DataFrame) -> pd.DataFrame:
    ordered = rows.sort_values("tm")
    index = pd.DatetimeIndex(ordered["tm"], name="time").tz_localize(KST)
    return ordered.drop(columns=["tm", "stnId"]).set_index(index)
