"""The observation lake: one Parquet file per station and month in an object store, and the raw responses.

`observations/station=108/year=2025/month=05/observations.parquet` has a row per hour with

    time      timestamp of the hour (Asia/Seoul), ascending, unique
    ta … dsnw double, one per variable, its unit in the column's metadata
    masked    string, `variable:reason` joined by `;`
    received  timestamp (UTC): when the response that this row comes from was received

Of two responses about one hour the one received later counts, in whatever order they are merged; merging
the same ones again changes nothing. Months are cut in Asia/Seoul. `raw/asos/station=108/<start>_<end>/` holds
each response as received; its name begins with the moment of receipt, so that the lake can be made again
from it.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Final, Protocol

import pandas as pd

from plantcast.clock import KST
from plantcast.errors import ConflictError, InvalidInputError
from plantcast.observations.frame import COLUMNS, empty_frame, hour_index, hours_between, require_lake_frame
from plantcast.observations.lake_file import MonthFile, encode
from plantcast.settings import Source
from plantcast.storage import ObjectStore

# Reading is waiting for S3; under boto3's default of 10 pooled connections none is thrown away.
_READERS: Final = 8
# Two writers of one month meet once or twice; more often means something else writes in a loop.
_WRITE_ATTEMPTS: Final = 10


@dataclass(frozen=True)
class MergeCounts:
    """Hours that a merge added, changed, and found as they were (or newer)."""

    new: int = 0
    corrected: int = 0
    unchanged: int = 0

    def __add__(self, other: MergeCounts) -> MergeCounts:
        return MergeCounts(
            self.new + other.new, self.corrected + other.corrected, self.unchanged + other.unchanged
        )


class RawResponse(Protocol):
    """What `write_raw` keeps of a response; `plantcast.observations.asos.Page` is one."""

    @property
    def station(self) -> str:
        """ASOS number."""

    @property
    def start(self) -> datetime:
        """First hour asked for."""

    @property
    def end(self) -> datetime:
        """Last hour asked for."""

    @property
    def number(self) -> int:
        """Page number, from 1."""

    @property
    def raw(self) -> bytes:
        """The body."""

    @property
    def form(self) -> str:
        """`json` or `xml`."""

    @property
    def received_at(self) -> datetime:
        """When it arrived."""


class ObservationLake:
    """The observations of one deployment, all of one source."""

    def __init__(self, store: ObjectStore, source: Source) -> None:
        self._store = store
        self.source: Source = source

    def write_raw(self, response: RawResponse) -> str:
        """Keep a response as received, never over another one; return its key."""
        body = gzip.compress(response.raw, mtime=0)
        span = f"{response.start.astimezone(KST):%Y%m%dT%H}_{response.end.astimezone(KST):%Y%m%dT%H}"
        received = f"{response.received_at.astimezone(KST):%Y%m%dT%H%M%S%f}"
        base = f"raw/asos/station={response.station}/{span}/{received}-page{response.number}"
        for copy in count():
            key = f"{base}.{response.form}.gz" if copy == 0 else f"{base}-{copy}.{response.form}.gz"
            try:
                self._store.put_if(key, body, etag=None, content_type="application/gzip")
            except ConflictError:
                stored = self._store.get(key)
                if stored is None or stored.body != body:
                    continue
            return key
        raise AssertionError("unreachable: count() does not end")

    def merge(self, station: str, frame: pd.DataFrame, *, received_at: datetime) -> MergeCounts:
        """Merge a lake frame that was received at `received_at`; repeatable, safe beside other writers.

        Raises:
            InvalidInputError: `frame` is no lake frame, or the lake holds another source's observations.
            ConflictError: other writers kept changing the same month.
        """
        require_lake_frame(frame)
        local = pd.DatetimeIndex(frame.index).tz_convert(KST)
        months = pd.Series(local.year * 100 + local.month, index=frame.index)
        counts = MergeCounts()
        for month, part in frame.groupby(months.to_numpy()):
            counts += self._merge_month(_key(station, int(str(month))), station, part, received_at)
        return counts

    def read(self, station: str, start: datetime, end: datetime) -> pd.DataFrame:
        """Return the lake frame of the hours from `start` to `end`, both included, reading their months only.

        Raises:
            InvalidInputError: the lake holds another source's observations.
            CorruptDataError: a file is damaged or of another schema version.
        """
        files = self._load(_key(station, month) for month in _months(start, end))
        frames = [file.frame() for file in files]
        if not frames:
            return empty_frame()
        return pd.concat(frames).loc[start:end, list(COLUMNS)]

    def hours_present(self, station: str, start: datetime, end: datetime) -> pd.DatetimeIndex:
        """Return the hours from `start` to `end`, both included, of which there is an observation."""
        return hour_index(pd.DatetimeIndex(self.read(station, start, end).index))

    def missing_hours(self, station: str, start: datetime, end: datetime) -> pd.DatetimeIndex:
        """Return the hours from `start` to `end`, both included, of which there is none."""
        return hours_between(start, end).difference(self.hours_present(station, start, end))

    def span(self, station: str) -> tuple[datetime, datetime] | None:
        """Return the first and the last hour observed, None when there is none."""
        keys = list(self._store.list(_prefix(station)))
        files = list(self._load(dict.fromkeys([*keys[:1], *keys[-1:]])))
        if not files:
            return None
        first, last = files[0].frame().index[0], files[-1].frame().index[-1]
        return first.to_pydatetime(), last.to_pydatetime()

    def count_hours(self, station: str) -> int:
        """Return how many hours of `station` the whole lake holds."""
        return sum(file.rows for file in self._load(self._store.list(_prefix(station))))

    def _merge_month(self, key: str, station: str, part: pd.DataFrame, received_at: datetime) -> MergeCounts:
        incoming = part[list(COLUMNS)].assign(received=pd.Timestamp(received_at).tz_convert("UTC"))
        for attempt in range(_WRITE_ATTEMPTS):
            stored = self._store.get(key)
            if stored is None:
                self._refuse_other_source(station)
                merged, counts = incoming, MergeCounts(new=len(incoming))
            else:
                present = self._open(stored.body, key).frame()
                merged, counts = _merged(present, incoming)
                if merged.equals(present):
                    return counts
            body = encode(merged, station=station, source=self.source)
            try:
                self._store.put_if(key, body, etag=None if stored is None else stored.etag)
            except ConflictError:
                if attempt + 1 == _WRITE_ATTEMPTS:
                    raise
                continue
            return counts
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _load(self, keys: Iterable[str]) -> Iterator[MonthFile]:
        """Yield the files under `keys` that exist, in order, fetched side by side."""
        wanted = list(keys)
        if not wanted:
            return
        with ThreadPoolExecutor(min(_READERS, len(wanted))) as readers:
            for key, stored in zip(wanted, readers.map(self._store.get, wanted), strict=True):
                if stored is not None:
                    yield self._open(stored.body, key)

    def _open(self, body: bytes, key: str) -> MonthFile:
        file = MonthFile(body, key)
        if file.source != self.source:
            raise InvalidInputError(
                f"{key} holds {file.source!r} observations, this deployment is set to {self.source!r}.",
                remedy="Set OBSERVATION_SOURCE to what the lake holds, or deploy with an empty data bucket.",
            )
        return file

    def _refuse_other_source(self, station: str) -> None:
        """A station's first file says what the station holds: a new month must not begin another source."""
        first = next(iter(self._store.list(_prefix(station))), None)
        stored = None if first is None else self._store.get(first)
        if first is not None and stored is not None:
            self._open(stored.body, first)


def _merged(present: pd.DataFrame, incoming: pd.DataFrame) -> tuple[pd.DataFrame, MergeCounts]:
    """Return the union of both, per hour the row received later (at the same moment: the incoming one)."""
    known = incoming.index.isin(present.index)
    old = present.loc[incoming.index[known]]
    replaces = (incoming.loc[known, "received"] >= old["received"]).to_numpy()
    chosen = incoming.loc[known][replaces]
    values = list(COLUMNS)
    same = (
        chosen[values].eq(old[replaces][values]) | (chosen[values].isna() & old[replaces][values].isna())
    ).all(axis=1)
    fresh = incoming[~known]
    untouched = present.loc[~present.index.isin(chosen.index)]
    merged = pd.concat([part for part in (untouched, chosen, fresh) if len(part)]).sort_index()
    corrected = int((~same).sum())
    return merged, MergeCounts(new=len(fresh), corrected=corrected, unchanged=int(known.sum()) - corrected)


def _prefix(station: str) -> str:
    return f"observations/station={station}/"


def _key(station: str, month: int) -> str:
    return f"{_prefix(station)}year={month // 100:04}/month={month % 100:02}/observations.parquet"


def _months(start: datetime, end: datetime) -> list[int]:
    """Return the months (year × 100 + month, in Asia/Seoul) that the hours from `start` to `end` lie in."""
    first, last = start.astimezone(KST), end.astimezone(KST)
    if end < start:
        return []
    return [
        month // 12 * 100 + month % 12 + 1
        for month in range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    ]
