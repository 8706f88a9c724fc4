"""Publishing: what the lake holds of the newest days, as items that the API reads without Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from math import isnan

import pandas as pd

from plantcast.common.clock import HOUR, KST, Clock, midnight
from plantcast.observations.frame import hour_index
from plantcast.observations.lake import ObservationLake
from plantcast.observations.published import DAYS_PUBLISHED, PUBLISHED, Masked, ObservedDay, ObservedDays


def publish_again(
    lake: ObservationLake, days: ObservedDays, clock: Clock, station: str, begin: date, end: date
) -> int:
    """Make the stored days from `begin` to `end` equal to the lake; return how many were written."""
    return _publish(lake, days, clock, station, begin, end, stored_only=True)


def published_from(last: datetime) -> date:
    """Return the first day published when `last` is the last hour observed."""
    return last.astimezone(KST).date() - timedelta(days=DAYS_PUBLISHED - 1)


def publish_newest(
    lake: ObservationLake, days: ObservedDays, clock: Clock, station: str, first: datetime, last: datetime
) -> int:
    """Make the items of a station's newest days equal to the lake; return how many were written.

    `first` and `last` are the first and the last hour observed. All days of the window are looked at each
    time: so late corrections show, and an ingest that was killed before this is made up for by the next one.
    """
    begin = max(published_from(last), first.astimezone(KST).date())
    end = last.astimezone(KST).date()
    return _publish(lake, days, clock, station, begin, end)


def _publish(
    lake: ObservationLake,
    days: ObservedDays,
    clock: Clock,
    station: str,
    begin: date,
    end: date,
    *,
    stored_only: bool = False,
) -> int:
    read_at = clock.now()
    frame = lake.read(station, midnight(begin), midnight(end) + 23 * HOUR)
    known = days.readable(station, begin, end)
    written = 0
    for day in observed_days(frame, station, lake.source, begin, end):
        if known.get(day.day) != day and (day.day in known or not stored_only):
            written += days.put(day, read_at=read_at)
    return written


def observed_days(
    frame: pd.DataFrame, station: str, source: str, first: date, last: date
) -> Iterator[ObservedDay]:
    """Yield every day from `first` to `last` of a lake frame, also those without an observation."""
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    hours = hour_index(pd.date_range(str(first), periods=24 * len(days), freq="h", tz=KST))
    shown = frame.reindex(hours)
    values = {name: [None if isnan(value) else value for value in shown[name].tolist()] for name in PUBLISHED}
    masked: dict[int, list[Masked]] = {}
    for position in (shown["masked"].fillna("") != "").to_numpy().nonzero()[0].tolist():
        number, hour = divmod(position, 24)
        masked.setdefault(number, []).extend(_masked(shown["masked"].iloc[position], hour))
    for number, day in enumerate(days):
        yield ObservedDay(
            station=station,
            day=day,
            source=source,
            values={name: tuple(column[24 * number : 24 * number + 24]) for name, column in values.items()},
            masked=tuple(masked.get(number, ())),
        )


def _masked(entries: str, hour: int) -> Iterator[Masked]:
    for entry in entries.split(";"):
        name, reason = entry.split(":", 1)
        if name in PUBLISHED:
            yield Masked(name, hour, reason)
