"""Fetches the hours that the lake lacks from the KMA, keeps them as received, merges them page by page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import pandas as pd

from plantcast.aws import ObjectStore
from plantcast.common.clock import HOUR, KST, midnight
from plantcast.common.errors import (
    KeyRejectedError,
    NotYetAvailableError,
    PlantcastError,
    QuotaExhaustedError,
)
from plantcast.common.logging import logger
from plantcast.observations.frame import hours_between, ranges
from plantcast.observations.kma.client import LONGEST_PAGE_SECONDS, AsosClient, Page
from plantcast.observations.kma.quota import DailyBudget
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.raw import RawArchive, Response
from plantcast.observations.report import Received, Scope
from plantcast.observations.rows import read_rows

# A call costs the quota the same however many rows it returns: gaps nearer than this are fetched together.
_JOINED_GAP: Final = timedelta(hours=48)
# How often a range is shortened by a day when the KMA answers that it is not published yet. Clocks differ by
# minutes, so one day is what happens around midnight.
_SHORTENED_DAYS: Final = 2


class OutOfTimeError(PlantcastError):
    """The time of this invocation is about to run out: call again, what was fetched is kept."""


@dataclass
class Fetch:
    """One run's fetching: what it has received so far, and when it must stop."""

    client: AsosClient
    budget: DailyBudget
    store: ObjectStore
    lake: ObservationLake
    scope: Scope
    seconds_left: Callable[[], float]

    def __post_init__(self) -> None:
        self.received = Received()
        self._archive = RawArchive(self.store)

    def run(self, refetch_from: datetime | None) -> PlantcastError | None:
        """Request missing hours, and all from `refetch_from` on; return the error that stopped it early."""
        reached = self.scope.end
        stopped: PlantcastError | None = None
        for _ in range(_SHORTENED_DAYS + 1):
            try:
                for first, last in ranges(self._wanted(reached, refetch_from), gap=_JOINED_GAP):
                    for page in self.client.pages(
                        self.scope.station, first, last, keep=self._keep, spend=self._spend
                    ):
                        self._merge(page)
            except (QuotaExhaustedError, KeyRejectedError, OutOfTimeError) as error:
                return error
            except NotYetAvailableError as error:
                stopped = error
                reached = midnight(reached.astimezone(KST).date()) - HOUR
            else:
                break
        return stopped

    def _wanted(self, end: datetime, again: datetime | None) -> pd.DatetimeIndex:
        missing = self.lake.missing_hours(self.scope.station, self.scope.start, end)
        return missing if again is None else missing.union(hours_between(max(again, self.scope.start), end))

    def _spend(self) -> None:
        # The first call is always made: a function with little time would otherwise never get anywhere.
        if self.received.calls and self.seconds_left() < LONGEST_PAGE_SECONDS:
            raise OutOfTimeError(
                f"Stopped after {self.received.calls} calls: the time of this invocation runs out.",
                remedy="Call again with the same input; what was fetched is kept and not requested again.",
            )
        self.budget.spend(leave_reserve=self.scope.kind == "backfill")
        self.received.calls += 1

    def _keep(self, response: Response) -> None:
        """Store a response as received, so that a fault in what follows loses nothing."""
        response.check_source(self.lake.source)
        self._archive.write(response)

    def _merge(self, page: Page) -> None:
        rows = read_rows(page.rows, page.station, start=page.start, end=page.end)
        if rows.rejected or rows.duplicates:
            logger.warning(
                "ASOS rows left out",
                extra={"station": page.station, "rejected": rows.rejected, "duplicates": rows.duplicates},
            )
        self.received.add(rows)
        self.received.merged += self.lake.merge(page.station, rows.frame, received_at=page.received_at)
