"""How many hours the lake holds of a span, for whole networks of stations: months are counted, not read."""

from __future__ import annotations

from datetime import datetime

from plantcast.aws import ObjectStore
from plantcast.common.clock import KST
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.inventory import Inventory, take_inventory
from plantcast.observations.lake.months import Month


class LakeHours:
    """Counts hours of one lake as it stands now; the inventory of a station is taken once."""

    def __init__(self, lake: ObservationLake, store: ObjectStore) -> None:
        self._lake = lake
        self._store = store
        self._inventories: dict[str, Inventory] = {}

    def __call__(self, station: str, start: datetime, end: datetime) -> int:
        """Return how many hours from `start` to `end`, both included, there are of `station`.

        Raises:
            CorruptDataError: a month's file is damaged or of another schema version.
        """
        if station not in self._inventories:
            self._inventories[station] = take_inventory(self._lake, self._store, station)
        months = self._inventories[station].months
        start, end = start.astimezone(KST), end.astimezone(KST)
        count = 0
        for month in Month.between(start, end):
            if month in months:
                first, last = month.start, month.last
                whole = start <= first and last <= end
                count += (
                    months[month].hours if whole else self._count(station, max(start, first), min(end, last))
                )
        return count

    def _count(self, station: str, start: datetime, end: datetime) -> int:
        return len(self._lake.hours_present(station, start, end))
