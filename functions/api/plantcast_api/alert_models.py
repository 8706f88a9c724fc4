"""What `/api/alerts` answers: the state of every plant, and the notices sent."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from plantcast_api.models import Day, Hour, Moment, Source, StationInfo
from plantcast_api.plant_models import Mood, NameEn, NameKo, NeedsWater, ProfileId

Text = Annotated[str, Field(description="What the notice says.")]


class PlantState(BaseModel):
    """A plant's state by the newest forecast that a run has checked."""

    profile: ProfileId
    name_ko: NameKo
    name_en: NameEn
    mood: Mood
    needs_water: NeedsWater
    since: Moment = Field(description="Since when it is so.")
    origin: Hour = Field(description="Last observation used by the forecast.")
    day: Day = Field(description="The day of the forecast.")
    notified: bool = Field(description="Does this deployment send notices for this profile?")


class Notice(BaseModel):
    """A change of a plant's state, as notified or to be notified."""

    profile: ProfileId
    mood: Mood
    needs_water: NeedsWater
    before: Mood | None = Field(description="The state notified before; null for the first notice.")
    day: Day = Field(description="The day it is about.")
    created_at: Moment
    due_at: Moment = Field(description="Not before: the end of the quiet hours it was made in.")
    published_at: Moment | None = Field(description="When it went out; null while or if it did not.")
    status: Literal["published", "waiting", "superseded"] = Field(
        description="`superseded`: the state changed before it went out, and was not sent."
    )
    subject: str = Field(examples=["[Plantcast] Seoul, Monstera: needs water today"])
    text_ko: Text
    text_en: Text


class AlertsResponse(BaseModel):
    """How every plant is at a station, and the newest notices."""

    station: StationInfo
    timezone: str = "Asia/Seoul"
    source: Source
    quiet_hours: str | None = Field(
        description="KST hours in which no notice is sent; null for none.", examples=["22:00-07:00"]
    )
    alerts: list[PlantState] = Field(description="By profile; empty before the first run.")
    notices: list[Notice] = Field(description="The newest first.")
    attribution: str = Field(description="Must be shown with the data.")
