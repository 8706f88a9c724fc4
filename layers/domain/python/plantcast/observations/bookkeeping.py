"""What every ingest leaves beside observations: status, newest days for the API, a quality report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import isnan

import pandas as pd

from plantcast.aws import ItemTable, ObjectStore
from plantcast.common.clock import KST, Clock, iso_hour
from plantcast.common.logging import logger
from plantcast.common.schema import FIELD, STATUS
from plantcast.observations.frame import count_hours, hour_index
from plantcast.observations.lake import ObservationLake
from plantcast.observations.published import DAYS_PUBLISHED, PUBLISHED, Masked, ObservedDay, ObservedDays
from plantcast.observations.report import Received, Scope, build_report, span_of, store_report
from plantcast.observations.status import read_status


@dataclass(frozen=True)
class Bookkeeping:
    """Writes status, published days and reports of the stations of one lake."""

    store: ObjectStore
    lake: ObservationLake
    table: ItemTable
    clock: Clock

    def record(self, scope: Scope, received: Received) -> tuple[pd.DataFrame, str]:
        """Write status, newest days and the report on the hours of `scope`; it can be repeated.

        Return these hours as a lake frame with `rejected_values`, and the key of the report.
        """
        read_at = self.clock.now()
        frame = self.lake.read_station(scope.station, needed=(scope.start, scope.end))
        self._write_status(scope.station, frame, read_at)
        self._publish(scope, frame, read_at)
        now = self.clock.now()
        report = build_report(scope, frame, received=received, source=self.lake.source, now=now)
        key = store_report(report, scope, self.store, self.table)
        return frame.loc[scope.start : scope.end], key

    def _publish(self, scope: Scope, frame: pd.DataFrame, read_at: datetime) -> None:
        """Make the days that the API shows equal to the lake, and those stored of a removal.

        All of them are compared each time: so late corrections show, and the next ingest makes up for one
        that was killed before this.
        """
        days, station = ObservedDays(self.table), scope.station
        span = span_of(frame)
        known: dict[date, ObservedDay] = {}
        changed: list[ObservedDay] = []
        if span is not None:
            # An hour that cannot have been observed must not keep the days up to now from being published.
            last = min(span[1], read_at).astimezone(KST).date()
            first = max(last - timedelta(days=DAYS_PUBLISHED - 1), span[0].astimezone(KST).date())
            known = days.readable(station, first, last)
            shown = observed_days(frame, station, self.lake.source, first, last)
            changed = [day for day in shown if known.get(day.day) != day]
        if scope.kind == "removal":
            first, last = (hour.astimezone(KST).date() for hour in (scope.start, scope.end))
            stored = days.readable(station, first, last)
            shown = observed_days(frame, station, self.lake.source, first, last)
            changed += [day for day in shown if day.day in stored and stored[day.day] != day]
        written = sum(days.put(day, read_at=read_at) for day in changed)
        logger.info("days published", extra={"station": station, "written": written})

    def _write_status(self, station: str, frame: pd.DataFrame, read_at: datetime) -> None:
        """Write which hours the lake holds of the station; the lake was read from `read_at` on.

        Of two writers the one that began to read later saw the later state: the item never goes back, however
        runs overlap or repeat.
        """
        span = span_of(frame)
        if span is None and read_status(self.table, station) is None:
            return  # nothing was ever observed
        item = {
            "pk": f"STATION#{station}",
            "sk": "STATUS",
            FIELD: STATUS.version,
            "first_observation": None if span is None else iso_hour(span[0]),
            "last_observation": None if span is None else iso_hour(span[1]),
            "hours_present": len(frame),
            "hours_expected": 0 if span is None else count_hours(*span),
            "updated_at": read_at.astimezone(KST).isoformat(timespec="milliseconds"),
        }
        self.table.put_if_newer(item, attribute="updated_at")


def observed_days(
    frame: pd.DataFrame, station: str, source: str, first: date, last: date
) -> Iterator[ObservedDay]:
    """Yield every day from `first` to `last` of a lake frame, also those without an observation."""
    count = (last - first).days + 1
    hours = hour_index(pd.date_range(str(first), periods=24 * count, freq="h", tz=KST))
    shown = frame.reindex(hours)
    values = {name: [None if isnan(value) else value for value in shown[name].tolist()] for name in PUBLISHED}
    masked: dict[int, list[Masked]] = {}
    for position, entries in enumerate(shown["masked"].fillna("").tolist()):
        for entry in filter(None, entries.split(";")):
            name, reason = entry.split(":", 1)
            if name in PUBLISHED:
                masked.setdefault(position // 24, []).append(Masked(name, position % 24, reason))
    for number in range(count):
        yield ObservedDay(
            station=station,
            day=first + timedelta(days=number),
            source=source,
            values={name: tuple(column[24 * number : 24 * number + 24]) for name, column in values.items()},
            masked=tuple(masked.get(number, ())),
        )
