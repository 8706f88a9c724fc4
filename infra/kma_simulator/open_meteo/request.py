"""The request: place, variables, models, hours, and the reasons a wrong one is refused with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, Field, ValidationError, model_validator

# Unit and decimals of what is served.
VARIABLES: Final[Mapping[str, tuple[str, int]]] = {
    "temperature_2m": ("°C", 1),
    "relative_humidity_2m": ("%", 0),
    "precipitation": ("mm", 1),
    "precipitation_probability": ("%", 0),
    "cloud_cover": ("%", 0),
    "wind_speed_10m": ("km/h", 1),
    "wind_direction_10m": ("°", 0),
}
PREVIOUS_DAYS: Final = 7
_NAME: Final = re.compile(rf"^(\w+?)(?:_previous_day([1-{PREVIOUS_DAYS}]))?$")
_FARTHEST: Final = 16  # days ahead


class BadRequest(Exception):
    """HTTP 400, with the reason."""


def _names(given: Any) -> Any:
    return [name for name in given.split(",") if name] if isinstance(given, str) else given


Names = Annotated[list[str], BeforeValidator(_names)]


class Query(BaseModel):
    """The parameters of a request, under the service's names."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    hourly: Names
    models: Names = ["best_match"]
    timezone: ZoneInfo = ZoneInfo("GMT")
    wind_speed_unit: str = Field(default="kmh", pattern="^(kmh|ms)$")
    start_date: date | None = None
    end_date: date | None = None
    past_days: int = Field(default=0, ge=0, le=92)
    forecast_days: int = Field(default=7, ge=1, le=_FARTHEST)

    @model_validator(mode="after")
    def _check(self) -> Query:
        for name in self.hourly:
            split(name)
        if (self.start_date is None) != (self.end_date is None):
            raise ValueError("Both 'start_date' and 'end_date' must be set")
        if self.start_date and self.end_date and self.start_date > self.end_date:
            raise ValueError("End-date must be larger or equals than start-date")
        return self

    def hours(self, now: datetime) -> list[datetime]:
        """Return the hours asked for, in the query's time zone.

        Raises:
            BadRequest: the days reach too far ahead.
        """
        today = now.astimezone(self.timezone).date()
        first = self.start_date or today - timedelta(days=self.past_days)
        last = self.end_date or today + timedelta(days=self.forecast_days - 1)
        latest = today + timedelta(days=_FARTHEST)
        if last > latest:
            raise BadRequest(f"Parameter 'end_date' is out of allowed range to {latest}")
        midnight = datetime(first.year, first.month, first.day, tzinfo=self.timezone)
        return [midnight + timedelta(hours=hour) for hour in range(24 * ((last - first).days + 1))]


def parse(parameters: Mapping[str, str]) -> Query:
    """Validate the parameters of one request.

    Raises:
        BadRequest: one is missing or invalid; the reason names it.
    """
    try:
        return Query.model_validate({name: value for name, value in parameters.items() if value})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise BadRequest(f"{name}: {first['msg']}" if name else first["msg"]) from error


def split(name: str) -> tuple[str, int]:
    """Return variable and day of `temperature_2m_previous_day1`; day 0 without the ending.

    Raises:
        ValueError: there is no such variable.
    """
    found = _NAME.match(name)
    if found is None or found[1] not in VARIABLES:
        raise ValueError(f"Cannot initialize ForecastVariable from invalid String value {name}")
    return found[1], int(found[2] or 0)
