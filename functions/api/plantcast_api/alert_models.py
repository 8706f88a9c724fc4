"""Answer of `/api/alerts`: the state of every plant, and the notices sent."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from plantcast_api.models import Day, Hour, Moment, Source, StationInfo
from plantcast_api.plant_models import Mood, NameEn, NameKo, NeedsWater, ProfileId

Text = Annotated[str, Field(description="Text of the notice.")]


class PlantState(BaseModel):
    """State of a plant on a day, computed once a day."""

    profile: ProfileId
    name_ko: NameKo
    name_en: NameEn
    mood: Mood
    needs_water: NeedsWater
    since: Moment = Field(description="When this state was first found.")
    origin: Hour = Field(description="Last observation used by the forecast.")
    day: Day = Field(description="The day of this state.")
    notified: bool = Field(description="Does this deployment send notices for this profile?")


class Notice(BaseModel):
    """The notice of a change of a plant's state."""

    profile: ProfileId
    mood: Mood
    needs_water: NeedsWater
    before: Mood | None = Field(description="Mood on the day before; null for the first.")
    day: Day = Field(description="The day of the new state.")
    created_at: Moment
    published_at: Moment | None = Field(description="When SNS accepted it; null if it did not.")
    subject: str = Field(examples=["[Plantcast] Seoul, Monstera: needs water today"])
    text_ko: Text
    text_en: Text


class AlertsResponse(BaseModel):
    """State of every plant at a station, and the newest notices."""

    station: StationInfo
    timezone: str = "Asia/Seoul"
    source: Source
    alerts: list[PlantState] = Field(description="By profile; empty before the first notices.")
    notices: list[Notice] = Field(description="The newest first.")
    attribution: str = Field(description="Must be shown with the data.")
