"""Answers of the routes on pipeline runs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, computed_field

from plantcast_api.forecast.models import TargetName
from plantcast_api.models import Day, Hour, StationNumber, Timestamp, View

RunId = Annotated[
    str, Field(description="Name of the execution.", examples=["manual-20250530T020000-0a1b2c"])
]
Seconds = Annotated[float, Field(ge=0, description="Seconds", examples=[38.9])]


class RunEntry(View):
    """One run of the pipeline."""

    run_id: RunId
    started_at: Timestamp
    finished_at: Timestamp | None = Field(description="Null while it runs.")
    as_of: Day | None = Field(description="The day it was run for; null if its input was rejected.")
    stations: list[StationNumber]
    retrain: bool | None = Field(description="Did it train models? Null if its input was rejected.")
    outcome: Literal["running", "succeeded", "degraded", "failed"]
    message_ko: str = Field(examples=["예보 발표: 서울(108)."])
    message_en: str = Field(examples=["Forecast issued for Seoul (108)."])

    @computed_field(description="From start to finish; null while it runs.")  # type: ignore[prop-decorator]
    @property
    def seconds(self) -> Seconds | None:
        """How long it took."""
        if self.finished_at is None:
            return None
        return round((self.finished_at - self.started_at).total_seconds(), 1)


class RunsResponse(View):
    """Runs, the one started last first."""

    timezone: str = "Asia/Seoul"
    runs: list[RunEntry]


def _status(error: str | None) -> str:
    return "succeeded" if error is None else "failed"


class RunStepEntry(View):
    """One step of the run that has ended, for one station (and target) where it has one."""

    name: Annotated[str, BeforeValidator(str.capitalize)] = Field(
        validation_alias="step", description="Name of the step.", examples=["Train"]
    )
    started_at: Timestamp
    seconds: Seconds
    status: Annotated[Literal["succeeded", "failed"], BeforeValidator(_status)] = Field(
        validation_alias="error"
    )
    station: StationNumber | None = Field(default=None, description="Null for a step of the whole run.")
    target: TargetName | None = Field(default=None, description="For which target.")


class IngestFacts(View):
    """Result of fetching observations."""

    status: Literal["complete", "partial", "failed"]
    hours_new: int | None = Field(ge=0, examples=[24])
    hours_corrected: int | None = Field(ge=0, examples=[0])
    values_masked: int | None = Field(ge=0, description="Values rejected by quality control.", examples=[1])


class ModelFacts(View):
    """Result of one target's training."""

    target: TargetName
    version: str | None = Field(description="Trained by this run; null when it trained none.")
    promoted: bool
    reason_ko: str = Field(description="Why it was promoted or not, or why there is none.")
    reason_en: str


class ForecastFacts(View):
    """The forecast: `hindcast` of a run for a past day, `unchanged` if one was issued before."""

    status: Literal["issued", "unchanged", "hindcast", "no_data"]
    origin: Hour | None


class StationFacts(View):
    """How the run ended for one station."""

    station: StationNumber
    status: Literal["ok", "degraded", "failed"] = Field(validation_alias="state")
    message: Annotated[str, BeforeValidator("; ".join)] = Field(
        validation_alias="reasons", description="Why it is not `ok`; empty when it is."
    )
    ingest: IngestFacts | None = None
    models: list[ModelFacts] = Field(default=[], description="Empty when no model was trained.")
    forecast: ForecastFacts | None = None


class RunResponse(RunEntry):
    """One run, with its steps."""

    timezone: str = "Asia/Seoul"
    steps: list[RunStepEntry] = Field(description="By start; each once it has ended. Kept for 90 days.")
    facts: list[StationFacts] = Field(description="By station; empty until the run is closed.")
