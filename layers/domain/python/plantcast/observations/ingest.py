"""Ingest: ask for the hours the lake does not hold, keep what comes, and say what is still missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal, Protocol

import pandas as pd

from plantcast.clock import HOUR, KST, Clock, iso_hour, last_hour_served
from plantcast.errors import (
    InvalidInputError,
    KeyRejectedError,
    NotYetAvailableError,
    PlantcastError,
    QuotaExhaustedError,
)
from plantcast.observability import logger
from plantcast.observations.asos_reply import Row
from plantcast.observations.frame import count_hours, hours_between
from plantcast.observations.lake import MergeCounts, ObservationLake, RawResponse
from plantcast.observations.quality import parse_rows
from plantcast.observations.stations import station as known_station
from plantcast.storage import ItemTable

# Days the nightly run looks back: a gap from a failed week is closed without anybody asking for it.
NIGHTLY_DAYS: Final = 10
# Days asked for even when they are there: the KMA corrects values within about a day.
CORRECTED_DAYS: Final = 2
# One call costs the quota the same whatever it brings: gaps nearer than this are asked for together.
_JOINED_GAP: Final = timedelta(hours=48)
# How often a range is shortened by a day because the KMA says that it is not published yet. Clocks differ by
# minutes, so one day is what happens around midnight.
_SHORTENED_DAYS: Final = 2
_MISSING_LISTED: Final = 24


Status = Literal["complete", "partial", "failed"]


class PageOfRows(RawResponse, Protocol):
    """A response with its rows; `plantcast.observations.asos.Page` is one."""

    @property
    def rows(self) -> tuple[Row, ...]:
        """Rows of strings, as the KMA sends them."""

    @property
    def declared_source(self) -> str | None:
        """What a simulator says its weather is; None from the KMA."""


class ObservationClient(Protocol):
    """Where observations come from; `plantcast.observations.asos.AsosClient` is one."""

    def pages(self, station: str, start: datetime, end: datetime) -> Iterator[PageOfRows]:
        """Yield the observations of hours `start` to `end`, both included, page by page."""


@dataclass(frozen=True)
class IngestReport:
    """What an ingest found and left: `first`, `last`, the counts and `missing` are of the hours asked for.

    `status` is `complete` when the hours it is judged on are all there: of a nightly run those of yesterday,
    of a backfill the whole range. Otherwise it is `partial` when asking again later can help, `failed` when
    it cannot (key refused, day's quota used up); `message` says why a run stopped early. `values_masked`
    counts values sent in this run and not believed.
    """

    station: str
    status: Status
    source: str
    first: datetime | None
    last: datetime | None
    hours_expected: int
    hours_present: int
    hours_new: int
    hours_corrected: int
    values_masked: int
    missing: tuple[datetime, ...]
    message: str

    def facts(self) -> dict[str, Any]:
        """Return the report as the ingest function's result (docs/contracts.md)."""
        return {
            "station": self.station,
            "status": self.status,
            "source": self.source,
            "first": None if self.first is None else iso_hour(self.first),
            "last": None if self.last is None else iso_hour(self.last),
            "hours_expected": self.hours_expected,
            "hours_present": self.hours_present,
            "hours_new": self.hours_new,
            "hours_corrected": self.hours_corrected,
            "values_masked": self.values_masked,
            "missing": [iso_hour(hour) for hour in self.missing],
            "message": self.message,
        }


@dataclass
class _Received:
    """What this run brought so far."""

    counts: MergeCounts = field(default_factory=MergeCounts)
    values_masked: int = 0


@dataclass(frozen=True)
class Ingest:
    """Ingest with its collaborators; every run can be repeated and ends in the same lake."""

    client: ObservationClient
    lake: ObservationLake
    table: ItemTable
    clock: Clock

    def night(self, station: str, as_of: date) -> IngestReport:
        """Bring the last 10 days before `as_of` up to date, asking again for the last 2 of them.

        Raises:
            InvalidInputError: the station is not known, or `as_of` is in the future.
            TemporaryError: the KMA cannot be reached; what came before is kept, and the call can be repeated.
        """
        today = self.clock.now().date()
        if as_of > today:
            raise InvalidInputError(
                f"as_of={as_of} is in the future (today is {today}).", remedy="Use today or an earlier day."
            )
        end = last_hour_served(as_of)
        return self._run(
            station,
            _midnight(as_of - timedelta(days=NIGHTLY_DAYS)),
            end,
            ask_again_from=_midnight(as_of - timedelta(days=CORRECTED_DAYS)),
            judged_from=_midnight(as_of - timedelta(days=1)),
        )

    def days(self, station: str, start: date, end: date) -> IngestReport:
        """Backfill the days `start` to `end`, both included, asking only for the hours that are missing.

        Raises:
            InvalidInputError: the station is not known, `end` is before `start`, or not yet served.
            TemporaryError: the KMA cannot be reached; what came before is kept, and the call can be repeated.
        """
        if end < start:
            raise InvalidInputError(f"end={end} is before start={start}.", remedy="Exchange them.")
        yesterday = self.clock.now().date() - timedelta(days=1)
        if end > yesterday:
            raise InvalidInputError(
                f"end={end} is not served yet (ASOS serves up to yesterday, {yesterday}).",
                remedy=f"Use end={yesterday} or earlier.",
            )
        first, last = _midnight(start), _midnight(end) + 23 * HOUR
        return self._run(station, first, last, ask_again_from=None, judged_from=first)

    def _run(
        self,
        station: str,
        start: datetime,
        end: datetime,
        *,
        ask_again_from: datetime | None,
        judged_from: datetime,
    ) -> IngestReport:
        known_station(station)
        received = _Received()
        stopped = self._fetch(station, start, end, ask_again_from, received)
        report = self._report(station, start, end, judged_from, received, stopped)
        self._write_status(station)
        logger.info("ingested", extra={"facts": report.facts()})
        return report

    def _fetch(
        self, station: str, start: datetime, end: datetime, again: datetime | None, received: _Received
    ) -> PlantcastError | None:
        """Ask for what is missing; return what stopped it early."""
        reached = end
        stopped: PlantcastError | None = None
        for _ in range(_SHORTENED_DAYS + 1):
            try:
                for first, last in _ranges(self._wanted(station, start, reached, again)):
                    for page in self.client.pages(station, first, last):
                        self._keep(page, received)
            except (QuotaExhaustedError, KeyRejectedError) as error:
                return error
            except NotYetAvailableError as error:
                stopped = error
                reached = _midnight(reached.astimezone(KST).date()) - HOUR
            else:
                break
        return stopped

    def _wanted(
        self, station: str, start: datetime, end: datetime, again: datetime | None
    ) -> pd.DatetimeIndex:
        missing = self.lake.missing_hours(station, start, end)
        return missing if again is None else missing.union(hours_between(max(again, start), end))

    def _keep(self, page: PageOfRows, received: _Received) -> None:
        """Store one response: as received first, so that a fault in what follows loses nothing."""
        if page.declared_source not in (None, self.lake.source):
            raise InvalidInputError(
                f"The server says its observations are {page.declared_source!r}, "
                f"this deployment is set to {self.lake.source!r}.",
                remedy="Set OBSERVATION_SOURCE to what ASOS_BASE_URL serves.",
            )
        self.lake.write_raw(page)
        parsed = parse_rows(page.rows, page.station)
        if parsed.rejected or parsed.duplicates:
            logger.warning(
                "ASOS rows left out",
                extra={"station": page.station, "rejected": parsed.rejected, "duplicates": parsed.duplicates},
            )
        received.counts += self.lake.merge(page.station, parsed.frame, received_at=page.received_at)
        received.values_masked += parsed.values_masked

    def _report(
        self,
        station: str,
        start: datetime,
        end: datetime,
        judged_from: datetime,
        received: _Received,
        stopped: PlantcastError | None,
    ) -> IngestReport:
        present = self.lake.hours_present(station, start, end)
        missing = hours_between(start, end).difference(present)
        complete = not (missing >= pd.Timestamp(judged_from)).any()
        return IngestReport(
            station=station,
            status="complete" if complete else _unfinished(stopped),
            source=self.lake.source,
            first=present[0].to_pydatetime() if len(present) else None,
            last=present[-1].to_pydatetime() if len(present) else None,
            hours_expected=count_hours(start, end),
            hours_present=len(present),
            hours_new=received.counts.new,
            hours_corrected=received.counts.corrected,
            values_masked=received.values_masked,
            missing=tuple(hour.to_pydatetime() for hour in missing[:_MISSING_LISTED]),
            message="" if stopped is None else str(stopped),
        )

    def _write_status(self, station: str) -> None:
        """Say what the whole lake holds of the station.

        The lake only ever gains hours, so of two writers the one that counted more saw the later state: the
        item never goes back, however runs overlap or repeat.
        """
        span = self.lake.span(station)
        if span is None:
            return
        item = {
            "pk": f"STATION#{station}",
            "sk": "STATUS",
            "first_observation": iso_hour(span[0]),
            "last_observation": iso_hour(span[1]),
            "hours_present": self.lake.count_hours(station),
            "hours_expected": count_hours(*span),
            "updated_at": self.clock.now().astimezone(KST).isoformat(timespec="seconds"),
        }
        self.table.put_if_newer(item, attribute="hours_present")


def _unfinished(stopped: PlantcastError | None) -> Status:
    return "failed" if isinstance(stopped, QuotaExhaustedError | KeyRejectedError) else "partial"


def _ranges(hours: pd.DatetimeIndex) -> Iterator[tuple[datetime, datetime]]:
    """Group ascending hours into ranges (both ends included), joining those with small gaps between."""
    if hours.empty:
        return
    steps = pd.Series(hours).diff()
    group = (steps > _JOINED_GAP).cumsum().to_numpy()
    for _, part in pd.Series(hours).groupby(group):
        yield part.iloc[0].to_pydatetime(), part.iloc[-1].to_pydatetime()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), KST)
