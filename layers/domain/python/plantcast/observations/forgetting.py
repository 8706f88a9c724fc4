"""Forgetting: taking a span of a station's hours out of the lake again, for good.

The removal is kept in the raw archive and merged like a response that says "nothing was observed" for every
variable of these hours: whatever was received before it no longer counts, in a rebuild neither. What is
received later does: hours fetched or imported anew come back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import pandas as pd

from plantcast.aws import ItemTable, ObjectStore
from plantcast.common.clock import Clock, iso_hour
from plantcast.common.errors import InvalidInputError
from plantcast.common.stations import station as known_station
from plantcast.observations.bookkeeping import Bookkeeping
from plantcast.observations.frame import nothing_observed
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.inventory import take_inventory
from plantcast.observations.lake.raw import RawArchive, Removal
from plantcast.observations.report import Received, Scope

_MOMENT: Final = timedelta(microseconds=1)


@dataclass(frozen=True)
class Forget:
    """Takes hours out of one lake; status, published days and a report follow."""

    store: ObjectStore
    lake: ObservationLake
    table: ItemTable
    clock: Clock

    def run(
        self, station: str, first: datetime, last: datetime, *, run_id: str | None = None
    ) -> dict[str, Any]:
        """Remove the hours `first` to `last`, both included; return the facts of docs/contracts.md.

        It can be repeated and changes nothing then.

        Raises:
            InvalidInputError: the station is not known, or `last` is before `first`.
            ConflictError: ingests kept changing the same months.
        """
        known_station(station)
        if last < first:
            raise InvalidInputError(
                f"to={iso_hour(last)} is before from={iso_hour(first)}.", remedy="Exchange them."
            )
        facts = {
            "station": station,
            "status": "complete",
            "hours_removed": 0,
            "report_key": "",
            "message": "",
        }
        span = take_inventory(self.lake, self.store, station).span
        held = self.lake.hours_present(station, first, last) if span is not None else pd.DatetimeIndex([])
        if span is None or held.empty:
            return facts | {"message": f"The lake holds none of these hours of station {station}."}
        # Hours that the lake does not reach need no removal, and no files of their own.
        first, last = max(first, span[0]), min(last, span[1])
        received = max(self.clock.now(), self.lake.last_receipt(station, first, last) + _MOMENT)
        removal = Removal(station, first, last, received)
        RawArchive(self.store).write_removal(removal)
        self.lake.merge(station, nothing_observed(first, last), received_at=received)
        name = f"removal={first:%Y%m%dT%H}_{last:%Y%m%dT%H}"
        books = Bookkeeping(self.store, self.lake, self.table, self.clock)
        recorded = books.record(Scope(station, "removal", name, run_id, first, last), Received())
        return facts | {"hours_removed": len(held), "report_key": recorded.report_key}
