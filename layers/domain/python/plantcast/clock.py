"""Time: always aware, Asia/Seoul at the edges.

Korea has had no daylight saving time since 1988, so an hour is an hour. `as_of` is the day D a run stands
at; ASOS serves up to D-1 23:00, which makes that hour the usual forecast `origin`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from plantcast.errors import InvalidInputError

KST = ZoneInfo("Asia/Seoul")
HOUR = timedelta(hours=1)


class Clock(Protocol):
    """Tells the time; injected so that tests and demos can stand at any date."""

    def now(self) -> datetime:
        """Return the present moment in Asia/Seoul."""


@dataclass(frozen=True)
class SystemClock:
    """The machine's clock, moved by a constant offset (zero on AWS; a demo may stand at another date)."""

    offset: timedelta = timedelta(0)

    def now(self) -> datetime:
        """Return the present moment in Asia/Seoul, offset included."""
        return datetime.now(KST) + self.offset


@dataclass(frozen=True)
class FixedClock:
    """A clock that stands still."""

    at: datetime

    def now(self) -> datetime:
        """Return the moment this clock stands at, in Asia/Seoul."""
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
        InvalidInputError: `text` is not a moment on the full hour.
    """
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=KST) if moment.tzinfo is None else moment.astimezone(KST)
    except (TypeError, ValueError, OverflowError):  # the last: a moment at either end of the calendar
        moment = None
    if moment is None or (moment.minute, moment.second, moment.microsecond) != (0, 0, 0):
        raise InvalidInputError(
            f"{name}={text!r} is not a full hour.",
            remedy="Write it as YYYY-MM-DDTHH:00+09:00, for example 2025-05-29T23:00+09:00.",
        )
    return moment


def iso_hour(moment: datetime) -> str:
    """Format a full hour as `YYYY-MM-DDTHH:00+09:00`, the form used in keys, items and JSON."""
    return moment.astimezone(KST).isoformat(timespec="minutes")


def midnight(day: date) -> datetime:
    """Return the first hour of a day: 00:00 KST."""
    return datetime.combine(day, time(0), KST)


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
