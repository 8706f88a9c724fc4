"""Ingest: fetch the hours that the lake lacks, and report what is still missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

import pandas as pd

from plantcast.aws import ItemTable, ObjectStore
from plantcast.common.clock import HOUR, Clock, last_hour_served, midnight
from plantcast.common.errors import (
    InvalidInputError,
    KeyRejectedError,
    NotYetAvailableError,
    PlantcastError,
    QuotaExhaustedError,
)
from plantcast.common.logging import logger
from plantcast.common.stations import station as known_station
from plantcast.observations.bookkeeping import Bookkeeping
from plantcast.observations.fetching import Fetch, OutOfTimeError
from plantcast.observations.frame import count_hours, hours_between
from plantcast.observations.kma.client import AsosClient
from plantcast.observations.kma.quota import DailyBudget, seconds_until_the_day_turns
from plantcast.observations.lake import ObservationLake
from plantcast.observations.report import Received, Scope, masked_by_reason
from plantcast.pipeline.contracts.ingest import IngestResult, StopReason

# Days the nightly run looks back: a gap from a failed week is closed without anybody asking for it.
NIGHTLY_DAYS: Final = 10
# Days fetched again each night: the KMA corrects values within about a day.
CORRECTED_DAYS: Final = 2
_MISSING_LISTED: Final = 24


@dataclass(frozen=True)
class Ingest:
    """Ingest with its collaborators; every run can be repeated and ends in the same lake.

    Its methods take `seconds_left`, the time left in the present invocation: they stop before it is over.
    """

    client: AsosClient
    budget: DailyBudget
    store: ObjectStore
    lake: ObservationLake
    table: ItemTable
    clock: Clock

    def night(
        self,
        station: str,
        as_of: date,
        *,
        run_id: str | None = None,
        seconds_left: Callable[[], float] = lambda: float("inf"),
    ) -> IngestResult:
        """Bring the last 10 days before `as_of` up to date, fetching the last 2 of them again.

        Raises:
            InvalidInputError: the station is not known, or `as_of` is in the future.
            TemporaryError: the KMA cannot be reached; what was fetched is kept; retry.
        """
        today = self.clock.now().date()
        if as_of > today:
            raise InvalidInputError(
                f"as_of={as_of} is in the future (today is {today}).", remedy="Use today or an earlier day."
            )
        start, end = midnight(as_of - timedelta(days=NIGHTLY_DAYS)), last_hour_served(as_of)
        scope = Scope(station, "night", f"run={run_id or f'night-{as_of}'}", run_id, start, end)
        return self._run(
            scope,
            seconds_left,
            refetch_from=midnight(as_of - timedelta(days=CORRECTED_DAYS)),
            required_from=midnight(as_of - timedelta(days=1)),
        )

    def days(
        self,
        station: str,
        start: date,
        end: date,
        *,
        run_id: str | None = None,
        seconds_left: Callable[[], float] = lambda: float("inf"),
    ) -> IngestResult:
        """Backfill the days `start` to `end`, both included, fetching only the hours that are missing.

        Raises:
            InvalidInputError: the station is not known, `end` is before `start`, or not yet served.
            TemporaryError: the KMA cannot be reached; what was fetched is kept; retry.
        """
        if end < start:
            raise InvalidInputError(f"end={end} is before start={start}.", remedy="Exchange them.")
        yesterday = self.clock.now().date() - timedelta(days=1)
        if end > yesterday:
            raise InvalidInputError(
                f"end={end} is not served yet (ASOS serves up to yesterday, {yesterday}).",
                remedy=f"Use end={yesterday} or earlier.",
            )
        first, last = midnight(start), midnight(end) + 23 * HOUR
        scope = Scope(station, "backfill", f"days={start}_{end}", run_id, first, last)
        return self._run(scope, seconds_left, refetch_from=None, required_from=first)

    def _run(
        self,
        scope: Scope,
        seconds_left: Callable[[], float],
        *,
        refetch_from: datetime | None,
        required_from: datetime,
    ) -> IngestResult:
        known_station(scope.station)
        fetch = Fetch(self.client, self.budget, self.store, self.lake, scope, seconds_left)
        stopped = fetch.run(refetch_from)
        report = self._report(scope, required_from, fetch.received, stopped)
        logger.info("ingested", extra={"facts": report.to_json()})
        return report

    def _report(
        self,
        scope: Scope,
        required_from: datetime,
        received: Received,
        stopped: PlantcastError | None,
    ) -> IngestResult:
        books = Bookkeeping(self.store, self.lake, self.table, self.clock)
        frame, report_key = books.record(scope, received)
        present = pd.DatetimeIndex(frame.index)
        missing = hours_between(scope.start, scope.end).difference(present)
        complete = not (missing >= pd.Timestamp(required_from)).any()
        stop = _stop(stopped)
        return IngestResult(
            station=scope.station,
            status="complete" if complete else _unfinished(stop),
            source=self.lake.source,
            first=present[0].to_pydatetime() if len(present) else None,
            last=present[-1].to_pydatetime() if len(present) else None,
            hours_expected=count_hours(scope.start, scope.end),
            hours_present=len(present),
            hours_new=received.merged.new,
            hours_corrected=received.merged.corrected,
            values_masked=sum(masked_by_reason(frame).values()),
            missing=tuple(hour.to_pydatetime() for hour in missing[:_MISSING_LISTED]),
            stopped_by=stop,
            retry_after_seconds=seconds_until_the_day_turns(self.clock) if stop == "quota" else 0,
            report_key=report_key,
            message="" if stopped is None else str(stopped),
        )


def _stop(stopped: PlantcastError | None) -> StopReason:
    kinds: tuple[tuple[type[PlantcastError], StopReason], ...] = (
        (QuotaExhaustedError, "quota"),
        (KeyRejectedError, "key"),
        (OutOfTimeError, "time"),
        (NotYetAvailableError, "unpublished"),
    )
    return next((stop for kind, stop in kinds if isinstance(stopped, kind)), "none")


def _unfinished(stop: StopReason) -> Literal["partial", "failed"]:
    return "failed" if stop in ("quota", "key") else "partial"
