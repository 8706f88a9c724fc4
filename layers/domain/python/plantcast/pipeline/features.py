"""The step `features`: from the lake to one Parquet file of a run, and reading it back."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from plantcast.aws import ObjectStore
from plantcast.common.clock import KST, iso_hour, last_hour_served
from plantcast.common.errors import CorruptDataError, InvalidInputError, NotFoundError
from plantcast.forecasting import TARGETS
from plantcast.forecasting.features.origin import LOOKBACK, build_features
from plantcast.forecasting.models.spread import LOOKBACK as SPREAD_LOOKBACK
from plantcast.observations.lake import ObservationLake
from plantcast.pipeline.contracts.nightly import FeaturesResult

MIN_HOURS: Final = 7 * 24  # a baseline needs a week to know the day's course from the weather
# What a forecast itself rests on, with an origin up to two weeks back; hours before are for learning only.
RECENT: Final = LOOKBACK + SPREAD_LOOKBACK + timedelta(days=15)
# The truth stays exact; what only trees see is kept as they see it, at half the size.
_EXACT: Final = ("ta", "hm", "td")


@dataclass(frozen=True)
class FeatureStep:
    """Builds and stores the features of one station for one run."""

    lake: ObservationLake
    store: ObjectStore
    history_days: int

    def run(self, run_id: str, station: str, as_of: date) -> FeaturesResult:
        """Write the features of the history up to the last hour served on `as_of`.

        `status` is `no_data` when fewer than `MIN_HOURS` hours hold both targets. Hours of damaged months
        before `RECENT` are missing, and so are provisional ones: models learn from confirmed hours only.
        Repeating it overwrites the same object.

        Raises:
            CorruptDataError: a month that the forecast itself rests on is damaged.
        """
        last = last_hour_served(as_of)
        first = last - timedelta(days=self.history_days, hours=-1)
        observations = self.lake.read(station, first, last, needed_from=last - RECENT, provisional=False)
        origin, hours = newest_origin(observations)
        if origin is None or hours < MIN_HOURS:
            message = (
                f"The lake holds {hours} hours of temperature and humidity of station {station} before "
                f"{as_of}; {MIN_HOURS} are needed. Backfill more."
            )
            return FeaturesResult(
                station=station,
                status="no_data",
                features_key=None,
                origin=origin,
                history_hours=hours,
                message=message,
            )
        key = features_key(run_id, station)
        self.store.put(key, encode(build_features(observations.loc[:origin])))
        message = f"{hours} hours up to {iso_hour(origin)}"
        return FeaturesResult(
            station=station,
            status="ready",
            features_key=key,
            origin=origin,
            history_hours=hours,
            message=message,
        )


def newest_origin(observations: pd.DataFrame) -> tuple[datetime | None, int]:
    """Return the last hour at which both targets were observed (None: never), and how many such hours."""
    complete = observations[list(TARGETS)].notna().all(axis=1)
    hours = observations.index[complete]
    return (hours[-1].to_pydatetime() if len(hours) else None), len(hours)


def features_key(run_id: str, station: str) -> str:
    """Return where a run's features of a station are kept.

    Raises:
        InvalidInputError: a part would change the key's folders.
    """
    for name, value in (("run_id", run_id), ("station", station)):
        if not value or "/" in value or value in {".", ".."}:
            raise InvalidInputError(f"{name}={value!r} cannot be part of a key.", remedy="Leave out slashes.")
    return f"features/run={run_id}/station={station}/features.parquet"


def encode(frame: pd.DataFrame) -> bytes:
    """Serialise features (float32 but for `_EXACT`): the same bytes for the same frame."""
    index = pd.DatetimeIndex(frame.index)
    arrays = [pa.array(index.tz_convert("UTC").as_unit("s"), pa.timestamp("s", tz="UTC"))]
    for name in frame.columns:
        kind = np.float64 if name in _EXACT else np.float32
        arrays.append(pa.array(frame[name].to_numpy(kind), from_pandas=True))
    buffer = io.BytesIO()
    table = pa.Table.from_arrays(arrays, names=["time", *map(str, frame.columns)])
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def read_features(store: ObjectStore, key: str, origin: datetime) -> pd.DataFrame:
    """Read a run's features, float64, indexed by hour in KST.

    Raises:
        NotFoundError: there is no object under `key`.
        CorruptDataError: it is no features file, or it does not end at `origin`.
    """
    stored = store.get(key)
    if stored is None:
        raise NotFoundError(f"There are no features under {key!r}.", remedy="Run the features step first.")
    remedy = "Run the features step again."
    try:
        table = pq.read_table(io.BytesIO(stored.body))
        index = pd.DatetimeIndex(table.column("time").to_pandas()).tz_convert(KST).as_unit("us")
        columns = {
            name: table.column(name).to_numpy().astype(np.float64)
            for name in table.column_names
            if name != "time"
        }
        frame = pd.DataFrame(columns, index=index.rename("time"))
    except (pa.ArrowInvalid, KeyError, TypeError, ValueError) as error:
        raise CorruptDataError(f"The features {key} cannot be read ({error}).", remedy=remedy) from error
    if not len(frame) or frame.index[-1] != origin:
        ends = iso_hour(frame.index[-1]) if len(frame) else "nowhere"
        raise CorruptDataError(f"The features {key} end {ends}, not at {iso_hour(origin)}.", remedy=remedy)
    return frame
