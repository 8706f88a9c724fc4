"""Time: always aware, Korean Standard Time (UTC+9) at the edges.

`as_of` is the day D a run stands at; ASOS serves up to D-1 23:00, which makes that hour the usual forecast
`origin`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Final, Literal, Protocol

from plantcast.common.errors import InvalidInputError

# A fixed offset, not the zone Asia/Seoul: the KMA dates observations in the standard time of 135° E, also in
# years when Korea's civil clock was another (UTC+8:30 before 1912 and in 1954-61, summer time in 1948-60 and
# 1987-88). So each day has 24 hours, and differences are differences in UTC.
KST: Final = timezone(timedelta(hours=9))
# The IANA zone whose clock shows KST today, for clients that format times.
KST_ZONE_NAME: Final = "Asia/Seoul"
HOUR: Final = timedelta(hours=1)
DayLabel = Literal["yesterday", "today", "tomorrow"]


class Clock(Protocol):
    """A clock; injected so that tests and demos can run at any date."""

    def now(self) -> datetime:
        """Return the present time in KST."""


@dataclass(frozen=True)
class SystemClock:
    """The machine's clock, moved by a constant offset (zero on AWS; a demo may stand at another date)."""

    offset: timedelta = timedelta(0)

    def now(self) -> datetime:
        """Return the present time in KST, offset included."""
        return datetime.now(KST) + self.offset


@dataclass(frozen=True)
class FixedClock:
    """A clock that stands still."""

    at: datetime

    def now(self) -> datetime:
        """Return the time of this clock, in KST."""
        return self.at.astimezone(KST)


def parse_day(text: str, *, name: str) -> date:
    """Parse `YYYY-MM-DD`.

    Raises:
        InvalidInputError: `text` is not a calendar day; the message names `name` and the value.
    """
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        raise InvalidInputError(
            f"{name}={text!r} is not a day.", remedy="Write it as YYYY-MM-DD, for example 2025-05-30."
        ) from None


def parse_hour(text: str, *, name: str) -> datetime:
    """Parse an ISO 8601 hour; a value without an offset is taken as KST.

    Raises:
        InvalidInputError: `text` is not a valid date-time on the full hour.
    """
    try:
        at = datetime.fromisoformat(text)
        at = at.replace(tzinfo=KST) if at.tzinfo is None else at.astimezone(KST)
    except (TypeError, ValueError, OverflowError):  # the last: at either end of the calendar
        at = None
    if at is None or (at.minute, at.second, at.microsecond) != (0, 0, 0):
        raise InvalidInputError(
            f"{name}={text!r} is not a full hour.",
            remedy="Write it as YYYY-MM-DDTHH:00+09:00, for example 2025-05-29T23:00+09:00.",
        )
    return at


def iso_hour(at: datetime) -> str:
    """Format a full hour as `YYYY-MM-DDTHH:00+09:00`, the form used in keys, items and JSON."""
    return at.astimezone(KST).isoformat(timespec="minutes")


def midnight(day: date) -> datetime:
    """Return the first hour of a day: 00:00 KST."""
    return datetime.combine(day, time(0), KST)


def day_label(day: date, today: date) -> DayLabel | None:
    """Return how `day` is called on the day `today`, None for days that only their date names."""
    labels: dict[int, DayLabel] = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    return labels.get((day - today).days)


def last_hour_served(as_of: date) -> datetime:
    """Return the last hour ASOS serves on day `as_of`: the day before, 23:00 KST."""
    return midnight(as_of) - HOUR


def hours_behind(last: datetime | None, now: datetime) -> int | None:
    """Return how many hours `last`, the newest observation, is behind the newest that the KMA serves.

    An hour after `now` cannot have been observed: it counts as that many hours off, never as up to date.
    """
    if last is None:
        return None
    if last > now:
        return -((now - last) // HOUR)
    return max(0, (last_hour_served(now.astimezone(KST).date()) - last) // HOUR)
