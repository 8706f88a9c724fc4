"""What the API answers: typed, with units and examples."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

Hour = Annotated[str, Field(description="Full hour in KST.", examples=["2025-05-30T00:00+09:00"])]
Moment = Annotated[str, Field(description="Moment in KST.", examples=["2025-05-30T02:01:12+09:00"])]
Celsius = Annotated[float, Field(description="°C", examples=[17.1])]
Percent = Annotated[float, Field(description="Relative humidity, %", examples=[61.0])]
Source = Annotated[
    str,
    Field(
        description="`kma`: real observations; `synthetic`: made-up weather; `replay`: past observations.",
        examples=["synthetic"],
    ),
]
State = Literal["water", "ok"]


class StationInfo(BaseModel):
    """An ASOS station."""

    id: str = Field(description="ASOS station number", examples=["108"])
    name_ko: str = Field(examples=["서울"])
    name_en: str = Field(examples=["Seoul"])


class ModelInfo(BaseModel):
    """What computed a target."""

    kind: Literal["lightgbm", "damped_anomaly"]
    version: str | None = Field(description="Registered version; null for the baseline.")


class HourlyUnits(BaseModel):
    """Units of the hourly columns."""

    time: str = "iso8601"
    temperature_2m: str = "°C"
    relative_humidity_2m: str = "%"


class Hourly(BaseModel):
    """Columns of equal length, one entry an hour; `_p10` and `_p90` bound the 80 % range."""

    time: list[Hour]
    lead: list[int] = Field(description="Hours after the origin, from 1.")
    temperature_2m: list[Celsius]
    temperature_2m_p10: list[Celsius]
    temperature_2m_p90: list[Celsius]
    relative_humidity_2m: list[Percent]
    relative_humidity_2m_p10: list[Percent]
    relative_humidity_2m_p90: list[Percent]


class PlantAdvice(BaseModel):
    """What a day means for a plant."""

    profile: str = Field(examples=["default"])
    state: State = Field(description="`water`: give water; `ok`: nothing to do.")
    reasons_ko: list[str] = Field(examples=[["최고 기온 31.2 °C (15:00), 30 °C 이상: 13:00–16:00"]])
    reasons_en: list[str] = Field(
        examples=[["Temperature reaches 31.2 °C at 15:00, 30 °C or more: 13:00–16:00"]]
    )
    hours: list[Hour] = Field(description="Hours in which a limit is crossed.")


class Day(BaseModel):
    """One calendar day (KST) as far as the forecast covers it."""

    date: str = Field(examples=["2025-05-30"])
    label: Literal["today", "tomorrow"] = Field(description="`today` is the day of the first hour forecast.")
    temperature_min: Celsius
    temperature_max: Celsius
    humidity_min: Percent
    humidity_max: Percent
    plant: PlantAdvice


class Issued(BaseModel):
    """What every answer made from a forecast says of it."""

    station: StationInfo
    timezone: str = "Asia/Seoul"
    source: Source
    origin: Hour = Field(description="Last observation used.")
    issued_at: Moment = Field(description="When the forecast was computed.")
    status: Literal["ok", "degraded"]
    degraded_reasons: list[str] = Field(description="Why `degraded`; empty when `ok`.")
    days: list[Day]
    attribution: str = Field(description="Must be shown with the data.")


class ForecastResponse(Issued):
    """The hourly path and its days."""

    history_hours: int = Field(description="Observed hours the models could learn from.")
    models: dict[str, ModelInfo] = Field(description="By target: `ta` temperature, `hm` humidity.")
    hourly_units: HourlyUnits = HourlyUnits()
    hourly: Hourly


class PredictResponse(ForecastResponse):
    """A forecast, and whether this call computed it."""

    computed: bool = Field(description="True when this call issued a new forecast.")
    message: str = Field(description="What the call did, in words.")


class LatestResponse(Issued):
    """Now, today and tomorrow."""

    valid_at: Hour = Field(
        description="The hour of `temperature` and `humidity`: the present one if covered."
    )
    temperature: Celsius
    humidity: Percent
    stale: bool = Field(description="True when the forecast no longer reaches the present hour.")
    needs_water: bool = Field(description="Do the plants need water on the day of `valid_at`?")


class ReloadedModel(BaseModel):
    """One target's model: what the latest forecast used, and what the next one will use."""

    station: str = Field(examples=["108"])
    target: Literal["ta", "hm"]
    old_version: str | None = Field(description="Used by the latest forecast; null: baseline or no forecast.")
    new_version: str | None = Field(description="In production now; null before the first promotion.")
    changed: bool
    promoted_at: Moment | None
    reason_ko: str
    reason_en: str


class ReloadResponse(BaseModel):
    """The production pointers, read again."""

    models: list[ReloadedModel]
    message: str


class Check(BaseModel):
    """One thing looked at."""

    name: str = Field(examples=["forecast:108"])
    status: Literal["pass", "warn", "fail"]
    observed: str | None = Field(description="What was found.", examples=["2025-05-29T23:00+09:00"])
    message: str = Field(description="What is wrong and what to do; empty when nothing is.")


class HealthResponse(BaseModel):
    """The worst of all checks; `fail` answers 503 and should page someone."""

    status: Literal["pass", "warn", "fail"]
    time: Moment
    version: str = Field(examples=["0.1.0"])
    source: Source
    checks: list[Check]


class IndexResponse(BaseModel):
    """Where to go; links are relative to the API's base address."""

    name: str = "Plantcast"
    version: str
    source: Source
    attribution: str
    links: dict[str, str]


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
    instance: str = Field(description="The path asked for.", examples=["/api/forecast"])
    errors: list[InvalidValue] | None = Field(default=None, description="Only for 422: each value refused.")
