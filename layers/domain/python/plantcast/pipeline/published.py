"""The published forecast that a forecast may use, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import pandas as pd

from plantcast.common.clock import HOUR
from plantcast.common.errors import CorruptDataError, SchemaVersionError
from plantcast.common.logging import logger
from plantcast.forecasting import LEADS, TARGETS
from plantcast.guidance.lake import GuidanceLake
from plantcast.guidance.status import REASONS, SOURCES, Feed, FeedStatus, FeedStatuses, GuidanceSource

RELEASED_AFTER: Final = timedelta(minutes=10)
LATE: Final = timedelta(hours=12)
_OBSERVATIONS_LATE: Final = timedelta(hours=3)
# Errors of the newest three hours observed are those of the issues before; a day's cover one or two missed.
_EARLIER: Final = timedelta(hours=24)
_PROBLEMS: Final = {
    "refused": "guidance_refused",
    "unavailable": "guidance_unavailable",
    "quota": "guidance_quota",
}


@dataclass(frozen=True)
class Issue:
    """One usable issue: `table` holds it and those of the day before, for their errors."""

    source: GuidanceSource
    issued_at: datetime
    table: pd.DataFrame

    def values(self, origin: datetime) -> pd.DataFrame:
        """Return the issue's rows at the hours of leads 1…48, NaN where it has none."""
        hours = pd.date_range(origin + HOUR, periods=LEADS, freq="h")
        rows = self.table[self.table["issued_at"] == self.issued_at].set_index("valid_at")
        return rows.reindex(hours)


@dataclass(frozen=True)
class Published:
    """The issue to use, None where there is none, and `guidance_reasons` of a forecast."""

    issue: Issue | None
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class PublishedForecasts:
    """Finds the newest usable issue of a station."""

    lake: GuidanceLake
    feeds: FeedStatuses

    def newest(self, station: str, origin: datetime, now: datetime) -> Published:
        """Return the newest issue released by `now` and at most 12 h old, of the first source that has one.

        It may be later than `origin`. A fault of the lake or the feeds' states is logged and is a reason.
        """
        feeds = {feed: status for feed, status in self._feeds(station).items() if status.is_in_use(now)}
        codes: set[str] = set()
        if "api_hub" in feeds and now - origin > _OBSERVATIONS_LATE:
            codes.add("observations_late")
        issue = None
        for source in SOURCES:
            unreadable = False
            try:
                issue = self._newest_of(source, station, origin, now)
            except (CorruptDataError, SchemaVersionError) as error:
                logger.error("guidance_unreadable", station=station, source=source, error=str(error))
                codes.add("guidance_unavailable")
                unreadable = True
            status = feeds.get(source)
            if status is not None and status.problem in _PROBLEMS:
                codes.add(_PROBLEMS[status.problem])
            elif status is not None and issue is None and not unreadable:
                codes.add("guidance_late")
            if issue is not None:
                if status is not None and _is_partial(issue, origin):
                    codes.add("guidance_partial")
                break
        return Published(issue, tuple(code for code in REASONS if code in codes))

    def _newest_of(
        self, source: GuidanceSource, station: str, origin: datetime, now: datetime
    ) -> Issue | None:
        last = now - RELEASED_AFTER
        table = self.lake.read(source, station, min(origin, last) - _EARLIER, last)
        ahead = (table["valid_at"] > table["issued_at"]) & (table["valid_at"] > origin)
        usable = table[ahead & table[list(TARGETS)].notna().any(axis=1)]
        usable = usable[usable["valid_at"] <= origin + LEADS * HOUR]
        if usable.empty:
            return None
        issued_at = usable["issued_at"].max().to_pydatetime()
        return None if now - issued_at > LATE else Issue(source, issued_at, table)

    def _feeds(self, station: str) -> Mapping[Feed, FeedStatus]:
        try:
            return self.feeds.of(station)
        except (CorruptDataError, SchemaVersionError) as error:
            logger.error("feeds_unreadable", station=station, error=str(error))
            return {}


def _is_partial(issue: Issue, origin: datetime) -> bool:
    """Return whether an hour ahead of both origin and issue has no temperature or humidity."""
    values = issue.values(origin)
    ahead = values.index > issue.issued_at
    return bool(values.loc[ahead, list(TARGETS)].isna().any(axis=None))
