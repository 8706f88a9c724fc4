"""Past forecasts of Open-Meteo's previous-runs service as issues of the guidance lake, for training.

The service has no issues: `temperature_2m_previous_day1` holds for each hour the newest run that had begun
24 hours or more before it, `_previous_day2` 48 hours or more, and so on. From these columns issues are made,
four a day at the hours at which global models begin (03, 09, 15 and 21 KST):

    an hour `lead` hours after the issue takes previous_dayK, K = ceil((lead + 12) / 24)

so its run had begun by the issue + `lead` − 24 K, that is 12 hours before the issue or earlier. Global models
are served four to nine hours after a run begins: what an issue holds was known when it is dated, and nothing
leaks from later runs. Its runs are some 6 to 17 hours older than those of a forecast fetched at that hour,
most at the shortest leads: a correction learnt from them is cautious, never flattered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from typing import Final

import pandas as pd

from plantcast.aws import ObjectStore, received
from plantcast.common.clock import HOUR, Clock, midnight
from plantcast.guidance import raw
from plantcast.guidance.lake import GuidanceLake
from plantcast.guidance.open_meteo.client import OpenMeteoClient
from plantcast.guidance.open_meteo.live import HOURS, SOURCE
from plantcast.guidance.open_meteo.reply import VARIABLES, as_guidance, hourly_table

# From the beginning of a run to its being served: no global model takes longer.
_RUN_IS_SERVED_WITHIN: Final = 12
_ISSUE_HOURS: Final = (3, 9, 15, 21)
# Not the probability of precipitation: it comes of ensembles, which the service does not keep.
_COLUMNS: Final = tuple(column for column in VARIABLES if column != "pop")


def day_of_lead(lead: int) -> int:
    """Return K of the `previous_dayK` that an hour `lead` hours after an issue takes."""
    return ceil((lead + _RUN_IS_SERVED_WITHIN) / 24)


@dataclass(frozen=True)
class IssueCounts:
    """Issues of the days asked for: how many there should be, the lake has now, and had not before."""

    expected: int
    present: int
    new: int


@dataclass(frozen=True)
class PreviousRuns:
    """Fetches issues of past days; those that the lake has are not asked for again."""

    client: OpenMeteoClient
    store: ObjectStore
    lake: GuidanceLake
    clock: Clock

    def fetch(self, station: str, start: date, end: date) -> IssueCounts:
        """Store the issues of the days `start` to `end` (KST, both included) with one call.

        Issues of the lake stay as they are: a live one knows more.

        Raises:
            InvalidInputError, KeyRejectedError, QuotaExhaustedError, TemporaryError: see `OpenMeteoClient`.
            CorruptDataError, SchemaVersionError, ConflictError: the lake cannot be read or written.
        """
        wanted = self._issues(start, end)
        held = set(self.lake.read(SOURCE, station, midnight(start), midnight(end) + 23 * HOUR)["issued_at"])
        missing = [issue for issue in wanted if issue not in held]
        if not missing:
            return IssueCounts(len(wanted), len(wanted), 0)
        table = self._fetch(station, missing)
        self.lake.merge(SOURCE, station, table)
        new = table["issued_at"].nunique()
        return IssueCounts(len(wanted), len(wanted) - len(missing) + new, new)

    def _fetch(self, station: str, issues: Sequence[datetime]) -> pd.DataFrame:
        def keep(body: bytes) -> None:
            received.keep(self.store, raw.reply_key(SOURCE, station, body, self.clock.now()), body)

        days = range(1, day_of_lead(HOURS) + 1)
        names = [f"{VARIABLES[column]}_previous_day{day}" for day in days for column in _COLUMNS]
        span = {
            "start_date": issues[0].date().isoformat(),
            "end_date": (issues[-1] + HOURS * HOUR).date().isoformat(),
        }
        document = self.client.hourly(station, names, span=span, keep=keep)
        models = self.client.models
        by_day = {day: hourly_table(document, models, _COLUMNS, f"_previous_day{day}") for day in days}
        return as_guidance(issues_of(by_day, issues))

    def _issues(self, start: date, end: date) -> list[datetime]:
        """Return the issue times of the days that are not in the future."""
        days = [start + timedelta(days=day) for day in range((end - start).days + 1)]
        issues = [midnight(day) + hour * HOUR for day in days for hour in _ISSUE_HOURS]
        return [issue for issue in issues if issue <= self.clock.now()]


def issues_of(by_day: dict[int, pd.DataFrame], issues: Sequence[datetime]) -> pd.DataFrame:
    """Return the rows of `issues` from the columns of each `previous_dayK`, leads 1 to `HOURS`."""
    hours = {day: table.set_index("valid_at") for day, table in by_day.items()}
    parts = []
    for day, known in hours.items():
        leads = [lead for lead in range(1, HOURS + 1) if day_of_lead(lead) == day]
        pairs = pd.DataFrame(
            [(issue, issue + lead * HOUR) for issue in issues for lead in leads],
            columns=["issued_at", "valid_at"],
        )
        parts.append(pairs.join(known, on="valid_at", how="inner"))
    return pd.concat(parts, ignore_index=True)
