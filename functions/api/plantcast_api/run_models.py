"""What the routes on pipeline runs answer: typed, with examples."""

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
    """One state of the state machine that the run went through."""

    name: str = Field(description="Name of the state.", examples=["Train"])
    started_at: Moment
    seconds: Seconds | None = Field(description="Null while it runs.")
    status: Literal["running", "succeeded", "failed"]
    station: Station | None = Field(default=None, description="For which station, inside of a Map state.")
    target: Literal["ta", "hm"] | None = Field(default=None, description="For which target.")


class IngestFacts(BaseModel):
    """What fetching observations brought."""

    status: Literal["complete", "partial", "failed"]
    hours_new: int | None = Field(ge=0, examples=[24])
    hours_corrected: int | None = Field(ge=0, examples=[0])
    values_masked: int | None = Field(ge=0, description="Values rejected by quality control.", examples=[1])


class ModelFacts(BaseModel):
    """What became of one target's training."""

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
    steps: list[RunStepEntry] = Field(
        description="By start: the states of the run, and the steps of each station once they have ended."
    )
    steps_problem: str | None = Field(
        description="Why there are no steps, or not all; null when all is well."
    )
    facts: list[StationFacts] = Field(description="By station; empty until the run is closed.")
