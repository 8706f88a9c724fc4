"""The observations to look at: from files, or from the lake of the deployment that runs here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from plantcast.aws import ObjectStore
from plantcast.common.clock import SystemClock
from plantcast.common.errors import InvalidInputError, NotFoundError
from plantcast.common.settings import Source
from plantcast.common.stations import STATIONS
from plantcast.forecasting import TARGETS
from plantcast.observations import VARIABLES
from plantcast.observations.files import read_station
from plantcast.observations.frame import hours_between
from plantcast.observations.lake import ObservationLake

_CREDITS: dict[Source, str] = {
    "kma": "Source: Korea Meteorological Administration (KMA), data.go.kr",
    "synthetic": "SYNTHETIC weather, not observations",
    "replay": "Source: Korea Meteorological Administration (KMA), data.go.kr; a replay of past observations",
}


def read_observations(files: Sequence[str], station: str) -> pd.DataFrame:
    """Return one station's hours in files as a lake frame, quality-controlled as the lake's are.

    Files are read as `plantcast import` reads them. Where several hold an hour, the last file that has a
    variable counts.

    Raises:
        InvalidInputError: a file cannot be read, none has the station, or one of the targets has no value.
    """
    paths = [Path(file).expanduser() for file in files]
    frame = read_station(paths, station, until=SystemClock().now())
    if missing := [name for name in TARGETS if frame[name].isna().all()]:
        raise InvalidInputError(
            f"The files hold no valid {' and no '.join(missing)} of station {station}.",
            remedy="Give files with hourly temperature (ta, 기온) and humidity (hm, 습도).",
        )
    return frame


@dataclass(frozen=True)
class Observed:
    """One station's observations.

    `frame` has a row for every hour from the first to the last observation (KST) and a float column
    for each of `VARIABLES`, NaN where there is nothing; `origin` names where it was read.
    """

    station: str
    frame: pd.DataFrame
    source: Source
    origin: str

    @classmethod
    def from_files(cls, files: Sequence[str], station: str, *, synthetic: bool = False) -> Observed:
        """Read files as `plantcast backtest` does.

        Raises:
            InvalidInputError: a file cannot be read, or none has the station.
        """
        return cls._of(
            station, read_observations(files, station), "synthetic" if synthetic else "kma", "files"
        )

    @classmethod
    def from_lake(cls, store: ObjectStore, source: Source, station: str) -> Observed:
        """Read all of a station's observations in a deployment's lake.

        Raises:
            NotFoundError: the lake has none.
            CorruptDataError: a file of the lake is damaged.
        """
        frame = ObservationLake(store, source).read_station(station)
        if frame.empty:
            raise NotFoundError(
                f"The lake has no observations of station {station}.",
                remedy=f"Fetch some with `./plantcast backfill --from … --stations {station}`, "
                "or name files with --observations.",
            )
        return cls._of(station, frame, source, "the lake of this deployment")

    @classmethod
    def _of(cls, station: str, frame: pd.DataFrame, source: Source, origin: str) -> Observed:
        values = frame.reindex(columns=list(VARIABLES)).astype("float64").dropna(how="all")
        hours = hours_between(values.index[0].to_pydatetime(), values.index[-1].to_pydatetime())
        return cls(station, values.reindex(hours), source, origin)

    @property
    def name(self) -> str:
        """The station's English name and number."""
        known = STATIONS.get(self.station)
        return f"{known.name_en} ({self.station})" if known else f"station {self.station}"

    @property
    def credit(self) -> str:
        """The source of the observations, in English: matplotlib's own font has no Korean glyphs."""
        return _CREDITS[self.source]

    @property
    def span(self) -> str:
        """First and last hour."""
        return f"{self.frame.index[0]:%Y-%m-%d %H:00} to {self.frame.index[-1]:%Y-%m-%d %H:00} KST"
