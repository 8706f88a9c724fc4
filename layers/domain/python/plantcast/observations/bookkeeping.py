"""What every ingest leaves beside observations: status, newest days for the API, a quality report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import isnan

import numpy as np
import pandas as pd

from plantcast.aws import Attr, ItemTable, ObjectStore
from plantcast.common.clock import HOUR, KST, Clock, iso_hour, midnight
from plantcast.common.logging import logger
from plantcast.common.schema import FIELD, STATUS
from plantcast.observations.frame import count_hours, empty_stamped, hour_index
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
        confirmed = frame[~frame["provisional"]]
        self._write_status(scope.station, confirmed, _last_provisional(frame), read_at)
        self._publish(scope, frame, read_at)
        now = self.clock.now()
        report = build_report(scope, confirmed, received=received, source=self.lake.source, now=now)
        key = store_report(report, scope, self.store, self.table)
        return confirmed.loc[scope.start : scope.end], key

    def record_live(self, station: str, first: datetime, last: datetime) -> datetime | None:
        """Publish the days from `first` to `last` after live observations of them; it can be repeated.

        Return the last of these hours that is observed, None without any. Everything else, the report
        included, is about confirmed hours, and left to the next ingest.
        """
        read_at = self.clock.now()
        days = [hour.astimezone(KST).date() for hour in (first, last)]
        frame = self.lake.read(station, midnight(days[0]), midnight(days[1]) + 23 * HOUR)
        span = span_of(frame)
        if span is None:
            return None
        observed = (span[0].astimezone(KST).date(), span[1].astimezone(KST).date())
        self._put_changed(station, frame, observed, read_at)
        self._write_last_provisional(station, _last_provisional(frame), read_at)
        return span[1]

    def _publish(self, scope: Scope, frame: pd.DataFrame, read_at: datetime) -> None:
        """Make the days that the API shows equal to the lake, and those stored of a removal.

        All of them are compared each time: so late corrections show, and the next ingest makes up for one
        that was killed before this.
        """
        station, span = scope.station, span_of(frame)
        if span is not None:
            # An hour that cannot have been observed must not keep the days up to now from being published.
            last = min(span[1], read_at).astimezone(KST).date()
            first = max(last - timedelta(days=DAYS_PUBLISHED - 1), span[0].astimezone(KST).date())
            self._put_changed(station, frame, (first, last), read_at)
        if scope.kind == "removal":
            first, last = (hour.astimezone(KST).date() for hour in (scope.start, scope.end))
            self._put_changed(station, frame, (first, last), read_at, only_stored=True)

    def _put_changed(
        self,
        station: str,
        frame: pd.DataFrame,
        span: tuple[date, date],
        read_at: datetime,
        *,
        only_stored: bool = False,
    ) -> None:
        days = ObservedDays(self.table)
        stored = days.readable(station, *span)
        shown = observed_days(frame, station, self.lake.source, *span)
        changed = [day for day in shown if stored.get(day.day) != day]
        if only_stored:
            changed = [day for day in changed if day.day in stored]
        written = sum(days.put(day, read_at=read_at) for day in changed)
        logger.info("days published", extra={"station": station, "written": written})

    def _write_status(
        self, station: str, frame: pd.DataFrame, last_provisional: str | None, read_at: datetime
    ) -> None:
        """Write which confirmed hours the lake holds of the station; the lake was read from `read_at` on.

        Of two writers the one that began to read later saw the later state: the item never goes back, however
        runs overlap or repeat.
        """
        span = span_of(frame)
        if span is None and last_provisional is None and read_status(self.table, station) is None:
            return  # nothing was ever observed
        item = {
            "pk": f"STATION#{station}",
            "sk": "STATUS",
            FIELD: STATUS.version,
            "first_observation": None if span is None else iso_hour(span[0]),
            "last_observation": None if span is None else iso_hour(span[1]),
            "last_provisional": last_provisional,
            "hours_present": len(frame),
            "hours_expected": 0 if span is None else count_hours(*span),
            "updated_at": read_at.astimezone(KST).isoformat(timespec="milliseconds"),
        }
        self.table.put_if_newer(item, attribute="updated_at")

    def _write_last_provisional(self, station: str, last: str | None, read_at: datetime) -> None:
        """Write the last provisional hour into the status, and nothing else that an ingest has written there.

        `updated_at` stays: it is when the rest was read.
        """
        item = read_status(self.table, station)
        if item is None:
            self._write_status(station, empty_stamped(), last, read_at)
        elif item.get("last_provisional") != last:
            changed = item | {"last_provisional": last}
            # An ingest that has written meanwhile knows the lake at least as well.
            self.table.put_if(changed, Attr("updated_at").eq(item["updated_at"]))


def _last_provisional(frame: pd.DataFrame) -> str | None:
    hours = frame.index[frame["provisional"]]
    return iso_hour(hours[-1].to_pydatetime()) if len(hours) else None


def observed_days(
    frame: pd.DataFrame, station: str, source: str, first: date, last: date
) -> Iterator[ObservedDay]:
    """Yield every day from `first` to `last` of a lake frame, also those without an observation."""
    count = (last - first).days + 1
    hours = hour_index(pd.date_range(str(first), periods=24 * count, freq="h", tz=KST))
    shown = frame.reindex(hours)
    values = {name: [None if isnan(value) else value for value in shown[name].tolist()] for name in PUBLISHED}
    provisional = hours.isin(frame.index[frame["provisional"]])
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
            provisional=tuple(np.flatnonzero(provisional[24 * number : 24 * number + 24]).tolist()),
        )
