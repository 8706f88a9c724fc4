"""Removes a span of a station's hours from the lake for good.

The removal is kept in the raw archive and merged like a response in which every cell of these hours is empty:
whatever was received before it no longer counts, in a rebuild neither. Hours fetched or imported later count.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plantcast.aws import ItemTable, ObjectStore
from plantcast.common.clock import Clock, iso_hour
from plantcast.common.errors import InvalidInputError
from plantcast.common.stations import station as known_station
from plantcast.observations.bookkeeping import Bookkeeping
from plantcast.observations.frame import nothing_observed
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.raw import RawArchive
from plantcast.observations.report import Received, Scope


@dataclass(frozen=True)
class Forget:
    """Removes hours from one lake and updates status, published days and report."""

    store: ObjectStore
    lake: ObservationLake
    table: ItemTable
    clock: Clock

    def run(
        self, station: str, first: datetime, last: datetime, *, run_id: str | None = None
    ) -> dict[str, Any]:
        """Remove the hours `first` to `last`, both included; return the result of docs/contracts.md.

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
        held = self.lake.read_station(station, needed=(first, last)).loc[first:last].index
        result = {"station": station, "status": "complete", "hours_removed": len(held)}
        if held.empty:
            message = f"The lake holds none of these hours of station {station}."
            return result | {"report_key": "", "message": message}
        first, last = held[0].to_pydatetime(), held[-1].to_pydatetime()
        received = self.clock.now()
        RawArchive(self.store).write_removal(station, first, last, received)
        self.lake.merge(station, nothing_observed(first, last), received_at=received)
        name = f"removal={first:%Y%m%dT%H}_{last:%Y%m%dT%H}"
        books = Bookkeeping(self.store, self.lake, self.table, self.clock)
        _, report_key = books.record(Scope(station, "removal", name, run_id, first, last), Received())
        return result | {"report_key": report_key, "message": ""}
