"""What the routes on plants answer: typed, with units and examples."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AliasPath, BeforeValidator, Field

from plantcast.notifications.texts import VARIABLE_NAMES, shown_probability
from plantcast_api.models import Day, Hour, Sourced, StationInfo, Timestamp, View

ProfileId = Annotated[str, Field(description="Id of the plant profile.", examples=["monstera"])]
NameKo = Annotated[str, Field(examples=["몬스테라"])]
NameEn = Annotated[str, Field(examples=["Monstera"])]
Kind = Annotated[
    Literal["cold", "hot", "dry"], Field(description="What is wrong beyond the limit.", examples=["hot"])
]
VariableName = Annotated[
    Literal["temperature_2m", "relative_humidity_2m", "vapour_pressure_deficit"],
    BeforeValidator(VARIABLE_NAMES.get),
    Field(description="What is limited.", examples=["temperature_2m"]),
]
Operator = Annotated[
    Literal["at_least", "at_most"], Field(description="On which side of `threshold` the harm begins.")
]
Threshold = Annotated[float, Field(description="The limit, in `unit`; reaching it counts.", examples=[32.0])]
Unit = Annotated[Literal["°C", "%", "kPa"], Field(examples=["°C"])]
Place = Annotated[
    Literal["indoor", "balcony", "outdoor"], Field(description="Where it usually stands in Korea.")
]
Mood = Annotated[
    Literal["happy", "thirsty", "hot", "cold"],
    Field(description="The plant's face; of several reasons cold comes before hot before thirsty."),
]
NeedsWater = Annotated[bool, Field(description="Does it need water on that day?")]
Probability = Annotated[
    float,
    Field(ge=0, le=1, description="From the forecast's range, rounded down.", examples=[0.78]),
    BeforeValidator(shown_probability),
]
Range = tuple[float, float]


class PlantComfort(View):
    """Comfortable ranges, [low, high]; null where no source gives one."""

    temperature: Range | None = Field(validation_alias="ta", description="°C", examples=[[18.0, 27.0]])
    humidity: Range | None = Field(
        validation_alias="hm", description="Relative humidity, %", examples=[[50.0, 60.0]]
    )
    vapour_pressure_deficit: Range | None = Field(
        validation_alias="vpd", description="kPa", examples=[[0.8, 1.8]]
    )


class PlantLimit(View):
    """What a plant must not meet in any hour of a day."""

    kind: Kind
    variable: VariableName
    comparison: Operator
    threshold: Threshold
    unit: Unit
    waters: bool = Field(description="Does a plant beyond the limit need water?")
    basis: str = Field(description="Where the number comes from.", examples=["32 °C (HowStuffWorks)"])


class PlantWatering(View):
    """How often a plant is usually watered."""

    interval_days: Range = Field(
        description="Days, [from, to], in the air of a room: 22 °C and 50 %.", examples=[[7.0, 10.0]]
    )
    winter_interval_days: Range | None = Field(
        description="The same at rest, November to February, in a heated room; null where it does not rest.",
        examples=[None],
    )
    basis: str = Field(
        description="Where the numbers come from.", examples=["Every 7–10 days (sepialy.com)."]
    )


class PlantSource(View):
    """A source of a profile's numbers."""

    title: str = Field(examples=["Nook: Monstera"])
    url: str | None = Field(description="Null for what is on no page.")


class PlantBrief(View):
    """Which plant an answer is about."""

    id: ProfileId = Field(validation_alias="key")
    name_ko: NameKo
    name_en: NameEn
    place: Place


class Plant(PlantBrief):
    """A plant profile."""

    scientific_name: str | None = Field(examples=["Monstera deliciosa"])
    comfortable: PlantComfort
    basis: str = Field(description="Where the comfortable ranges come from.")
    limits: list[PlantLimit]
    watering: PlantWatering | None = Field(description="Null where no source gives an interval.")
    sources: list[PlantSource]


class PlantsResponse(View):
    """Every plant profile there is."""

    default: str = Field(description="Id of the profile for a plant of unknown kind.", examples=["default"])
    plants: list[Plant]


class PlantState(View):
    """State of a plant on a day, computed once a day."""

    profile: ProfileId
    name_ko: NameKo
    name_en: NameEn
    mood: Mood
    needs_water: NeedsWater
    since: Timestamp = Field(description="When this state was first found.")
    origin: Hour = Field(description="Last observation used by the forecast.")
    day: Day = Field(description="The day of this state.")
    notified: bool = Field(description="Does this deployment send notices for this profile?")


class Notice(View):
    """The notice of a change of a plant's state."""

    profile: ProfileId
    mood: Mood
    needs_water: NeedsWater
    before: Mood | None = Field(
        default=None,
        validation_alias=AliasPath("before", "mood"),
        description="Mood on the day before; null for the first.",
    )
    day: Day = Field(description="The day of the new state.")
    created_at: Timestamp
    published_at: Timestamp | None = Field(description="When SNS accepted it; null if it did not.")
    subject: str = Field(examples=["[Plantcast] Seoul, Monstera: needs water today"])
    text_ko: str
    text_en: str


class AlertsResponse(Sourced):
    """State of every plant at a station, and the newest notices."""

    station: StationInfo
    timezone: str = "Asia/Seoul"
    alerts: list[PlantState] = Field(description="By profile; empty before the first notices.")
    notices: list[Notice] = Field(description="The newest first.")
