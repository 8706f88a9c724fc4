"""When issues are made and served, and which hours each holds (since 28 November 2024)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

RELEASED_AFTER: Final = timedelta(minutes=10)
LOOKED_BACK: Final = timedelta(days=3)
# By the hour of the issue: the last lead of the hourly part, and of all; in between every third hour.
SPANS: Final = MappingProxyType(
    {
        2: (70, 94),
        5: (67, 91),
        8: (64, 88),
        11: (61, 85),
        14: (58, 82),
        17: (79, 103),
        20: (76, 100),
        23: (73, 97),
    }
)


def leads(issue: datetime) -> Sequence[int]:
    """Return the leads of an issue in hours."""
    hourly, last = SPANS[issue.hour]
    return (*range(1, hourly + 1), *range(hourly + 3, last + 1, 3))


def is_served(issue: datetime, now: datetime) -> bool:
    """Return whether the service has an issue at `now`."""
    return issue + RELEASED_AFTER <= now <= issue + LOOKED_BACK and (issue.hour in SPANS)
