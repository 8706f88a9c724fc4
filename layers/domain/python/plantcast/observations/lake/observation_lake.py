"""The observation lake: one Parquet file per station and month in an object store.

`observations/station=108/year=2025/month=05/observations.parquet` has a row per hour with

    time      timestamp of the hour (KST), ascending, unique
    ta … dsnw double, one per variable, its unit in the column's metadata: the value as sent; null: none sent
    qc_flags  string, JSON of variable to the KMA's flag, or to the text sent where that was no number
    provisional
              boolean: known from live observations only; the ASOS service replaces the hour
    received_ta … received_dsnw
              timestamp (UTC): when the value, or its empty cell, was received; null: never mentioned

A file depends only on the responses merged, never on their order or on who merged them: of all that was sent
about a variable of an hour the latest counts (of two received at the same moment, the greater), and live
observations only until the ASOS service has sent the hour (`plantcast.observations.lake.merging`). So merging
again changes nothing, two writers at once lose nothing, and the same raw responses give the same bytes.
Quality control is applied on reading (`plantcast.observations.quality`).
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final

import pandas as pd

from plantcast.aws import ObjectStore
from plantcast.common.clock import HOUR
from plantcast.common.errors import ConflictError, CorruptDataError
from plantcast.common.logging import logger
from plantcast.common.settings import Source
from plantcast.observations import VARIABLES
from plantcast.observations.frame import (
    empty_stamped,
    hour_index,
    hours_between,
)
from plantcast.observations.lake.merging import MergeCounts, merge_sent, split_by_month, stamped
from plantcast.observations.lake.month_file import decode, encode, refuse_newer_file
from plantcast.observations.lake.months import Month, prefix
from plantcast.observations.quality import CONTEXT_HOURS, assess

# Reading is waiting for S3; under boto3's default of 10 pooled connections none is thrown away.
_READERS: Final = 8
# Two writers of one month meet once or twice; more often means something else writes in a loop.
_WRITE_ATTEMPTS: Final = 10
_CONTEXT: Final = CONTEXT_HOURS * HOUR
_SENT: Final = (*VARIABLES, "qc_flags", "provisional")

Span = tuple[datetime, datetime]


class ObservationLake:
    """The observations of one deployment, all of one source."""

    def __init__(self, store: ObjectStore, source: Source) -> None:
        self._store = store
        self.source: Source = source

    def merge(
        self, station: str, sent: pd.DataFrame, *, received_at: datetime, provisional: bool = False
    ) -> MergeCounts:
        """Merge a sent frame that was received at `received_at`; repeatable, safe beside other writers.

        `provisional`: these are live observations, which the ASOS service has not confirmed.

        Raises:
            InvalidInputError: the lake holds another source's observations.
            ConflictError: other writers kept changing the same month.
            CorruptDataError: a month's file is damaged.
            SchemaVersionError: newer code wrote one; it was left as it is.
        """
        return self.merge_stamped(station, stamped(sent, received_at, provisional=provisional))

    def merge_stamped(self, station: str, frame: pd.DataFrame) -> MergeCounts:
        """Merge a stamped frame; raises what `merge` does."""
        counts = MergeCounts()
        for month, part in split_by_month(frame):
            counts += self._merge_month(station, month, part)
        return counts

    def read(
        self,
        station: str,
        start: datetime,
        end: datetime,
        *,
        needed_from: datetime | None = None,
        provisional: bool = True,
    ) -> pd.DataFrame:
        """Return the lake frame of the hours from `start` to `end`, both included, with `rejected_values`.

        The column `provisional` marks hours not confirmed yet. With `provisional=False` they are left out,
        and what is rejected does not depend on them.

        Months before and after are read as far as quality control compares hours with their neighbours. A
        damaged month outside `start` to `end`, or that ends before `needed_from`, is logged and left out.

        Raises:
            InvalidInputError: the lake holds another source's observations.
            CorruptDataError: a file is damaged.
            SchemaVersionError: newer code wrote a file.
        """
        first, last = start - _CONTEXT, end + _CONTEXT
        sent = self._observed(station, Month.between(first, last), (max(start, needed_from or start), end))
        if not provisional:
            sent = sent[~sent["provisional"]]
        return _assessed(sent.loc[first:last], station).loc[start:end]

    def read_station(self, station: str, *, needed: Span | None = None) -> pd.DataFrame:
        """Return the lake frame of all hours of a station, with `rejected_values` and `provisional`.

        With `needed` (hours, both included) a damaged month outside of it is logged and left out. Raises what
        `read` does.
        """
        months = self.months(station)
        whole = needed or (months[0].start, months[-1].last) if months else needed
        return _assessed(self._observed(station, months, whole), station)

    def months(self, station: str) -> list[Month]:
        """Return the months of which there is a file, ascending."""
        found = (Month.of_key(key) for key in self._store.list(prefix(station)))
        return sorted(month for month in found if month is not None)

    def hours_present(self, station: str, start: datetime, end: datetime) -> pd.DatetimeIndex:
        """Return the hours from `start` to `end`, both included, of which there is an observation."""
        found = self._observed(station, Month.between(start, end), (start, end))
        return hour_index(pd.DatetimeIndex(found.loc[start:end].index))

    def missing_hours(self, station: str, start: datetime, end: datetime) -> pd.DatetimeIndex:
        """Return the hours from `start` to `end`, both included, without a confirmed observation."""
        found = self._observed(station, Month.between(start, end), (start, end))
        confirmed = pd.DatetimeIndex(found.index[~found["provisional"]])
        return hours_between(start, end).difference(confirmed)

    def replace_month(self, station: str, month: Month, frame: pd.DataFrame) -> bool:
        """Write a month from the stamped `frame`, whatever its file holds; return whether its bytes changed.

        Raises:
            SchemaVersionError: newer code wrote the file; it was left as it is.
            ConflictError: another writer changed the month meanwhile.
        """
        key = month.key(station)
        stored = self._store.get(key)
        if stored is not None:
            refuse_newer_file(stored.body, key)
        body = encode(frame, station=station, source=self.source)
        if stored is not None and stored.body == body:
            return False
        self._store.put_if(key, body, etag=None if stored is None else stored.etag)
        return True

    def _merge_month(self, station: str, month: Month, part: pd.DataFrame) -> MergeCounts:
        """Merge a month's rows, on condition that nobody has written its file since it was read."""
        key = month.key(station)
        for _ in range(_WRITE_ATTEMPTS):
            stored = self._store.get(key)
            if stored is None:
                self._refuse_other_source(station)
            present = empty_stamped() if stored is None else decode(stored.body, key, source=self.source)
            merged, counts = merge_sent(present, part)
            if stored is not None and merged.equals(present):
                return counts
            body = encode(merged, station=station, source=self.source)
            try:
                self._store.put_if(key, body, etag=None if stored is None else stored.etag)
            except ConflictError:
                continue
            return counts
        raise ConflictError(f"Other writers kept changing {key}.", remedy="Repeat the call later.")

    def _observed(self, station: str, months: Iterable[Month], needed: Span | None) -> pd.DataFrame:
        """Return what was sent in `months`, without the hours that were removed from the lake.

        A damaged month outside of `needed` is logged and left out.
        """
        keys = {month.key(station): month for month in months}
        with ThreadPoolExecutor(_READERS) as readers:
            files = list(readers.map(self._store.get, keys))
        frames = [empty_stamped()[list(_SENT)]]
        for (key, month), stored in zip(keys.items(), files, strict=True):
            if stored is None:
                continue
            try:
                frames.append(decode(stored.body, key, source=self.source, columns=_SENT))
            except CorruptDataError as error:
                if needed is not None and month.last >= needed[0] and month.start <= needed[1]:
                    raise
                logger.error("damaged month left out", extra={"station": station, "error": str(error)})
        sent = pd.concat(frames[1:]) if len(frames) > 1 else frames[0]
        return sent[sent[list(VARIABLES)].notna().any(axis=1) | (sent["qc_flags"] != "")]

    def _refuse_other_source(self, station: str) -> None:
        """Check the station's first file: a new month must not begin another source."""
        first = next(iter(self._store.list(prefix(station))), None)
        stored = None if first is None else self._store.get(first)
        if first is not None and stored is not None:
            decode(stored.body, first, source=self.source, columns=())


def _assessed(sent: pd.DataFrame, station: str) -> pd.DataFrame:
    return assess(sent, station).assign(provisional=sent["provisional"])
