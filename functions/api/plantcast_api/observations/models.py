"""What the routes on stations and observations answer: typed, with units and examples."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from plantcast_api.models import (
    Celsius,
    Count,
    Day,
    Elevation,
    Hour,
    Latitude,
    Located,
    Longitude,
    Percent,
    Sourced,
    StationInfo,
    Timestamp,
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


class CurrentResponse(Sourced):
    """The last hour in which temperature or humidity was observed; null where a variable was not."""

    station: StationInfo
    timezone: str = "Asia/Seoul"
    time: Hour
    age_minutes: Count = Field(description="Minutes since `time`.", examples=[20])
    feed: Literal["asos", "api_hub"] = Field(
        description="`asos`: confirmed by the KMA's ASOS service; `api_hub`: live, from its API Hub."
    )
    provisional: bool = Field(
        description="True until the ASOS service confirms the hour: it may still change."
    )
    units: ObservedUnits = ObservedUnits()
    temperature_2m: Celsius | None
    relative_humidity_2m: Percent | None
    dew_point_2m: Celsius | None
    wind_speed_10m: MetresPerSecond | None
    wind_direction_10m: Degrees | None
    precipitation: Millimetres | None
    surface_pressure: Hectopascal | None
    pressure_msl: Hectopascal | None


Share = Annotated[
    float,
    Field(ge=0, le=1, description="Valid values by hours expected, 0 to 1.", examples=[0.9792]),
]
# `spike`, `out-of-range`, …: open on purpose, so that a new check needs no new API.
Reasons = Annotated[
    dict[str, Count],
    Field(description="Values rejected by quality control, by reason.", examples=[{"spike": 1}]),
]


class Freshness(View):
    """How far the observations reach, at the time of this answer."""

    last_observation: Hour | None = Field(description="The last hour observed; null when there is none.")
    expected: Hour = Field(description="The last hour that the KMA serves by now: yesterday 23:00.")
    hours_behind: Count | None = Field(description="From the one to the other, hours.", examples=[4])


class VariableQuality(View):
    """One variable: `present` + `absent` + `masked` are the hours of which there is a row."""

    unit: str = Field(examples=["°C"])
    present: Count = Field(description="Valid values.", examples=[235])
    absent: Count = Field(description="Hours with a row in which it was not sent.", examples=[0])
    masked: Count = Field(description="Values rejected by quality control.", examples=[1])
    completeness: Share
    reasons: Reasons


class MaskedValue(View):
    """A value rejected by quality control; it is not replaced."""

    time: Hour
    variable: str = Field(examples=["ta"])
    sent: float | str | None = Field(
        description="As sent: text where it is no number, null where a flag was sent without a value.",
        examples=[41.3],
    )
    reason: str = Field(examples=["spike"])


class ReceivedRows(View):
    """Rows received by the run, and how many were new, corrected or rejected."""

    calls: Count = Field(description="Calls made to the KMA.", examples=[1])
    pages: Count = Field(examples=[1])
    rows: Count = Field(description="Rows as sent.", examples=[236])
    new: Count = Field(description="Hours the lake did not hold.", examples=[26])
    corrected: Count = Field(description="Hours that had other values before.", examples=[1])
    unchanged: Count = Field(examples=[209])
    duplicates: Count = Field(description="Rows replaced by a later row of the same hour.", examples=[0])
    rejected: Count = Field(
        description="Rows of another station, out of range, or without a readable hour.", examples=[0]
    )
    blank: Count = Field(description="Rows in which nothing was observed.", examples=[0])


class LakeYear(View):
    """One year of the lake, from its first hour."""

    hours_expected: Count = Field(examples=[3572])
    hours_present: Count = Field(examples=[3568])
    completeness: dict[str, Share] = Field(description="By variable.", examples=[{"ta": 0.9989}])


class LakeQuality(View):
    """The lake's observations of the station."""

    first: Hour | None
    last: Hour | None
    hours_expected: Count = Field(description="From the first hour to the last.", examples=[91244])
    hours_present: Count = Field(examples=[91001])
    masked: dict[str, Count] = Field(
        description="Values rejected by quality control, by `variable:reason`.", examples=[{"ta:spike": 3}]
    )
    years: dict[str, LakeYear]


class QualityResponse(Sourced):
    """The newest report on a station's observations: how complete, which values were rejected, how fresh."""

    station: StationInfo
    timezone: str = "Asia/Seoul"
    kind: Literal["night", "backfill", "import", "removal"] = Field(description="What the report is of.")
    run_id: str | None = Field(description="The run; null outside of one.", examples=["night-2025-05-30"])
    created_at: Timestamp
    start: Hour = Field(alias="from", description="First hour reported on.")
    to: Hour = Field(description="Last hour reported on.")
    hours_expected: Count = Field(examples=[240])
    hours_present: Count = Field(description="Hours of which there is a row.", examples=[236])
    missing: list[tuple[Hour, Hour]] = Field(
        description="Ranges of hours without a row, both ends included; at most 200.",
        examples=[[["2025-05-29T20:00:00+09:00", "2025-05-29T23:00:00+09:00"]]],
    )
    freshness: Freshness
    variables: dict[str, VariableQuality] = Field(
        description="By the KMA's name: `ta` temperature, `hm` humidity, …. Rain and snow (`rn`, `dsnw`) are "
        "sent only when there are any, sunshine and radiation (`ss`, `icsr`) by day: their gaps are no fault."
    )
    masked: list[MaskedValue] = Field(description="Values rejected by quality control, by time; at most 200.")
    masked_total: Count = Field(description="All of them.", examples=[1])
    received: ReceivedRows
    lake: LakeQuality
