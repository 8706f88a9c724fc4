"""Types and models that answers of several routes share, with units and examples."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from plantcast.common.clock import KST, KST_ZONE_NAME
from plantcast.common.stations import Station
from plantcast.forecasting.issued import attribution

Hour = Annotated[datetime, Field(description="Full hour in KST.", examples=["2025-05-30T00:00:00+09:00"])]
Timestamp = Annotated[datetime, Field(description="Time in KST.", examples=["2025-05-30T02:01:12+09:00"])]
ZonedHour = Annotated[
    datetime,
    Field(description="Hour with the offset of the requested zone.", examples=["2025-05-30T00:00:00+09:00"]),
]
Day = Annotated[date, Field(description="Day in KST.", examples=["2025-05-30"])]
TimezoneName = Annotated[
    str, Field(description="Zone of the hours returned (IANA name).", examples=["Asia/Seoul"])
]
Latitude = Annotated[float, Field(ge=-90, le=90, description="Degrees north, WGS 84", examples=[37.5714])]
Longitude = Annotated[float, Field(ge=-180, le=180, description="Degrees east, WGS 84", examples=[126.9658])]
Elevation = Annotated[float, Field(description="Metres above sea level", examples=[85.7])]
Celsius = Annotated[float, Field(description="°C", examples=[17.1])]
Percent = Annotated[float, Field(description="Relative humidity, %", examples=[61.0])]
StationNumber = Annotated[str, Field(description="ASOS station number", examples=["108"])]
Count = Annotated[int, Field(ge=0)]
Source = Annotated[
    str,
    Field(
        description="What it is made from. `kma`: real observations; `synthetic`: made-up weather; "
        "`replay`: past observations; `simulation`: a forecast bent to be hot and dry.",
        examples=["synthetic"],
    ),
]

Attribution = Annotated[
    str, Field(description="Must be shown with the data.", examples=["기상청 (KMA), data.go.kr"])
]


class View(BaseModel):
    """An answer or part of one; made from a domain object by its attributes."""

    # Every field is always there, those with a default too.
    model_config = ConfigDict(from_attributes=True, json_schema_serialization_defaults_required=True)


class StationInfo(View):
    """An ASOS station."""

    id: StationNumber = Field(validation_alias="number")
    name_ko: str = Field(examples=["서울"])
    name_en: str = Field(examples=["Seoul"])


class Sourced(View):
    """An answer that rests on observations."""

    source: Source
    attribution: Attribution = Field(default_factory=lambda known: attribution(known["source"]))


class Located(Sourced):
    """An answer about the weather at a place."""

    station: StationInfo
    latitude: Latitude
    longitude: Longitude
    elevation: Elevation
    timezone: TimezoneName
    utc_offset_seconds: int = Field(
        description="Of the zone, at the first hour returned; each hour has its own offset.", examples=[32400]
    )


def located(station: Station, zone: str, hours: Sequence[datetime]) -> dict[str, Any]:
    """Return the place of `Located`, and as `time` the hours with the offset that `zone` has at each."""
    # The KMA's hours are in KST throughout; only the clock that people in Seoul read has ever been another.
    zone_info = KST if zone == KST_ZONE_NAME else ZoneInfo(zone)
    time = [hour.astimezone(zone_info) for hour in hours]
    offset = time[0].utcoffset() or timedelta(0)
    place = {"station": station, "timezone": zone, "utc_offset_seconds": int(offset.total_seconds())}
    return {**vars(station), **place, "time": time}


class InvalidValue(BaseModel):
    """One value that was refused."""

    name: str = Field(examples=["hours"])
    value: str = Field(examples=["0"])
    message: str = Field(examples=["Input should be greater than or equal to 1"])


class Problem(BaseModel):
    """Problem details (RFC 9457), with a `remedy`."""

    type: str = Field(examples=["urn:plantcast:problem:not-found"])
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is no station '999' here."])
    remedy: str = Field(description="What to do.", examples=["Use one of 108, 112."])
    instance: str = Field(description="The path requested.", examples=["/api/forecast"])
    errors: list[InvalidValue] | None = Field(default=None, description="Only for 422: each value refused.")
