"""What answers of several routes have in common."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from plantcast.common.clock import KST, KST_ZONE_NAME
from plantcast.common.stations import Station
from plantcast.forecasting.issued import Forecast, attribution
from plantcast_api.models import StationInfo


def moment(when: datetime) -> str:
    """Format a moment to the second."""
    return when.isoformat(timespec="seconds")


def station_info(station: Station) -> StationInfo:
    """Return a station as every answer names it."""
    return StationInfo(id=station.number, name_ko=station.name_ko, name_en=station.name_en)


def last_day_shown(forecast: Forecast, now: datetime) -> date:
    """Return the last calendar day (KST) of a forecast that answers show: tomorrow, or its second day.

    A path with an origin other than 23:00 reaches into a third day, which is shown once it is tomorrow.
    """
    return max(forecast.valid_at[0].date(), now.astimezone(KST).date()) + timedelta(days=1)


def zoned_hours(hours: Sequence[datetime], zone: str) -> list[str]:
    """Return hours with the offset that `zone` (IANA name) has at each."""
    return [hour.astimezone(_zone(zone)).isoformat(timespec="minutes") for hour in hours]


def located(station: Station, source: str, zone: str, first: datetime) -> dict[str, Any]:
    """Return the fields of `Located` for an answer whose hours, in `zone` (IANA name), begin with `first`."""
    offset = first.astimezone(_zone(zone)).utcoffset()
    return {
        "station": station_info(station),
        "latitude": station.latitude,
        "longitude": station.longitude,
        "elevation": station.elevation,
        "timezone": zone,
        "utc_offset_seconds": 0 if offset is None else int(offset.total_seconds()),
        "source": source,
        "attribution": attribution(source),
    }


def _zone(name: str) -> tzinfo:
    # The KMA's hours are in KST throughout; only the clock that people in Seoul read has ever been another.
    return KST if name == KST_ZONE_NAME else ZoneInfo(name)
