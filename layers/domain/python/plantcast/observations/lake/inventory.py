"""What the lake holds of a station, month by month, without reading every month each time.

`inventory/station=108.json` keeps a summary of each month's file beside the file's ETag. Listing the files
tells their ETags, so only months that have changed since are read; an entry can be out of date but is never
believed then, and the object can be deleted at any time.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

import pandas as pd

from plantcast.aws import ObjectStore, StoredObject
from plantcast.common.clock import iso_hour, parse_hour
from plantcast.common.errors import ConflictError, CorruptDataError, SchemaVersionError
from plantcast.common.logging import logger
from plantcast.common.schema import FIELD
from plantcast.common.schema.kinds import INVENTORY
from plantcast.common.schema.writing import refuse_newer_json
from plantcast.observations import VARIABLES
from plantcast.observations.frame import count_hours
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.months import Month, prefix

_READERS: Final = 8


@dataclass(frozen=True)
class MonthSummary:
    """A month's file: hours with a row, the first and last of them, believed and masked values.

    `present` counts believed values by variable, `masked` the others by `variable:reason`.
    """

    hours: int
    first: str
    last: str
    present: Mapping[str, int]
    masked: Mapping[str, int]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> MonthSummary:
        """Summarise a lake frame that is not empty."""
        return cls(
            hours=len(frame),
            first=iso_hour(frame.index[0].to_pydatetime()),
            last=iso_hour(frame.index[-1].to_pydatetime()),
            present={name: int(frame[name].notna().sum()) for name in VARIABLES},
            masked=masked_by_reason(frame),
        )


@dataclass(frozen=True)
class Inventory:
    """A station's months, ascending."""

    months: Mapping[Month, MonthSummary]

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        """The first and the last hour of which there is a row, None when there is none."""
        summaries = list(self.months.values())
        if not summaries:
            return None
        return parse_hour(summaries[0].first, name="first"), parse_hour(summaries[-1].last, name="last")

    @property
    def hours(self) -> int:
        """Hours of which there is a row."""
        return sum(summary.hours for summary in self.months.values())

    @property
    def masked(self) -> dict[str, int]:
        """Values sent and not believed, by `variable:reason`."""
        total: Counter[str] = Counter()
        for summary in self.months.values():
            total.update(summary.masked)
        return dict(sorted(total.items()))

    def years(self) -> dict[str, dict[str, Any]]:
        """Return hours expected and present and each variable's completeness, by year."""
        span = self.span
        if span is None:
            return {}
        years: dict[str, dict[str, Any]] = {}
        for year in range(span[0].year, span[1].year + 1):
            start = max(span[0], Month(year, 1).start)
            end = min(span[1], Month(year, 12).start.replace(day=31, hour=23))
            expected = count_hours(start, end)
            months = [summary for month, summary in self.months.items() if month.year == year]
            years[str(year)] = {
                "hours_expected": expected,
                "hours_present": sum(summary.hours for summary in months),
                "completeness": {
                    name: round(sum(summary.present[name] for summary in months) / expected, 4)
                    for name in VARIABLES
                },
            }
        return years

    def facts(self) -> dict[str, Any]:
        """Return the part `lake` of a quality report."""
        span = self.span
        return {
            "first": None if span is None else iso_hour(span[0]),
            "last": None if span is None else iso_hour(span[1]),
            "hours_expected": 0 if span is None else count_hours(*span),
            "hours_present": self.hours,
            "masked": self.masked,
            "years": self.years(),
        }


def masked_by_reason(frame: pd.DataFrame) -> dict[str, int]:
    """Count a lake frame's masked values by `variable:reason`."""
    entries = frame.loc[frame["masked"] != "", "masked"].str.split(";").explode()
    return {str(entry): int(count) for entry, count in entries.value_counts().sort_index().items()}


def take_inventory(
    lake: ObservationLake, store: ObjectStore, station: str, *, without_damaged: bool = False
) -> Inventory:
    """Return what the lake holds of `station` now, reading only months that have changed since the last time.

    With `without_damaged` a damaged month is logged and counts as it was known last, if ever.

    Raises:
        CorruptDataError: a month's file is damaged.
        SchemaVersionError: newer code wrote one.
        InvalidInputError: the lake holds another source's observations.
    """
    key = f"inventory/station={station}.json"
    stored = store.get(key)
    known = {} if stored is None else _read(stored.body, lake.source)
    current = {
        month: etag
        for name, etag in store.etags(prefix(station))
        if (month := Month.of_key(name)) is not None
    }
    entries = {month: known[month] for month, etag in current.items() if known.get(month, ("",))[0] == etag}
    changed = [month for month in current if month not in entries]
    damaged: set[Month] | None = set() if without_damaged else None
    for month, summary in _summarise(lake, station, changed, damaged):
        # The file may be newer than its ETag of a moment ago: then it is read once more the next time.
        entries[month] = (current[month], summary)
    # A damaged month stays under its old ETag, so that it is read again the next time.
    entries |= {month: known[month] for month in damaged or () if month in known}
    if (stored is None or entries != known) and not _is_newer(stored, key):
        # In conflict another run has written its own; what that does not know is read the next time.
        with contextlib.suppress(ConflictError):
            store.put_if(
                key,
                _write(entries, lake.source),
                etag=None if stored is None else stored.etag,
                content_type="application/json",
            )
    return Inventory({month: entries[month][1] for month in sorted(entries)})


_Entries = dict[Month, tuple[str, MonthSummary]]


def _summarise(
    lake: ObservationLake, station: str, months: Iterable[Month], damaged: set[Month] | None
) -> Iterable[tuple[Month, MonthSummary]]:
    """Return each month's summary; a damaged one is added to `damaged`, and raised where that is None."""

    def summary(month: Month) -> tuple[Month, MonthSummary] | None:
        try:
            file = lake.file(station, month)
            observed = None if file is None else file.observed()
        except CorruptDataError as error:
            if damaged is None:
                raise
            damaged.add(month)
            logger.error("damaged month not counted", extra={"station": station, "error": str(error)})
            return None
        return None if observed is None or observed.empty else (month, MonthSummary.of(observed))

    with ThreadPoolExecutor(_READERS) as readers:
        return [found for found in readers.map(summary, months) if found is not None]


def _read(body: bytes, source: str) -> _Entries:
    """Read what `_write` wrote; what cannot be read, or speaks of another source, is as good as nothing."""
    try:
        document = INVENTORY.read(json.loads(body), "inventory")
        if document["source"] != source:
            return {}
        return {
            Month(*(int(part) for part in month.split("-"))): (etag, MonthSummary(**summary))
            for month, (etag, summary) in document["months"].items()
        }
    except (ValueError, KeyError, TypeError, CorruptDataError, SchemaVersionError):
        return {}


def _is_newer(stored: StoredObject | None, key: str) -> bool:
    """Say whether newer code keeps the inventory: it is left to that, and taken without it meanwhile."""
    if stored is None:
        return False
    try:
        refuse_newer_json(stored.body, key, INVENTORY)
    except SchemaVersionError:
        return True
    return False


def _write(entries: _Entries, source: str) -> bytes:
    months = {str(month): (entries[month][0], asdict(entries[month][1])) for month in sorted(entries)}
    document = {FIELD: INVENTORY.version, "source": source, "months": months}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
