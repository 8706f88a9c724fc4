"""What the routes on advice answer: typed, with units and examples."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from plantcast_api.forecast.models import DayExtremes, IssuedBrief, Kilopascal
from plantcast_api.models import Celsius, Day, Hour, Percent, Source, Timestamp, View
from plantcast_api.plants.models import (
    Kind,
    Operator,
    Place,
    PlantBrief,
    Probability,
    Threshold,
    Unit,
    VariableName,
)

AdvisedMood = Annotated[
    Literal["happy", "thirsty", "hot", "cold", "unknown"],
    Field(
        description="The plant's face; of several reasons cold comes before hot before thirsty. `unknown` "
        "when the forecast is stale."
    ),
]


class PlantHourlyUnits(View):
    """Units of the hourly columns."""

    time: str = "iso8601"
    temperature_2m: str = "°C"
    relative_humidity_2m: str = "%"
    vapour_pressure_deficit: str = "kPa"
    probability_dry: str = "1"
    probability_hot: str = "1"
    probability_cold: str = "1"


class PlantHourly(View):
    """Columns of equal length, one entry an hour; a probability is null where the plant has no such limit."""

    time: list[Hour]
    temperature_2m: list[Celsius]
    relative_humidity_2m: list[Percent]
    vapour_pressure_deficit: list[Kilopascal]
    probability_dry: list[Probability | None]
    probability_hot: list[Probability | None]
    probability_cold: list[Probability | None]
    mood: list[AdvisedMood]


class AdviceCondition(View):
    """One limit of the plant on one day."""

    kind: Kind
    active: bool = Field(
        description="From a probability of 0.5 (humidity: 0.3), and once active down to 0.6 of that."
    )
    probability: Probability
    variable: VariableName
    comparison: Operator
    threshold: Threshold
    unit: Unit
    extreme: float = Field(description="The day's value nearest to or furthest beyond.", examples=[31.2])
    extreme_likely: float = Field(
        description="How far it may go, on the harmful side, one time in ten.", examples=[33.4]
    )
    extreme_at: Hour
    hours: list[Hour] = Field(description="Those whose value, as shown, is at or beyond the limit.")
    reason_ko: str = Field(examples=["오후 2시쯤 31도 안팎, 더우면 33도 (30도 이상일 확률 77 %)"])
    reason_en: str = Field(
        examples=["Around 31 °C at 14:00, 33 °C if it gets hot (77 % chance of 30 °C or more)"]
    )


class AdviceDay(DayExtremes):
    """One calendar day (KST), as far as the forecast covers it, and what it means for the plant: of the
    present day, its hours still to come.
    """

    mood: AdvisedMood
    needs_water: bool | None = Field(
        description="Does it need water on that day? Null when the forecast is stale."
    )
    advice_ko: str = Field(
        description="What to do on that day, in one sentence that does not name it.",
        examples=["한낮 볕을 피하게 해 주고 아침에 물을 넉넉히 주세요."],
    )
    advice_en: str = Field(
        description="What to do on that day, in one sentence that does not name it.",
        examples=["Shade it from the midday sun, and water it well in the morning."],
    )
    conditions: list[AdviceCondition] = Field(
        description="One for each of the plant's limits; none when the forecast is stale."
    )
    vapour_pressure_deficit_max: Kilopascal = Field(validation_alias="vpd_max")


class PlantPlace(View):
    """Where the plant stands, as the advice takes it."""

    place: Place
    room_temperature: Celsius | None = Field(description="Of the heated room, °C; null elsewhere.")
    balcony_offset: float | None = Field(
        description="How much warmer than outside the closed balcony is, K; null elsewhere.", examples=[3.0]
    )


class WaterAnswer(View):
    """Is it to be watered today?"""

    answer: Literal["yes", "no", "check"] | None = Field(
        description="`check`: feel the soil first. Null when the forecast is stale.", examples=["no"]
    )
    text_ko: str = Field(examples=["오늘은 물 안 줘도 돼요"])
    text_en: str = Field(examples=["No water today"])
    reason_ko: str = Field(examples=["흙이 62 %쯤 말랐어요. 6월 3일쯤 물을 주세요."])
    reason_en: str = Field(examples=["The soil is about 62 % dry. Water it around June 3."])


class SoilState(View):
    """How dry the soil is: an estimate from the air since the last watering (docs/plants.md)."""

    since: Timestamp = Field(description="The last watering, or rain since.")
    rain: bool = Field(description="Was that rain?")
    drying: int | None = Field(ge=0, le=100, description="%: 100 means that water is due.", examples=[62])
    due: Day | None = Field(description="The day water is due; null where no interval is known.")
    due_earliest: Day | None
    due_latest: Day | None
    interval_days: float | None = Field(
        description="Interval in the air of a room of 22 °C and 50 %.", examples=[8.4]
    )
    interval_from: Literal["profile", "owner"] | None
    confidence: Literal["low", "medium", "high"] | None


class Night(View):
    """The coming night, 18:00 to 09:00, or what is left of the running one."""

    start: Hour
    end: Hour
    temperature_min: Celsius
    temperature_min_p10: Celsius = Field(description="How cold it may get one time in ten, °C.")
    temperature_max: Celsius
    mood: AdvisedMood
    advice_ko: str
    advice_en: str
    conditions: list[AdviceCondition]


class PlantAdvice(View):
    """What the weather ahead means for a plant where it stands."""

    profile: PlantBrief
    place: PlantPlace
    water: WaterAnswer
    soil: SoilState | None = Field(description="Null where no watering is known.")
    tonight: Night | None = Field(description="Null when the forecast is stale or does not reach it.")
    notes_ko: list[str] = Field(description="What to know before trusting it; show it.")
    notes_en: list[str] = Field(description="What to know before trusting it; show it.")
    hourly_units: PlantHourlyUnits = PlantHourlyUnits()
    hourly: PlantHourly
    days: list[AdviceDay]


class AdviceResponse(PlantAdvice, IssuedBrief):
    """Advice for one plant."""


class AdvicesResponse(IssuedBrief):
    """Advice for several plants, in the order asked for."""

    plants: list[PlantAdvice]


class DeviceResponse(View):
    """The least that a smart pot or a pump needs."""

    water: bool | None = Field(description="Water it today? Null: not known, feel the soil.")
    drying: int | None = Field(description="Drying of the soil, %", examples=[62])
    due: date | None = Field(description="The day water is due (KST).", examples=["2025-06-03"])
    until: datetime = Field(
        description="Ask again then; after the next hourly update.", examples=["2025-05-30T10:20:00+09:00"]
    )
    stale: bool = Field(description="True: there is no forecast to act on.")
    source: Source
