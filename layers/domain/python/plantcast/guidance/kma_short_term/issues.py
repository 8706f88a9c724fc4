"""When the KMA issues its short-term forecast, and when the service has it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from plantcast.common.clock import HOUR, KST

ISSUE_HOURS: Final = (2, 5, 8, 11, 14, 17, 20, 23)
RELEASED_AFTER: Final = timedelta(minutes=10)
# How far the service looks back.
KEPT: Final = timedelta(days=3)


def released_issues(now: datetime) -> list[datetime]:
    """Return the issues that the service has at `now`, newest first."""
    hour = now.astimezone(KST).replace(minute=0, second=0, microsecond=0)
    hours = [hour - back * HOUR for back in range(KEPT // HOUR + 1)]
    return [at for at in hours if at.hour in ISSUE_HOURS and at + RELEASED_AFTER <= now <= at + KEPT]
