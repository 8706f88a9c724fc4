"""Result of the last call of each feed, one item for each station and feed.

Plain Python: the API reads these items without numpy or pandas.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal, get_args

from pydantic import AwareDatetime, PlainSerializer, TypeAdapter
from pydantic.dataclasses import dataclass

from plantcast.aws import Item, ItemTable
from plantcast.common.errors import PlantcastError, QuotaExhaustedError, RateLimitedError, TemporaryError
from plantcast.common.schema import FEED, FIELD

# Published forecasts, in the order of preference.
GuidanceSource = Literal["kma", "open_meteo"]
SOURCES: Final[tuple[GuidanceSource, ...]] = get_args(GuidanceSource)
# Where observations of today come from.
Feed = GuidanceSource | Literal["api_hub"]
# Why a call returned nothing, or not all; `""` where all is well.
Problem = Literal["", "unavailable", "refused", "quota", "not_yet", "partial"]
# Codes in `Forecast.guidance_reasons`, in this order: the key of a feed was refused; the service could not be
# reached or understood; its quota is used up; the newest issue is older than 12 h; it lacks some of the 48
# hours; the last observed hour is older than 3 h although live observations are configured.
REASONS: Final = (
    "guidance_refused",
    "guidance_unavailable",
    "guidance_quota",
    "guidance_late",
    "guidance_partial",
    "observations_late",
)
_SWITCHED_OFF: Final = timedelta(days=7)

Timestamp = Annotated[AwareDatetime, PlainSerializer(lambda time: time.isoformat(timespec="seconds"))]


@dataclass(frozen=True)
class FeedStatus:
    """The state of one feed.

    `newest` is the issue time of the newest issue stored, or the last hour observed; `checked_at` is when the
    service was called last; `message` says in words what `problem` was.
    """

    station: str
    feed: Feed
    newest: Timestamp | None
    checked_at: Timestamp
    problem: Problem = ""
    message: str = ""

    def is_in_use(self, now: datetime) -> bool:
        """Whether it was called in the last week; what was not was switched off, and its item is left."""
        return now - self.checked_at <= _SWITCHED_OFF


def problem_of(error: PlantcastError) -> Problem:
    """Return what an error of a service is to its feed: a refusal, if neither temporary nor of the quota."""
    if isinstance(error, QuotaExhaustedError | RateLimitedError):
        return "quota"
    return "unavailable" if isinstance(error, TemporaryError) else "refused"


_STATUS: Final = TypeAdapter(FeedStatus)


class FeedStatuses:
    """Feed states in the table: pk `STATION#<station>`, sk `FEED#<feed>`."""

    def __init__(self, table: ItemTable) -> None:
        self._table = table

    def put(self, status: FeedStatus) -> None:
        """Store the state unless a later one is stored."""
        item = {
            "pk": f"STATION#{status.station}",
            "sk": f"FEED#{status.feed}",
            FIELD: FEED.version,
            **_STATUS.dump_python(status, mode="json"),
        }
        self._table.put_if_newer(item, attribute="checked_at")

    def of(self, station: str) -> Mapping[Feed, FeedStatus]:
        """Return the states of a station's feeds; a feed never called has none.

        Raises:
            CorruptDataError: a stored item cannot be read.
            SchemaVersionError: newer code wrote it.
        """
        items: list[Item] = list(self._table.query(f"STATION#{station}", sk_prefix="FEED#"))
        found = [FEED.parse(item, _STATUS) for item in items]
        return {status.feed: status for status in found}
