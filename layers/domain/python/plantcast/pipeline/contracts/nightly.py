"""Inputs and outputs of the nightly run's steps, ingest apart."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import (
    AwareDatetime,
    ConfigDict,
    Field,
    StrictBool,
)

from plantcast.forecasting import Target
from plantcast.forecasting.evaluation.gates import Gate
from plantcast.forecasting.issued import ModelUsed
from plantcast.pipeline.contracts.base import Contract, Day, Hour, StationList, Text


class RunOptions(Contract):
    """Input of an execution of the pipeline."""

    model_config = ConfigDict(extra="forbid")

    stations: StationList | None = None
    retrain: StrictBool | None = None
    as_of: Day | None = None


class PrepareEvent(Contract):
    """Start of a run."""

    run_id: Text
    started_at: AwareDatetime
    input: Any = Field(default=None, description="`stations?`, `retrain?`, `as_of?`, or EventBridge's event")


class RunPlan(Contract):
    """The plan of a run, as the state machine carries it."""

    status: Literal["ready", "waiting"]
    run_id: Text
    as_of: Day
    hindcast: bool = Field(description="`as_of` is a past day")
    stations: tuple[str, ...]
    pending: tuple[str, ...] = Field(description="stations to ingest")
    checks: int = Field(description="of freshness, so far")
    retrain: bool
    targets: tuple[Target, ...]
    freshness_max_checks: int
    freshness_wait_seconds: int
    message: str


class FreshnessEvent(Contract):
    """Which stations are ingested again, after ingest."""

    event: Literal["check_freshness"]
    plan: RunPlan


class FeaturesEvent(Contract):
    """Features of a station."""

    run_id: Text
    station: Text
    as_of: Day


class FeaturesResult(Contract):
    """Where the features are."""

    station: str
    status: Literal["ready", "no_data"]
    features_key: str | None
    origin: Hour | None
    history_hours: int
    message: str


class TrainEvent(Contract):
    """Training of a target."""

    run_id: Text
    station: Text
    target: Target
    features_key: Text
    origin: Hour


class TrainResult(Contract):
    """The trained version."""

    station: str
    target: Target
    version: str | None
    status: Literal["trained", "skipped"]
    rows: int
    trees: int
    seconds: float
    message: str


class EvaluateEvent(TrainEvent):
    """Evaluation of a version."""

    version: Text


class BlockScores(Contract):
    """RMSE of each forecast over a block of leads, on the same pairs."""

    challenger: float | None
    champion: float | None
    benchmark: float | None = Field(default=None, description="where it is another version")
    persistence: float | None
    climatology: float | None
    damped_anomaly: float | None


class Scores(Contract):
    """Scores of a decision; four decimals, null where there is no score."""

    from_: Hour = Field(alias="from")
    to: Hour
    pairs: int
    days: float
    leads_1_48: BlockScores
    leads_1_24: BlockScores
    leads_25_48: BlockScores
    bias: float | None
    coverage_80: float | None


class EvaluateResult(Contract):
    """Whether the version was promoted, and why."""

    station: str
    target: Target
    version: str
    promoted: bool
    reason_ko: str
    reason_en: str
    scores: Scores | dict[Any, Any] = Field(description="{} of a pointer whose version was never evaluated")
    gates: tuple[Gate, ...]


class PredictEvent(Contract):
    """A forecast by a run."""

    run_id: Text
    station: Text
    features_key: Text
    origin: Hour
    hindcast: bool = False


class OnDemandEvent(Contract):
    """A forecast requested by the API, or by the hourly update."""

    station: Text
    force: bool = False
    update: bool = Field(default=False, description="by the hourly update")


class PredictResult(Contract):
    """The issued forecast."""

    station: str
    status: Literal["issued", "unchanged", "hindcast", "no_data"]
    origin: Hour | None
    issued_at: str | None
    models: dict[Target, ModelUsed] | None
    degraded_reasons: tuple[str, ...]
    message: str


class FinishEvent(Contract):
    """End of a run."""

    event: Literal["finish"]
    run_id: Text
    started_at: AwareDatetime
    as_of: Day | None = None


class FailEvent(Contract):
    """End of a run that stopped."""

    event: Literal["fail"]
    run_id: Text
    started_at: AwareDatetime
    error: Any = Field(default=None, description="Step Functions' {`Error`, `Cause`}")


class MonitorResult(Contract):
    """Outcome of a run."""

    run_id: str
    outcome: Literal["succeeded", "degraded", "failed"]
    message_ko: str
    message_en: str
    verified: int = Field(description="days verified")


class NotifyFailureEvent(Contract):
    """Notice of a failed run; any other event sends the plants' notices of the day."""

    run_id: Text
    message_ko: str = ""
    message_en: str = ""


class NotifyResult(Contract):
    """Counts of notices."""

    published: int
    suppressed: int = Field(description="plants without a change, or published before")
