"""What the routes on forecasts answer: typed, with units and examples."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from plantcast.common.clock import DayLabel
from plantcast.guidance.status import GuidanceSource
from plantcast_api.models import (
    Attribution,
    Celsius,
    Day,
    Hour,
    Located,
    Percent,
    Sourced,
    StationInfo,
    StationNumber,
    Timestamp,
    View,
    ZonedHour,
)

TargetName = Literal["ta", "hm"]
Label = Annotated[
    DayLabel | None,
    Field(description="How the day is called at the time of the request (KST); null for other days."),
]
Share = Annotated[float, Field(ge=0, le=1, description="0 to 1", examples=[0.75])]
# The KMA's codes.
Sky = Annotated[int, Field(ge=1, le=4, description="1 clear, 3 mostly cloudy, 4 overcast", examples=[3])]
Probability = Annotated[float, Field(ge=0, le=100, description="%", examples=[30.0])]
Kilopascal = Annotated[float, Field(ge=0, description="kPa", examples=[1.34])]


class ModelInfo(View):
    """What computed a target."""

    kind: Literal["lightgbm", "damped_anomaly"]
    version: str | None = Field(description="Registered version; null for the baseline.")


class ForecastSource(View):
    """One of the forecasts combined: the station's own model, or a published forecast."""

    name: Literal["station_model"] | GuidanceSource
    issued_at: Timestamp = Field(
        description="Of a published forecast: its issue. Of the model: this forecast's."
    )
    attribution: Attribution
    simulated: bool = Field(description="True where the deployment's weather is not today's real weather.")
    share: dict[TargetName, list[Share]] = Field(
        description="By target, one value an hour of `hourly`; the sources' shares of an hour add up to 1.",
        examples=[{"ta": [0.75, 0.7], "hm": [0.75, 0.71]}],
    )


class HourlyUnits(View):
    """Units of the hourly columns."""

    time: str = "iso8601"
    temperature_2m: str = "°C"
    relative_humidity_2m: str = "%"
    precipitation_probability: str = "%"


class Hourly(View):
    """Columns of equal length, one entry an hour; `_p10` and `_p90` bound the 80 % range."""

    time: list[ZonedHour]
    lead: list[int] = Field(description="Hours after the origin, from 1.")
    temperature_2m: list[Celsius]
    temperature_2m_p10: list[Celsius]
    temperature_2m_p90: list[Celsius]
    relative_humidity_2m: list[Percent]
    relative_humidity_2m_p10: list[Percent]
    relative_humidity_2m_p90: list[Percent]
    sky: list[Sky | None] = Field(description="Of the published forecast; null where it has none.")
    precipitation_probability: list[Probability | None] = Field(
        description="Of the published forecast; null where it has none."
    )


class PlantAdvice(View):
    """What a day means for a plant."""

    profile: str = Field(examples=["default"])
    state: Literal["water", "ok", "unknown"] = Field(
        description="`water`: give water; `ok`: nothing to do; `unknown`: the forecast is stale."
    )
    reasons_ko: list[str] = Field(examples=[["최고 기온 31.2 °C (15:00), 30 °C 이상: 13:00–16:00"]])
    reasons_en: list[str] = Field(
        examples=[["Temperature reaches 31.2 °C at 15:00, 30 °C or more: 13:00–16:00"]]
    )
    hours: list[Hour] = Field(description="Hours in which a limit is crossed.")


class DayExtremes(View):
    """Extremes of one calendar day (KST), as far as the forecast covers it."""

    date: Day = Field(validation_alias="day")
    label: Label
    temperature_min: Celsius
    temperature_max: Celsius
    humidity_min: Percent
    humidity_max: Percent


class ForecastDay(DayExtremes):
    """One calendar day (KST) as far as the forecast covers it."""

    plant: PlantAdvice


class IssuedBrief(Sourced):
    """What every answer made from a forecast says about it."""

    station: StationInfo
    timezone: str = "Asia/Seoul"
    origin: Hour = Field(description="Last observation used.")
    issued_at: Timestamp = Field(description="When the forecast was computed.")
    status: Literal["ok", "degraded"]
    degraded_reasons: list[str] = Field(description="Why `degraded`; empty when `ok`.")
    stale: bool = Field(
        description="True when the forecast was issued more than 36 hours ago or no longer reaches the "
        "present hour. It then gives no advice."
    )


class Issued(IssuedBrief):
    """The same, with what the days ahead mean for the default plant."""

    days: list[ForecastDay]


class ForecastResponse(Located, Issued):
    """The hourly path and its days."""

    history_hours: int = Field(description="Observed hours the models could learn from.")
    models: dict[str, ModelInfo] = Field(description="By target: `ta` temperature, `hm` humidity.")
    sources: list[ForecastSource]
    guidance_reasons: list[str] = Field(
        description="Why a published forecast or the newest observations are missing or only partly used; "
        "the forecast is not `degraded` by it.",
        examples=[["guidance_late"]],
    )
    hourly_units: HourlyUnits = HourlyUnits()
    hourly: Hourly


class DailyUnits(View):
    """Units of the daily columns."""

    date: str = "iso8601"
    hours: str = "h"
    temperature_2m_min: str = "°C"
    temperature_2m_max: str = "°C"
    temperature_2m_min_time: str = "iso8601"
    temperature_2m_max_time: str = "iso8601"
    temperature_2m_min_p10: str = "°C"
    temperature_2m_max_p90: str = "°C"
    relative_humidity_2m_min: str = "%"
    relative_humidity_2m_max: str = "%"
    vapour_pressure_deficit_max: str = "kPa"


class Daily(View):
    """Columns of equal length, one entry a calendar day (KST) as far as the forecast covers it."""

    date: list[Day]
    label: list[Label]
    hours: list[int] = Field(description="Hours of the day that the forecast covers.", examples=[[24, 24]])
    temperature_2m_min: list[Celsius]
    temperature_2m_max: list[Celsius]
    temperature_2m_min_time: list[Hour] = Field(description="The first hour of the lowest temperature.")
    temperature_2m_max_time: list[Hour] = Field(description="The first hour of the highest temperature.")
    temperature_2m_min_p10: list[Celsius] = Field(description="The lowest of the hourly 10 % values.")
    temperature_2m_max_p90: list[Celsius] = Field(description="The highest of the hourly 90 % values.")
    relative_humidity_2m_min: list[Percent]
    relative_humidity_2m_max: list[Percent]
    vapour_pressure_deficit_max: list[Kilopascal] = Field(
        description="The largest of the hourly values, each of that hour's temperature and humidity."
    )


class DailyResponse(IssuedBrief):
    """The days of the forecast up to tomorrow."""

    daily_units: DailyUnits = DailyUnits()
    daily: Daily


class PredictResponse(ForecastResponse):
    """A forecast, and whether this call computed it."""

    computed: bool = Field(description="True when this call issued a new forecast.")
    message: str = Field(description="What the call did.")


class LatestResponse(Issued):
    """Now, today and tomorrow."""

    valid_at: Hour = Field(
        description="The hour of `temperature` and `humidity`: the present one if covered."
    )
    temperature: Celsius
    humidity: Percent
    needs_water: bool | None = Field(
        description="Do the plants need water on the day of `valid_at`? Null when the forecast is stale."
    )


class ReloadedModel(View):
    """One target's model: what the latest forecast used, and what the next one will use."""

    station: StationNumber
    target: TargetName
    old_version: str | None = Field(description="Used by the latest forecast; null: baseline or no forecast.")
    new_version: str | None = Field(description="In production now; null before the first promotion.")
    changed: bool
    promoted_at: Timestamp | None = None
    reason_ko: str = ""
    reason_en: str = ""


class ReloadResponse(View):
    """The production pointers, read again."""

    models: list[ReloadedModel]
    message: str
