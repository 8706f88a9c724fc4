"""Answers of the routes on pipeline runs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from plantcast_api.models import Day, Hour, Moment

RunId = Annotated[
    str, Field(description="Name of the execution.", examples=["manual-20250530T020000-0a1b2c"])
]
Seconds = Annotated[float, Field(ge=0, description="Seconds", examples=[38.9])]
Station = Annotated[str, Field(description="ASOS station number", examples=["108"])]


class RunEntry(BaseModel):
    """One run of the pipeline."""

    run_id: RunId
    started_at: Moment
    finished_at: Moment | None = Field(description="Null while it runs.")
    seconds: Seconds | None = Field(description="From start to finish; null while it runs.")
    as_of: Day | None = Field(description="The day it stood at; null if its input was rejected.")
    stations: list[Station]
    retrain: bool | None = Field(description="Did it train models? Null if its input was rejected.")
    outcome: Literal["running", "succeeded", "degraded", "failed"]
    message_ko: str = Field(examples=["예보 발표: 서울(108)."])
    message_en: str = Field(examples=["Forecast issued for Seoul(108)."])


class RunsResponse(BaseModel):
    """Runs, the one started last first."""

    timezone: str = "Asia/Seoul"
    runs: list[RunEntry]


class RunStepEntry(BaseModel):
    """One step of the run that has ended, for one station (and target) where it has one."""

    name: str = Field(description="Name of the step.", examples=["Train"])
    started_at: Moment
    seconds: Seconds
    status: Literal["succeeded", "failed"]
    station: Station | None = Field(default=None, description="Null for a step of the whole run.")
    target: Literal["ta", "hm"] | None = Field(default=None, description="For which target.")


class IngestFacts(BaseModel):
    """Result of fetching observations."""

    status: Literal["complete", "partial", "failed"]
    hours_new: int | None = Field(ge=0, examples=[24])
    hours_corrected: int | None = Field(ge=0, examples=[0])
    values_masked: int | None = Field(ge=0, description="Values rejected by quality control.", examples=[1])


class ModelFacts(BaseModel):
    """Result of one target's training."""

    target: Literal["ta", "hm"]
    version: str | None = Field(description="Trained by this run; null when it trained none.")
    promoted: bool
    reason_ko: str = Field(description="Why it was promoted or not, or why there is none.")
    reason_en: str


class ForecastFacts(BaseModel):
    """The forecast: `hindcast` of a run that stands at a past day, `unchanged` if one was issued before."""

    status: Literal["issued", "unchanged", "hindcast", "no_data"]
    origin: Hour | None


class StationFacts(BaseModel):
    """How the run ended for one station."""

    station: Station
    status: Literal["ok", "degraded", "failed"]
    message: str = Field(description="Why it is not `ok`; empty when it is.")
    ingest: IngestFacts | None
    models: list[ModelFacts] = Field(description="Empty when no model was trained.")
    forecast: ForecastFacts | None


class RunResponse(RunEntry):
    """One run, with its steps."""

    timezone: str = "Asia/Seoul"
    steps: list[RunStepEntry] = Field(description="By start; each once it has ended. Kept for 90 days.")
    facts: list[StationFacts] = Field(description="By station; empty until the run is closed.")
