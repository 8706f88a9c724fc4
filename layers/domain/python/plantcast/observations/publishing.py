"""Publishing: the newest days of the lake, as items that the API reads without Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from math import isnan

import pandas as pd

from plantcast.common.clock import KST
from plantcast.observations.frame import hour_index
from plantcast.observations.published import PUBLISHED, Masked, ObservedDay, ObservedDays


def publish(
    frame: pd.DataFrame,
    source: str,
    days: ObservedDays,
    station: str,
    begin: date,
    end: date,
    *,
    read_at: datetime,
    stored_only: bool = False,
) -> int:
    """Make the stored days from `begin` to `end` equal to a lake frame; return how many were written.

    `read_at` is when reading the lake began. With `stored_only` days that are not stored are left out.
    """
    known = days.readable(station, begin, end)
    written = 0
    for day in observed_days(frame, station, source, begin, end):
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
