"""Keeps the short-term forecasts of the last days in the guidance lake."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

import pandas as pd

from plantcast.aws import ObjectStore, received
from plantcast.common.clock import Clock, iso_hour
from plantcast.common.errors import (
    InvalidInputError,
    KeyRejectedError,
    NotYetAvailableError,
    PlantcastError,
    QuotaExhaustedError,
    RateLimitedError,
    TemporaryError,
)
from plantcast.common.logging import logger
from plantcast.common.stations import station as known_station
from plantcast.guidance import raw
from plantcast.guidance.grid import Cell, cell_at
from plantcast.guidance.kma_short_term.client import ShortTermClient
from plantcast.guidance.kma_short_term.issues import released_issues
from plantcast.guidance.kma_short_term.items import read_items
from plantcast.guidance.lake import GuidanceLake
from plantcast.guidance.status import FeedStatus, GuidanceSource, Problem
from plantcast.guidance.table import incomplete_hours
from plantcast.kma_service.answer import Answer
from plantcast.kma_service.reply import Row

SOURCE: Final[GuidanceSource] = "kma"
# An issue with these is whole.
HOURS: Final = 48
# One call for all issues of a station takes no longer; what is left over is fetched an hour later.
_SECONDS: Final = 20.0
# With less time left no issue is begun.
_SECONDS_OF_AN_ISSUE: Final = 2.0
# Issues whose calls failed one after another, after which the service counts as away.
_FAILURES: Final = 2
# Of the issues before one that the service has: after so many that it has not, older ones are gone too.
_GONE: Final = 2

Outcome = Literal["stored", "absent", "failed"]


@dataclass(frozen=True)
class ShortTermForecasts:
    """Fetches released issues that the lake does not hold whole, newest first.

    A call takes about `seconds` at most; `timer` counts them.
    """

    client: ShortTermClient
    store: ObjectStore
    lake: GuidanceLake
    clock: Clock
    seconds: float = _SECONDS
    timer: Callable[[], float] = time.monotonic

    def update(self, station: str) -> FeedStatus:
        """Store what the service has of the last three days and the lake lacks.

        A fault of the service is not raised: the status names it. `partial` means that the newest issue
        stored lacks some of its first 48 hours, `not_yet` that none of the last three days is stored and the
        service has none.

        Raises:
            InvalidInputError: the station is unknown.
            CorruptDataError, SchemaVersionError, ConflictError: the lake cannot be read or written.
        """
        place = known_station(station)
        now = self.clock.now()
        issues = released_issues(now)
        stored = self.lake.read(SOURCE, station, issues[-1], issues[0])
        missing = [issue for issue in issues if incomplete_hours(_of_issue(stored, issue), HOURS)]
        fetch = _Fetch(self, station, cell_at(place.latitude, place.longitude))
        fetch.run(missing)
        if fetch.changed:
            stored = self.lake.read(SOURCE, station, issues[-1], issues[0])
        problem, message = _problem(stored, issues[0], fetch.error)
        if problem:
            logger.warning("short-term forecast not whole", extra={"station": station, "error": message})
        newest = _newest(stored) or self.lake.newest_issue(SOURCE, station)
        return FeedStatus(station, SOURCE, newest, now, problem, message)


@dataclass
class _Fetch:
    """The calls of one update: what changed in the lake, and the error that stopped them or the last one."""

    feed: ShortTermForecasts
    station: str
    cell: Cell
    changed: int = 0
    error: PlantcastError | None = None
    _ends: float = field(init=False)

    def __post_init__(self) -> None:
        self._ends = self.feed.timer() + self.feed.seconds

    def run(self, issues: Iterable[datetime]) -> None:
        """Fetch issues, newest first, until the time or the quota is used up or the service is away."""
        outcomes: list[Outcome] = []
        for issue in issues:
            if self._seconds_left() < _SECONDS_OF_AN_ISSUE:
                return
            try:
                outcomes.append(self._issue(issue))
            except (QuotaExhaustedError, RateLimitedError, KeyRejectedError, InvalidInputError) as error:
                self.error = error
                return
            if outcomes[-_FAILURES:] == ["failed"] * _FAILURES:
                return
            # Absent at the beginning is not out yet: the clock may be ahead of the KMA's.
            if "stored" in outcomes and outcomes[-_GONE:] == ["absent"] * _GONE:
                return

    def _issue(self, issue: datetime) -> Outcome:
        """Fetch an issue; what was received of it is stored, also when its last page fails."""
        items: list[Row] = []
        error: PlantcastError | None = None

        def keep(answer: Answer) -> None:
            key = raw.reply_key(SOURCE, self.station, answer.body, answer.received_at, issue=issue)
            received.keep(self.feed.store, key, answer.body)

        try:
            for page in self.feed.client.pages(self.cell, issue, keep=keep, seconds_left=self._seconds_left):
                items.extend(page.rows)
        except NotYetAvailableError:
            return "absent"
        except PlantcastError as raised:
            error = raised
        read = read_items(items, issue, self.cell)
        if read.rejected:
            logger.warning(
                "items of the short-term forecast left out",
                extra={
                    "station": self.station,
                    "issue": f"{issue:%Y-%m-%dT%H:%M}",
                    "rejected": read.rejected,
                },
            )
        if error is None and read.rejected and read.table.empty:
            error = TemporaryError(
                f"None of the {len(items)} items is of the issue of {iso_hour(issue)} asked for.",
                remedy="The next update asks again.",
            )
        if len(read.table):
            self.changed += self.feed.lake.merge(SOURCE, self.station, read.table)
        if isinstance(error, TemporaryError) and not isinstance(error, RateLimitedError):
            self.error = error
            return "failed"
        if error is not None:
            raise error
        return "stored" if len(read.table) else "absent"

    def _seconds_left(self) -> float:
        return self._ends - self.feed.timer()


def _of_issue(stored: pd.DataFrame, issue: datetime) -> pd.DataFrame:
    return stored[stored["issued_at"] == issue]


def _newest(stored: pd.DataFrame) -> datetime | None:
    return None if stored.empty else stored["issued_at"].max().to_pydatetime()


def _problem(stored: pd.DataFrame, released: datetime, error: PlantcastError | None) -> tuple[Problem, str]:
    """Return what is wrong with the forecasts at hand; `released` is the newest issue that is out.

    A refusal is always named, since the user has to act; that an older issue failed is not.
    """
    if isinstance(error, KeyRejectedError):
        return "refused", str(error)
    if isinstance(error, QuotaExhaustedError | RateLimitedError):
        return "quota", str(error)
    newest = _newest(stored)
    if error is not None and (newest is None or newest < released):
        return "unavailable", str(error)
    if newest is None:
        return "not_yet", "The KMA's short-term forecast service has no issue of the last three days yet."
    missing = incomplete_hours(_of_issue(stored, newest), HOURS)
    if missing:
        what = f"Of the issue of {iso_hour(newest)}, {missing} of the first {HOURS} hours are missing."
        return "partial", what if error is None else f"{what} {error}"
    return "", ""
