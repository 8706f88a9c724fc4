"""Brings a station's observations up to the last hour out, from the API Hub, marked as provisional."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from plantcast.aws import ItemTable, ObjectStore
from plantcast.common.clock import HOUR, Clock, iso_hour
from plantcast.common.errors import (
    InvalidInputError,
    KeyRejectedError,
    PlantcastError,
    QuotaExhaustedError,
    TemporaryError,
)
from plantcast.common.logging import logger
from plantcast.guidance.status import FeedStatus, Problem, problem_of
from plantcast.kma_service.client import SecondsLeft
from plantcast.observations.bookkeeping import Bookkeeping
from plantcast.observations.frame import hours_between
from plantcast.observations.kma.api_hub.client import ApiHubClient, CutOffError, Received
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.raw import RawArchive, Response
from plantcast.observations.rows import read_rows

# An hour's observation is out a quarter of an hour later.
OUT_AFTER: Final = timedelta(minutes=15)
# The ASOS service has an hour on the next day; what it still lacks after three days is left to an ingest.
HOURS_BACK: Final = 72


@dataclass(frozen=True)
class LiveObservations:
    """Fetches the hours that the ASOS service has not confirmed yet; every update can be repeated."""

    client: ApiHubClient
    store: ObjectStore
    lake: ObservationLake
    table: ItemTable
    clock: Clock

    def update(self, station: str, *, seconds_left: SecondsLeft = lambda: math.inf) -> FeedStatus:
        """Fetch from the first hour not confirmed up to the last one out, store and publish them.

        Replies are kept as received. A fault of the service is not raised: the status names it.

        Raises:
            CorruptDataError, SchemaVersionError, ConflictError: the lake cannot be read or written.
        """
        now = self.clock.now()
        last = (now - OUT_AFTER).replace(minute=0, second=0, microsecond=0)
        wanted = self.lake.missing_hours(station, last - (HOURS_BACK - 1) * HOUR, last)
        first = wanted[0].to_pydatetime() if len(wanted) else last
        failure: PlantcastError | None = None
        try:
            self._fetch(station, first, last, seconds_left)
        except (TemporaryError, QuotaExhaustedError, KeyRejectedError, InvalidInputError) as error:
            logger.warning("live observations not fetched", extra={"station": station, "error": str(error)})
            failure = error
        newest = Bookkeeping(self.store, self.lake, self.table, self.clock).record_live(station, first, last)
        problem, message = self._problem(station, first, last, newest, failure)
        return FeedStatus(station, "api_hub", newest, now, problem, message)

    def _fetch(self, station: str, first: datetime, last: datetime, seconds_left: SecondsLeft) -> None:
        # Rain may be the difference to the hour before.
        start = first - HOUR
        archive = RawArchive(self.store)

        def keep(response: Response) -> None:
            response.check_source(self.lake.source)
            archive.write(response)

        def merge(received: Received) -> None:
            rows = read_rows(received.text.rows, station, start=start, end=last)
            if rejected := rows.rejected + received.text.malformed:
                logger.warning("live rows left out", extra={"station": station, "rejected": rejected})
            self.lake.merge(station, rows.frame, received_at=received.received_at, provisional=True)

        self.client.fetch(station, start, last, keep=keep, use=merge, seconds_left=seconds_left)

    def _problem(
        self,
        station: str,
        first: datetime,
        last: datetime,
        newest: datetime | None,
        failure: PlantcastError | None,
    ) -> tuple[Problem, str]:
        if failure is not None:
            return "partial" if isinstance(failure, CutOffError) else problem_of(failure), str(failure)
        if newest is None or newest < last:
            state = "no hour" if newest is None else f"hours up to {iso_hour(newest)}"
            return "not_yet", f"The API Hub has {state}, not up to {iso_hour(last)}."
        hours = hours_between(first, last)
        missing = len(hours) - len(self.lake.hours_present(station, first, last))
        return ("partial", f"{missing} of {len(hours)} hours are missing.") if missing else ("", "")
