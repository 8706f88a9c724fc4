"""Open-Meteo's forecast of now, kept as an issue of the guidance lake."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import pandas as pd

from plantcast.aws import ObjectStore, received
from plantcast.common.clock import Clock
from plantcast.common.errors import (
    InvalidInputError,
    KeyRejectedError,
    QuotaExhaustedError,
    TemporaryError,
)
from plantcast.common.logging import logger
from plantcast.guidance import raw
from plantcast.guidance.lake import GuidanceLake
from plantcast.guidance.open_meteo.client import OpenMeteoClient
from plantcast.guidance.open_meteo.reply import (
    VARIABLES,
    as_guidance,
    hourly_table,
    models_without_values,
)
from plantcast.guidance.status import FeedStatus, GuidanceSource, problem_of
from plantcast.guidance.table import incomplete_hours

SOURCE: Final[GuidanceSource] = "open_meteo"
# Global models have new runs every six hours, each available at an hour of its own.
EVERY: Final = timedelta(hours=3)
# A forecast of 48 hours may use an issue that is 12 hours old.
HOURS: Final = 60
# Days from today 00:00: at 23:00 still 73 hours.
_DAYS: Final = 4


@dataclass(frozen=True)
class OpenMeteo:
    """Fetches the mean forecast of the client's models, at most every three hours.

    The service does not say when a forecast was made: the issue is the full hour of the call.
    """

    client: OpenMeteoClient
    store: ObjectStore
    lake: GuidanceLake
    clock: Clock

    def update(self, station: str) -> FeedStatus:
        """Store the present forecast unless an issue younger than three hours is stored.

        A fault of the service is not raised: the status names it.

        Raises:
            CorruptDataError, SchemaVersionError, ConflictError: the lake cannot be read or written.
        """
        now = self.clock.now()
        table = self.lake.read(SOURCE, station, now - EVERY + timedelta(seconds=1), now)
        silent: list[str] = []
        if table.empty:
            try:
                table, silent = self._fetch(station, now)
            except (TemporaryError, QuotaExhaustedError, KeyRejectedError, InvalidInputError) as error:
                logger.warning("Open-Meteo gave no forecast", extra={"station": station, "error": str(error)})
                newest = self.lake.newest_issue(SOURCE, station)
                return FeedStatus(station, SOURCE, newest, now, problem_of(error), str(error))
            self.lake.merge(SOURCE, station, table)
        newest = table["issued_at"].max().to_pydatetime()
        missing = incomplete_hours(table[table["issued_at"] == newest], HOURS)
        reasons = [f"{', '.join(silent)} sent no value"] if silent else []
        if missing:
            reasons.append(f"{missing} of {HOURS} hours lack temperature or humidity")
        message = f"Open-Meteo: {'; '.join(reasons)}." if reasons else ""
        return FeedStatus(station, SOURCE, newest, now, "partial" if reasons else "", message)

    def _fetch(self, station: str, now: datetime) -> tuple[pd.DataFrame, list[str]]:
        """Return the present issue, and the models that sent nothing."""

        def keep(body: bytes) -> None:
            received.keep(self.store, raw.reply_key(SOURCE, station, body, self.clock.now()), body)

        document = self.client.hourly(
            station, tuple(VARIABLES.values()), span={"forecast_days": str(_DAYS)}, keep=keep
        )
        issue = now.replace(minute=0, second=0, microsecond=0)
        rows = hourly_table(document, self.client.models, VARIABLES)
        table = as_guidance(rows.assign(issued_at=issue)[rows["valid_at"] > issue])
        if table.empty:
            raise TemporaryError(
                "Open-Meteo sent no temperature and no humidity of the hours to come.",
                remedy="Check OpenMeteoModels: a model may no longer be updated.",
            )
        return table, models_without_values(document, self.client.models)
