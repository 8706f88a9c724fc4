"""Import: files of data.kma.go.kr into the same lake as the service's responses, without a single call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from plantcast.aws import ItemTable, ObjectStore
from plantcast.common.clock import Clock, iso_hour
from plantcast.common.errors import InvalidInputError
from plantcast.common.stations import STATIONS
from plantcast.observations.bookkeeping import Bookkeeping
from plantcast.observations.files import read_table
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.merging import stamped, united
from plantcast.observations.lake.raw import PORTAL_PREFIX, RawArchive, portal_received_at
from plantcast.observations.report import Received, Scope, masked_by_reason
from plantcast.observations.rows import SentRows, read_text

# Who uploads a file by hand dates it by a clock, and a time zone, of their own.
_CLOCKS_DIFFER: Final = timedelta(days=1)


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
                remedy="Upload it under a key with the present time.",
            )
        if self.lake.source == "synthetic":
            raise InvalidInputError(
                "This deployment holds synthetic weather; real observations cannot be mixed into it.",
                remedy="Deploy with real observations: set KMA_API_KEY, or ASOS_REPLAY to a file.",
            )
        stations: dict[str, list[SentRows]] = {}
        unknown: Counter[str] = Counter()
        for text in read_table(RawArchive(self.store).read(key), key, until=received_at):
            for number, rows in text.groupby("stnId", sort=False):
                if number in STATIONS:
                    stations.setdefault(str(number), []).append(read_text(rows, str(number)))
                else:
                    unknown[str(number)] += len(rows)
        named = ", ".join(f"{number} ({rows} rows)" for number, rows in unknown.items())
        return {
            "status": "complete" if not unknown else "partial" if stations else "failed",
            "message": f"Left out, because Plantcast knows no such station: {named}." if unknown else "",
            "file": key,
            "stations": [self._merge(*entry, received_at, key, run_id) for entry in stations.items()],
        }

    def _merge(
        self, station: str, parts: Sequence[SentRows], received_at: datetime, key: str, run_id: str | None
    ) -> dict[str, Any]:
        received = Received()
        for rows in parts:
            received.add(rows)
        sent = united([stamped(rows.frame, received_at) for rows in parts])
        received.merged = self.lake.merge_stamped(station, sent)
        result: dict[str, Any] = {
            "station": station,
            "first": None,
            "last": None,
            "hours_new": received.merged.new,
            "hours_corrected": received.merged.corrected,
            "hours_unchanged": received.merged.unchanged,
            "values_masked": 0,
            "report_key": "",
        }
        if sent.empty:
            return result
        first, last = sent.index[0].to_pydatetime(), sent.index[-1].to_pydatetime()
        name = f"import={key.removeprefix(PORTAL_PREFIX).partition('.')[0]}"
        books = Bookkeeping(self.store, self.lake, self.table, self.clock)
        frame, report_key = books.record(Scope(station, "import", name, run_id, first, last), received)
        return result | {
            "first": iso_hour(first),
            "last": iso_hour(last),
            "values_masked": sum(masked_by_reason(frame).values()),
            "report_key": report_key,
        }
