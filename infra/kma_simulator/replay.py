"""Real observations from files, served as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd

from infra.kma_simulator.rows import DECIMALS
from infra.kma_simulator.sources import SourceName
from plantcast.common.clock import KST, SystemClock
from plantcast.common.errors import InvalidInputError
from plantcast.common.stations import STATIONS
from plantcast.observations.files import read_files
from plantcast.observations.rows import is_blank, last_of_each_variable


class ReplayedObservations:
    """`ObservationSource` of what was really observed. Hours the files do not hold were not observed."""

    name: SourceName = "replay"

    def __init__(self, observations: pd.DataFrame, *, files: Sequence[str] = ()) -> None:
        """Take rows with `tm` (naive, KST), `stnId` and the service's fields; the last of equal hours counts.

        Raises:
            InvalidInputError: there is no row, or one not on the full hour.
        """
        if observations.empty:
            raise InvalidInputError(
                "The files hold no observation.", remedy="Give files with hourly ASOS data."
            )
        _check_times(observations["tm"])
        self._files = list(files)
        self._names = _station_names(observations)
        self._frames = {
            str(station): _hourly(rows) for station, rows in observations.groupby("stnId", sort=True)
        }

    @classmethod
    def from_files(cls, paths: Sequence[Path]) -> ReplayedObservations:
        """Read and join files (see `plantcast.observations.files`).

        Where several hold an hour, the later named one that has a variable counts, variable by variable.

        Raises:
            InvalidInputError: a file is absent, unreadable or not of a known form; the message names it.
        """
        tables = list(read_files(paths, until=SystemClock().now()))
        text = pd.concat(tables, ignore_index=True)
        text = text.assign(tm=pd.to_datetime(text["tm"], format="%Y-%m-%d %H:%M"))
        # A row without any value replaces none, as in the lake.
        blank = is_blank(text)
        text = pd.concat([text[blank], text[~blank]]).set_index(["stnId", "tm"])
        if text.index.has_duplicates:
            text = last_of_each_variable(text)
        numbers = {name: _served(text[name]) for name in text.columns if name in DECIMALS}
        return cls(text.assign(**numbers).reset_index(), files=[path.name for path in paths])

    @property
    def stations(self) -> Mapping[str, str]:
        """Station numbers in the files and their Korean names."""
        return self._names

    def describe(self) -> Mapping[str, object]:
        """Return the files' names and each station's span and number of rows."""
        spans = {
            station: {
                "first": f"{frame.index[0]:%Y-%m-%dT%H:%M}",
                "last": f"{frame.index[-1]:%Y-%m-%dT%H:%M}",
                "rows": len(frame),
            }
            for station, frame in self._frames.items()
        }
        return {"files": self._files, "spans": spans}

    def hours(self, station: str, start: datetime, end: datetime) -> pd.DataFrame:
        """Return the observations of `station` from `start` to `end`; see `ObservationSource.hours`."""
        frame = self._frames.get(station)
        if frame is None or start > end:
            return pd.DataFrame(index=pd.DatetimeIndex([], tz=KST, name="time"))
        return frame.loc[pd.Timestamp(start) : pd.Timestamp(end)]


def _served(column: pd.Series[str]) -> pd.Series[float] | pd.Series[str]:
    """Return a column as numbers, NaN for empty cells; as text where some cell is no number."""
    written = column.where(column.fillna("") != "", None)
    numbers = pd.to_numeric(written, errors="coerce").astype("float64")
    return written if (numbers.isna() & written.notna()).any() else numbers


def _check_times(times: pd.Series[pd.Timestamp]) -> None:
    odd = times[times != times.dt.floor("h")]
    if len(odd):
        raise InvalidInputError(
            f"{odd.iloc[0]} cannot be replayed.", remedy="Give hourly rows on the full hour."
        )


def _station_names(observations: pd.DataFrame) -> dict[str, str]:
    names = {str(number): _known_name(str(number)) for number in observations["stnId"].unique()}
    if "stnNm" in observations:
        named = observations.dropna(subset=["stnNm"]).drop_duplicates("stnId", keep="last")
        names |= dict(zip(named["stnId"].astype(str), named["stnNm"].astype(str), strict=True))
    return names


def _known_name(number: str) -> str:
    return STATIONS[number].name_ko if number in STATIONS else number


def _hourly(rows: pd.DataFrame) -> pd.DataFrame:
    unique = rows.drop_duplicates("tm", keep="last").sort_values("tm")
    index = pd.DatetimeIndex(unique["tm"], name="time").tz_localize(KST)
    return unique.drop(columns=["tm", "stnId", "stnNm"], errors="ignore").set_index(index)
