"""Real observations, served as they are: Parquet (columns `tm`, `stnId`, fields) and the portal's CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from infra.asos_simulator.rows import DECIMALS, FIELDS
from infra.asos_simulator.sources import SourceName
from plantcast.clock import KST
from plantcast.errors import InvalidInputError
from plantcast.observations.kma.portal_csv import read_portal_csv
from plantcast.observations.stations import STATIONS

# Before that Korea had daylight saving time: a local hour may be missing or come twice.
_FIRST_DAY = datetime(1989, 1, 1)  # noqa: DTZ001 - compared with the files' naive KST
_KEPT = ("tm", "stnId", "stnNm", *FIELDS)


class ReplayedObservations:
    """`ObservationSource` of what was really observed. Hours the files do not hold were not observed."""

    name: SourceName = "replay"

    def __init__(self, observations: pd.DataFrame, *, files: Sequence[str] = ()) -> None:
        """Take rows with `tm` (naive, KST), `stnId` and the service's fields; the last of equal hours counts.

        Raises:
            InvalidInputError: there is no row, or one not on the full hour or before 1989.
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
        """Read and join files of either kind; where two hold the same hour, the later named one counts.

        Raises:
            InvalidInputError: a file is absent, unreadable or not of a known form; the message names it.
        """
        tables = [_read(path) for path in paths]
        return cls(pd.concat(tables, ignore_index=True), files=[path.name for path in paths])

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


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise InvalidInputError(f"There is no file {path}.", remedy="Check the path given for the replay.")
    try:
        with path.open("rb") as opened:
            is_parquet = opened.read(4) == b"PAR1"
        return _read_parquet(path) if is_parquet else _read_portal(path)
    except OSError as error:
        raise InvalidInputError(
            f"{path} cannot be read ({error}).", remedy="Check its permissions and that it is whole."
        ) from error


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        present = [name for name in pq.read_schema(path).names if name in _KEPT]
        frame: pd.DataFrame = pq.read_table(path, columns=present).to_pandas()
    except pa.ArrowInvalid as error:
        raise InvalidInputError(
            f"{path} is a damaged Parquet file ({error}).", remedy="Get it again from where it came."
        ) from error
    missing = [name for name in ("tm", "stnId") if name not in frame]
    if missing or not set(present) & set(DECIMALS):
        raise InvalidInputError(
            f"{path} has no column {' and '.join(missing) or 'of observations'}.",
            remedy="The file needs tm (KST), stnId and the service's fields (ta, hm, …).",
        )
    frame["tm"] = _naive_kst(path, frame["tm"])
    frame["stnId"] = frame["stnId"].astype(str)
    wrong = [name for name in present if name in DECIMALS and not pd.api.types.is_numeric_dtype(frame[name])]
    if wrong:
        raise InvalidInputError(
            f"{path}: {', '.join(wrong)} are not numbers.", remedy="Store them as floats."
        )
    return frame


def _read_portal(path: Path) -> pd.DataFrame:
    """Return the rows of a portal CSV with times and numbers; what is no number cannot be served."""
    parts = []
    for text in read_portal_csv(path.read_bytes(), str(path)):
        numbers = {name: _numbers(path, text[name]) for name in text.columns if name in DECIMALS}
        times = pd.to_datetime(text["tm"], format="%Y-%m-%d %H:%M")
        parts.append(text[[name for name in text.columns if name in _KEPT]].assign(tm=times, **numbers))
    return pd.concat(parts, ignore_index=True)


def _numbers(path: Path, values: pd.Series[str]) -> pd.Series[float]:
    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    wrong = values[numbers.isna() & (values != "")]
    if len(wrong):
        raise InvalidInputError(
            f"{path}, row {wrong.index[0]}: {values.name} {wrong.iloc[0]!r} is not a number.",
            remedy="Correct it or leave it empty.",
        )
    return numbers


def _naive_kst(path: Path, times: pd.Series[pd.Timestamp]) -> pd.Series[pd.Timestamp]:
    if not pd.api.types.is_datetime64_any_dtype(times) or times.isna().any():
        raise InvalidInputError(
            f"{path}: tm does not hold times only.", remedy="Store it as timestamps in KST."
        )
    return times if times.dt.tz is None else times.dt.tz_convert(KST).dt.tz_localize(None)


def _check_times(times: pd.Series[pd.Timestamp]) -> None:
    odd = times[(times != times.dt.floor("h")) | (times < _FIRST_DAY)]
    if len(odd):
        raise InvalidInputError(
            f"{odd.iloc[0]} cannot be replayed.", remedy="Give hourly rows on the full hour, from 1989 on."
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
