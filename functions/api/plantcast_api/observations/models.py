"""What the routes on stations and observations answer: typed, with units and examples."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from plantcast_api.models import (
    Celsius,
    Day,
    Elevation,
    Hour,
    Latitude,
    Located,
    Longitude,
    Percent,
    Sourced,
    StationInfo,
    View,
    ZonedHour,
)

MetresPerSecond = Annotated[float, Field(ge=0, description="m/s", examples=[2.4])]
Degrees = Annotated[
    float, Field(ge=0, le=360, description="Where the wind comes from, degrees from north", examples=[270.0])
]
Millimetres = Annotated[float, Field(ge=0, description="mm in the hour", examples=[0.5])]
Hectopascal = Annotated[float, Field(description="hPa", examples=[1003.2])]


class StationEntry(StationInfo):
    """A station of the KMA's ASOS network."""

    latitude: Latitude
    longitude: Longitude
    elevation: Elevation
    served: bool = Field(description="Does this deployment forecast for it?")
    first_observation: Hour | None = Field(
        default=None, description="First hour in the lake; null when there is none."
    )
    last_observation: Hour | None = Field(
        default=None, description="Last hour in the lake; null when there is none."
    )


class StationsResponse(Sourced):
    """Stations by number."""

    timezone: str = "Asia/Seoul"
    stations: list[StationEntry]


class ObservedUnits(View):
    """Units of the hourly columns."""

    time: str = "iso8601"
    temperature_2m: str = "°C"
    relative_humidity_2m: str = "%"
    dew_point_2m: str = "°C"
    wind_speed_10m: str = "m/s"
    wind_direction_10m: str = "°"
    precipitation: str = "mm"
    surface_pressure: str = "hPa"
    pressure_msl: str = "hPa"


class ObservedHourly(View):
    """Columns of equal length, one entry an hour; null where nothing was observed or is valid."""

    time: list[ZonedHour]
    temperature_2m: list[Celsius | None]
    relative_humidity_2m: list[Percent | None]
    dew_point_2m: list[Celsius | None]
    wind_speed_10m: list[MetresPerSecond | None]
    wind_direction_10m: list[Degrees | None]
    precipitation: list[Millimetres | None] = Field(
        description="Null also in dry hours: the KMA sends it only when there is any."
    )
    surface_pressure: list[Hectopascal | None] = Field(description="At the station.")
    pressure_msl: list[Hectopascal | None] = Field(description="Reduced to sea level.")


class MaskedObservation(View):
    """A value rejected by quality control; `/api/quality` has the value as sent."""

    time: ZonedHour
    variable: str = Field(description="Name of the column.", examples=["temperature_2m"])
    reason: str = Field(examples=["spike"])


class ObservationsResponse(Located):
    """What was observed, hour by hour."""

    start: Day = Field(description="First day (KST) returned.")
    end: Day = Field(description="Last day (KST) returned.")
    first: Day = Field(description="First day (KST) available.")
    last: Day = Field(description="Last day (KST) of which something was observed.")
    hourly_units: ObservedUnits = ObservedUnits()
    hourly: ObservedHourly
    masked: list[MaskedObservation]
