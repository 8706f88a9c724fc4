"""Import: files of data.kma.go.kr into the same lake as the service's responses, without a single call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from plantcast.aws import ItemTable, ObjectStore
from plantcast.common.clock import Clock, iso_hour
from plantcast.common.errors import InvalidInputError
from plantcast.common.stations import STATIONS
from plantcast.observations.bookkeeping import Bookkeeping
from plantcast.observations.files import read_table
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.merging import MergeCounts, stamped, united
from plantcast.observations.lake.raw import PORTAL_PREFIX, RawArchive, portal_received_at
from plantcast.observations.report import Received, Scope, masked_by_reason
from plantcast.observations.rows import SentRows, read_text

# Some 30 MB of rows. A file in the order of time has every station on every page: merged page by page, each
# month's file would be written a dozen times.
_MERGED_AT_ONCE: Final = 200_000
# Who uploads a file by hand dates it by a clock, and a time zone, of their own.
_CLOCKS_DIFFER: Final = timedelta(days=1)


@dataclass
class _Imported:
    """What a file holds of one station: `first` and `last` are hours, `waiting` is not merged yet."""

    first: datetime | None = None
    last: datetime | None = None
    received: Received = field(default_factory=Received)
    waiting: list[SentRows] = field(default_factory=list)


@dataclass(frozen=True)
class PortalImport:
    """Imports files that lie in the raw archive."""

    store: ObjectStore
    lake: ObservationLake
    table: ItemTable
    clock: Clock

    def run(self, key: str, *, run_id: str | None = None) -> dict[str, Any]:
        """Merge the file under `key` (`raw/portal/…`); return the result of docs/contracts.md.

        It can be repeated and changes nothing then. A file is imported whole or not at all: it is read to its
        end before anything is merged. Rows of stations that are not known are left out, and the message names
        them.

        Raises:
            InvalidInputError: the lake holds synthetic weather, `key` is not that of an imported file or
                dates it later than now, or the file cannot be read (see `read_table`).
            NotFoundError: there is no such object.
            CorruptDataError: the object, or a month's file, is damaged.
        """
        received_at = portal_received_at(key)
        if received_at is None:
            raise InvalidInputError(
                f"import_key={key!r} is not the key of a portal file.",
                remedy=f"Use `plantcast import FILE`, or upload it as {PORTAL_PREFIX}"
                "<received %Y%m%dT%H%M%S%f>-<8 hex digits>.csv.gz.",
            )
        now = self.clock.now()
        if received_at > now + _CLOCKS_DIFFER:
            raise InvalidInputError(
                f"import_key={key!r} dates the file after now ({now:%Y-%m-%d %H:%M} KST).",
                remedy="Upload it under a key with the present moment.",
            )
        if self.lake.source == "synthetic":
            raise InvalidInputError(
                "This deployment holds synthetic weather; real observations cannot be mixed into it.",
                remedy="Deploy with real observations: set KMA_API_KEY, or ASOS_REPLAY to a file.",
            )
        stations: dict[str, _Imported] = {}
        unknown: Counter[str] = Counter()
        waiting = 0
        content = RawArchive(self.store).read(key)
        for _ in read_table(content, key, until=received_at):
            pass  # a damaged or impossible row refuses the file before its first row is merged
        for text in read_table(content, key, until=received_at):
            for number, rows in text.groupby("stnId", sort=False):
                if number in STATIONS:
                    stations.setdefault(str(number), _Imported()).waiting.append(read_text(rows, str(number)))
                    waiting += len(rows)
                else:
                    unknown[str(number)] += len(rows)
            if waiting >= _MERGED_AT_ONCE:
                self._merge_all(stations, received_at)
                waiting = 0
        self._merge_all(stations, received_at)
        return {
            "status": "complete" if not unknown else "partial" if stations else "failed",
            "message": _left_out(unknown),
            "file": key,
            "stations": [self._facts(*entry, key, run_id) for entry in stations.items()],
        }

    def _merge_all(self, stations: Mapping[str, _Imported], received_at: datetime) -> None:
        for station, imported in stations.items():
            if imported.waiting:
                self._merge(station, imported, received_at)
                imported.waiting.clear()

    def _merge(self, station: str, imported: _Imported, received_at: datetime) -> None:
        sent = united([stamped(rows.frame, received_at) for rows in imported.waiting])
        merged = self.lake.merge_stamped(station, sent)
        for rows in imported.waiting:
            imported.received.add(rows, MergeCounts())
        imported.received.merged += merged
        if len(sent):
            first, last = sent.index[0].to_pydatetime(), sent.index[-1].to_pydatetime()
            imported.first = min(imported.first or first, first)
            imported.last = max(imported.last or last, last)

    def _facts(self, station: str, imported: _Imported, key: str, run_id: str | None) -> dict[str, Any]:
        facts: dict[str, Any] = {
            "station": station,
            "first": None,
            "last": None,
            "hours_new": imported.received.merged.new,
            "hours_corrected": imported.received.merged.corrected,
            "hours_unchanged": imported.received.merged.unchanged,
            "values_masked": 0,
            "report_key": "",
        }
        if imported.first is None or imported.last is None:
            return facts
        name = f"import={key.removeprefix(PORTAL_PREFIX).partition('.')[0]}"
        scope = Scope(station, "import", name, run_id, imported.first, imported.last)
        books = Bookkeeping(self.store, self.lake, self.table, self.clock)
        recorded = books.record(scope, imported.received)
        return facts | {
            "first": iso_hour(imported.first),
            "last": iso_hour(imported.last),
            "values_masked": sum(masked_by_reason(recorded.frame).values()),
            "report_key": recorded.report_key,
        }


def _left_out(unknown: Counter[str]) -> str:
    if not unknown:
        return ""
    named = ", ".join(f"{number or '(none)'} ({rows} rows)" for number, rows in unknown.items())
    return f"Left out, because the station is not one of the ASOS network that Plantcast knows: {named}."
