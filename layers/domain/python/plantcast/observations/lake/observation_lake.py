"""The observation lake: one Parquet file per station and month in an object store.

`observations/station=108/year=2025/month=05/observations.parquet` has a row per hour with

    time      timestamp of the hour (KST), ascending, unique
    ta … dsnw double, one per variable, its unit in the column's metadata; null: not sent or not believed
    masked    string, `variable:reason` joined by `;`: what was sent and rejected
    withheld  string, JSON of variable to the value sent, for each entry of `masked`
    received_ta … received_dsnw
              timestamp (UTC): when the value, or its empty cell, was received; null: never mentioned

What a station's files hold depends only on the responses merged, never on their order or on who merged them:
of all that was sent about a variable of an hour the latest counts (of two received at the same moment, the
greater), and quality control works on the merged hours, those of the neighbouring months included. So merging
again changes nothing, two writers at once lose nothing, and the same raw responses give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import pandas as pd

from plantcast.aws import ObjectStore, StoredObject
from plantcast.common.clock import HOUR
from plantcast.common.errors import ConflictError, CorruptDataError, InvalidInputError
from plantcast.common.logging import logger
from plantcast.common.settings import Source
from plantcast.observations.frame import (
    COLUMNS,
    RECEIPTS,
    empty_frame,
    hour_index,
    hours_between,
    require_sent_frame,
)
from plantcast.observations.lake.merging import MergeCounts, merge_sent, split_by_month, stamped
from plantcast.observations.lake.month_file import (
    FILE_COLUMNS,
    MonthFile,
    encode,
    refuse_newer_file,
    sent_again,
)
from plantcast.observations.lake.months import Month, prefix
from plantcast.observations.quality import CONTEXT_HOURS, assess

# Reading is waiting for S3; under boto3's default of 10 pooled connections none is thrown away.
_READERS: Final = 8
# Two writers of one month meet once or twice; more often means something else writes in a loop.
_WRITE_ATTEMPTS: Final = 10
_CONTEXT: Final = CONTEXT_HOURS * HOUR


class ObservationLake:
    """The observations of one deployment, all of one source."""

    def __init__(self, store: ObjectStore, source: Source) -> None:
        self._store = store
        self.source: Source = source

    def merge(self, station: str, sent: pd.DataFrame, *, received_at: datetime) -> MergeCounts:
        """Merge a sent frame that was received at `received_at`; repeatable, safe beside other writers.

        Raises:
            InvalidInputError: `sent` is no sent frame, or the lake holds another source's observations.
            ConflictError: other writers kept changing the same month.
            CorruptDataError: a month's file is damaged.
            SchemaVersionError: newer code wrote one; it was left as it is.
        """
        require_sent_frame(sent)
        return self.merge_stamped(station, stamped(sent, received_at))

    def merge_stamped(self, station: str, frame: pd.DataFrame) -> MergeCounts:
        """Merge a stamped frame; what `merge` raises holds."""
        counts = MergeCounts()
        seen = _Seen(self._store, self._fetch)
        around: list[Month] = []
        for month, part in split_by_month(frame):
            counts += self._merge_month(station, month, part, seen)
            around += [near for near in _near(month, part.index) if near not in around]
        # What these hours are the neighbours of is judged again: nothing there but `masked` can change.
        # Also when the hours were known: who wrote them may have been killed before this.
        for month in around:
            self._merge_month(station, month, None, seen)
        return counts

    def read(
        self, station: str, start: datetime, end: datetime, *, needed_from: datetime | None = None
    ) -> pd.DataFrame:
        """Return the lake frame of the hours from `start` to `end`, both included, reading their months only.

        With `needed_from` a damaged month that ends before that hour is logged and left out.

        Raises:
            InvalidInputError: the lake holds another source's observations.
            CorruptDataError: a file is damaged.
            SchemaVersionError: newer code wrote a file.
        """
        return self._read(station, start, end, needed_from).loc[:, list(COLUMNS)]

    def read_with_withheld(self, station: str, start: datetime, end: datetime) -> pd.DataFrame:
        """Return what `read` does, with the column `withheld` beside: the values sent and not believed."""
        return self._read(station, start, end)

    def hours_present(self, station: str, start: datetime, end: datetime) -> pd.DatetimeIndex:
        """Return the hours from `start` to `end`, both included, of which there is an observation."""
        return hour_index(pd.DatetimeIndex(self._read(station, start, end).index))

    def missing_hours(self, station: str, start: datetime, end: datetime) -> pd.DatetimeIndex:
        """Return the hours from `start` to `end`, both included, of which there is none."""
        return hours_between(start, end).difference(self.hours_present(station, start, end))

    def last_receipt(self, station: str, start: datetime, end: datetime) -> datetime:
        """Return when the newest value from `start` to `end` was received; the lake must hold one."""
        keys = [month.key(station) for month in Month.between(start, end)]
        held = pd.concat([file.frame() for file in self._load(keys)]).loc[start:end, list(RECEIPTS)]
        newest: datetime = held.max().max().tz_localize("UTC").to_pydatetime()
        return newest

    def file(self, station: str, month: Month) -> MonthFile | None:
        """Return a month's file, None when there is none; what `read` raises holds."""
        stored = self._store.get(month.key(station))
        return None if stored is None else self._open(stored.body, month.key(station))

    def replace_month(self, station: str, month: Month, sent: pd.DataFrame) -> bool:
        """Write a month anew, whatever its file holds; say whether that changed anything.

        `sent` is a stamped frame of the month's hours and of those around it.

        Raises:
            SchemaVersionError: newer code wrote the file; it was left as it is.
            ConflictError: another writer changed the month meanwhile.
        """
        key = month.key(station)
        stored = self._store.get(key)
        if stored is not None:
            refuse_newer_file(stored.body, key)
        near = sent.loc[month.start - _CONTEXT : month.last + _CONTEXT]
        own = near.loc[month.start : month.last]
        body = encode(_judged(station, own, near.drop(own.index)), station=station, source=self.source)
        if stored is not None and stored.body == body:
            return False
        self._store.put_if(key, body, etag=None if stored is None else stored.etag)
        return True

    def put_right(self, station: str, start: datetime, end: datetime) -> None:
        """Judge again what the lake holds from `start` to `end`, both included, and just around.

        That changes something only where a writer was killed after it had written a month and before it had
        judged the neighbouring ones, or where they were written without each other.

        Raises:
            ConflictError: other writers kept changing the same months.
            CorruptDataError: a month's file is damaged.
            SchemaVersionError: newer code wrote one; it was left as it is.
        """
        seen = _Seen(self._store, self._fetch)
        for month in Month.between(start - _CONTEXT, end + _CONTEXT):
            self._merge_month(station, month, None, seen)

    def _read(
        self, station: str, start: datetime, end: datetime, needed_from: datetime | None = None
    ) -> pd.DataFrame:
        months = list(Month.between(start, end))
        frames = []
        for month, stored in zip(months, self._fetch_all([m.key(station) for m in months]), strict=True):
            if stored is None:
                continue
            try:
                frames.append(self._open(stored.body, month.key(station)).observed())
            except CorruptDataError as error:
                if needed_from is None or month.last >= needed_from:
                    raise
                logger.error("damaged month left out", extra={"station": station, "error": str(error)})
        if not frames:
            return empty_frame().assign(withheld=pd.Series(dtype="str"))
        return pd.concat(frames).loc[start:end, [*COLUMNS, "withheld"]]

    def _merge_month(self, station: str, month: Month, part: pd.DataFrame | None, seen: _Seen) -> MergeCounts:
        """Merge a month's rows (a stamped frame), or with None judge what is there again.

        The file is written on condition that nobody has written it since it was read. Judging also rests on
        the neighbouring months, which that condition does not cover: if one of them has changed once the file
        is written, it is judged again. Whoever changes a month judges its neighbours afterwards, so of two
        writers at once the later one puts right what the earlier one could not know.
        """
        key, around = month.key(station), (month.previous().key(station), month.next().key(station))
        counts: MergeCounts | None = None
        for _ in range(_WRITE_ATTEMPTS):
            known = seen.get(key)
            if known is None and part is None:
                return MergeCounts()
            if known is None:
                self._refuse_other_source(station)
            merged, found = merge_sent(None if known is None else known.sent, part)
            judged = _judged(station, merged, _edges(merged, [seen.get(other) for other in around]))
            if known is not None and judged.equals(known.judged):
                return counts or found
            body = encode(judged, station=station, source=self.source)
            try:
                etag = self._store.put_if(key, body, etag=None if known is None else known.etag)
            except ConflictError:
                seen.forget(key, *around)
                continue
            seen.wrote(key, _Known(etag, judged, merged))
            counts = counts or found
            if not seen.changed(around):
                return counts
            seen.forget(key, *around)
        raise ConflictError(
            f"Other writers kept changing {key} or the months around it.", remedy="Repeat the call later."
        )

    def _fetch(self, key: str) -> _Known | None:
        stored = self._store.get(key)
        if stored is None:
            return None
        judged = self._open(stored.body, key).frame()
        return _Known(stored.etag, judged, sent_again(judged))

    def _load(self, keys: Sequence[str]) -> Iterator[MonthFile]:
        """Yield the files under `keys` that exist, in order."""
        for key, stored in zip(keys, self._fetch_all(keys), strict=True):
            if stored is not None:
                yield self._open(stored.body, key)

    def _fetch_all(self, keys: Sequence[str]) -> Iterator[StoredObject | None]:
        """Yield what is stored under `keys`, in order, fetched side by side."""
        if keys:
            with ThreadPoolExecutor(min(_READERS, len(keys))) as readers:
                yield from readers.map(self._store.get, keys)

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
        first = next(iter(self._store.list(prefix(station))), None)
        stored = None if first is None else self._store.get(first)
        if first is not None and stored is not None:
            self._open(stored.body, first)


@dataclass(frozen=True)
class _Known:
    """A month's file: its ETag, its rows, and the stamped frame that they were made of."""

    etag: str
    judged: pd.DataFrame
    sent: pd.DataFrame


@dataclass
class _Seen:
    """Files as one merge has last seen them: read once, then known by what was written.

    What is known may be out of date. A write rests on its ETag and then fails, and rows found in an old state
    are in every later one too, so nothing is lost by it.
    """

    store: ObjectStore
    fetch: Callable[[str], _Known | None]
    files: dict[str, _Known | None] = field(default_factory=dict)

    def get(self, key: str) -> _Known | None:
        if key not in self.files:
            self.files[key] = self.fetch(key)
        return self.files[key]

    def wrote(self, key: str, known: _Known) -> None:
        self.files[key] = known

    def forget(self, *keys: str) -> None:
        for key in keys:
            self.files.pop(key, None)

    def changed(self, keys: Iterable[str]) -> bool:
        """Say whether a file is not what it was when it was seen."""
        for key in keys:
            known = self.files.get(key)
            if (None if known is None else known.etag) != self.store.etag(key):
                return True
        return False


def _edges(sent: pd.DataFrame, around: Iterable[_Known | None]) -> pd.DataFrame:
    """Return the sent hours of the months around `sent` that judging it may rest on."""
    first, last = sent.index[0] - _CONTEXT, sent.index[-1] + _CONTEXT
    parts = [known.sent.loc[first:last] for known in around if known is not None]
    return pd.concat(parts) if parts else sent.iloc[:0]


def _near(month: Month, hours: pd.Index) -> Iterator[Month]:
    """Yield the months in which something may be judged otherwise once `hours` of `month` have changed."""
    if hours[0] - _CONTEXT < pd.Timestamp(month.start):
        yield month.previous()
    if hours[-1] + _CONTEXT >= pd.Timestamp(month.next().start):
        yield month.next()


def _judged(station: str, sent: pd.DataFrame, context: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a file: `sent` judged among `context`."""
    parts = [part for part in (context, sent) if len(part)]
    everything = pd.concat(parts).sort_index() if len(parts) > 1 else sent
    judged = assess(everything, station).loc[sent.index]
    return pd.concat([judged, sent[list(RECEIPTS)]], axis=1)[list(FILE_COLUMNS)]
