"""What every ingest leaves beside observations: status, newest days for the API, a quality report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd

from plantcast.aws import ItemTable, ObjectStore
from plantcast.common.clock import HOUR, KST, Clock, iso_hour, midnight
from plantcast.common.logging import logger
from plantcast.common.schema import FIELD
from plantcast.common.schema.kinds import STATUS
from plantcast.observations.frame import count_hours
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.inventory import Inventory, take_inventory
from plantcast.observations.published import DAYS_PUBLISHED, ObservedDays
from plantcast.observations.publishing import publish_again, publish_newest, published_from
from plantcast.observations.quality import CONTEXT_HOURS
from plantcast.observations.report import Received, Scope, build_report, store_report
from plantcast.observations.status import read_status


@dataclass(frozen=True)
class Recorded:
    """The hours of a scope as a lake frame with `withheld`, and the key of the report on them."""

    frame: pd.DataFrame
    report_key: str


@dataclass(frozen=True)
class Bookkeeping:
    """Writes status and reports of the stations of one lake."""

    store: ObjectStore
    lake: ObservationLake
    table: ItemTable
    clock: Clock

    def record(self, scope: Scope, received: Received) -> Recorded:
        """Write status, newest days and the report on the hours of `scope`; it can be repeated."""
        frame = self.lake.read_with_withheld(scope.station, scope.start, scope.end)
        read_at = self.clock.now()
        inventory = take_inventory(self.lake, self.store, scope.station, without_damaged=True)
        self._write_status(scope.station, inventory, read_at)
        self._publish(scope, inventory)
        now = self.clock.now()
        report = build_report(
            scope,
            frame,
            received=received,
            inventory=inventory,
            source=self.lake.source,
            now=now,
        )
        return Recorded(frame, store_report(report, scope, self.store, self.table))

    def _publish(self, scope: Scope, inventory: Inventory) -> None:
        """Bring the days that the API shows up to date, unless `scope` cannot have changed any of them."""
        days = ObservedDays(self.table)
        if scope.kind == "removal":
            begin, end = (moment.astimezone(KST).date() for moment in (scope.start, scope.end))
            written = publish_again(self.lake, days, self.clock, scope.station, begin, end)
            logger.info("days published again", extra={"station": scope.station, "written": written})
        if inventory.span is None:
            return
        first, last = inventory.span
        # An hour that cannot have been observed must not keep the days up to now from being published.
        last = min(last, self.clock.now())
        # What is judged of an hour may rest on those around it.
        if scope.end + CONTEXT_HOURS * HOUR < midnight(published_from(last)):
            return
        # A backfill of years ends long before today in each of its chunks but the last: what is the newest
        # day for the moment will not be for long.
        today = self.clock.now().astimezone(KST).date()
        if scope.kind == "backfill" and scope.end < midnight(today - timedelta(days=DAYS_PUBLISHED)):
            return
        written = publish_newest(self.lake, days, self.clock, scope.station, first, last)
        logger.info("days published", extra={"station": scope.station, "written": written})

    def _write_status(self, station: str, inventory: Inventory, read_at: datetime) -> None:
        """Write what the whole lake holds of the station; the inventory was taken from `read_at` on.

        Of two writers the one that began to read later saw the later state: the item never goes back, however
        runs overlap or repeat.
        """
        span = inventory.span
        if span is None and read_status(self.table, station) is None:
            return  # nothing was ever observed
        item = {
            "pk": f"STATION#{station}",
            "sk": "STATUS",
            FIELD: STATUS.version,
            "first_observation": None if span is None else iso_hour(span[0]),
            "last_observation": None if span is None else iso_hour(span[1]),
            "hours_present": inventory.hours,
            "hours_expected": 0 if span is None else count_hours(*span),
            "updated_at": read_at.astimezone(KST).isoformat(timespec="milliseconds"),
        }
        self.table.put_if_newer(item, attribute="updated_at")
