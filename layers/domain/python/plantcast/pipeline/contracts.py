"""Inputs and outputs of the steps, one model each; `make openapi` writes them into docs/contracts.md."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictBool,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import ErrorDetails

from plantcast.common.clock import iso_hour, parse_day, parse_hour
from plantcast.common.errors import InvalidInputError
from plantcast.common.stations import station as known_station
from plantcast.forecasting import Target
from plantcast.forecasting.evaluation.gates import Gate
from plantcast.forecasting.issued import ModelUsed


def _day(value: Any, info: ValidationInfo) -> date:
    return value if type(value) is date else parse_day(value, name=str(info.field_name))


def _hour(value: Any, info: ValidationInfo) -> datetime:
    return value if isinstance(value, datetime) else parse_hour(value, name=str(info.field_name))


def _stations(value: Any) -> tuple[str, ...]:
    numbers = [str(one) if type(one) is int else one for one in value] if isinstance(value, list) else []
    if not numbers or not all(isinstance(one, str) for one in numbers):
        raise ValueError('write a list of station numbers, for example ["108"]')
    # dict.fromkeys: each station once, in the order given.
    return tuple(dict.fromkeys(known_station(number).number for number in numbers))


Text = Annotated[str, Field(min_length=1)]
Day = Annotated[date, BeforeValidator(_day)]
Hour = Annotated[datetime, BeforeValidator(_hour), PlainSerializer(iso_hour)]
StationList = Annotated[tuple[str, ...], BeforeValidator(_stations)]


class Contract(BaseModel):
    """Base of all inputs and outputs."""

    model_config = ConfigDict(frozen=True)

    @classmethod
    def parse(cls, given: object) -> Self:
        """Return `given` as this model.

        Raises:
            InvalidInputError: it is not a JSON object, or a field is missing, unknown or wrong.
        """
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            problems = "; ".join(map(_problem, error.errors()))
            raise InvalidInputError(
                f"{problems}.", remedy="Send the fields listed in docs/contracts.md."
            ) from None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _problem(error: ErrorDetails) -> str:
    name = ".".join(map(str, error["loc"])) or "event"
    if error["type"] == "missing":
        return f"{name} is missing"
    return f"{name}={error['input']!r}: {error['msg'].removeprefix('Value error, ')}"


class RunOptions(Contract):
    """Input of an execution of the pipeline."""

    model_config = ConfigDict(extra="forbid")

    stations: StationList | None = None
    retrain: StrictBool | None = None
    as_of: Day | None = None


class BackfillOptions(Contract):
    """Input of an execution of the backfill."""

    model_config = ConfigDict(extra="forbid")

    stations: StationList | None = None
    start: Any = Field(description="first day")
    end: Any = Field(default=None, description="last day")


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


class Rejection(Contract):
    """A wrong input of an execution; nothing is started."""

    status: Literal["rejected"] = "rejected"
    run_id: Text
    message: str


class FreshnessEvent(Contract):
    """Which stations are ingested again, after ingest."""

    event: Literal["check_freshness"]
    plan: RunPlan


class NightEvent(Contract):
    """Observations of the last days before `as_of`."""

    station: Text
    as_of: Day
    run_id: Text | None = None


class DaysEvent(Contract):
    """Observations of the days `start` to `end`, both included: a backfill."""

    station: Text
    start: Day
    end: Day
    run_id: Text | None = None


class ImportEvent(Contract):
    """A file of the KMA's portal."""

    import_key: Text = Field(description="an object under `raw/portal/`, imported whole or not at all")
    run_id: Text | None = None


class RebuildEvent(Contract):
    """A station's lake from the raw archive alone."""

    station: Text
    rebuild: Literal[True]
    run_id: Text | None = None


class ForgetEvent(Contract):
    """Hours to remove from the lake."""

    station: Text
    forget_from: Hour
    forget_to: Hour = Field(description="included")
    run_id: Text | None = None


StopReason = Literal["none", "quota", "key", "time", "unpublished"]


class IngestRefusal(Contract):
    """An event that a retry cannot help."""

    station: Any
    status: Literal["failed"] = "failed"
    stopped_by: StopReason
    retry_after_seconds: int = 0
    message: str


class IngestResult(Contract):
    """Result of an ingest: `first`, `last`, the counts and `missing` are of the hours requested.

    `status` is `complete` when all required hours are in the lake: of a nightly run those of yesterday, of a
    backfill the whole range. Otherwise it is `partial` when a retry later can help, `failed` when it cannot
    (key refused, day's quota used up); `stopped_by` and `message` name what ended it early.
    """

    station: str
    status: Literal["complete", "partial", "failed"]
    source: str
    first: Hour | None
    last: Hour | None
    hours_expected: int = Field(description="of those requested: of a night the last 10 days")
    hours_present: int
    hours_new: int
    hours_corrected: int
    values_masked: int
    missing: tuple[Hour, ...] = Field(description="the first 24")
    stopped_by: StopReason
    retry_after_seconds: int
    report_key: str
    message: str


class StationImport(Contract):
    """What an imported file brought of one station."""

    station: str
    first: Hour | None
    last: Hour | None
    hours_new: int
    hours_corrected: int
    hours_unchanged: int
    values_masked: int
    report_key: str


class ImportResult(Contract):
    """Result of an import."""

    status: Literal["complete", "partial", "failed"] = Field(
        description="partial: rows of unknown stations left out"
    )
    message: str
    file: str
    stations: tuple[StationImport, ...]


class RebuildResult(Contract):
    """Result of a rebuild."""

    station: str
    status: Literal["complete", "partial", "failed"]
    responses: int = Field(description="read")
    unreadable: int = Field(description="no page of rows")
    months: int
    months_rewritten: int
    months_kept: tuple[str, ...] = Field(description="`YYYY-MM`: left alone, raw lacks hours they hold")
    message: str


class ForgetResult(Contract):
    """Result of a removal."""

    station: str
    status: Literal["complete", "failed"]
    hours_removed: int
    report_key: str
    message: str


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
    """A forecast requested by the API."""

    station: Text
    force: bool = False


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


class BackfillPlanEvent(Contract):
    """Start of a backfill."""

    event: Literal["plan"]
    run_id: Text
    started_at: AwareDatetime
    input: Any = Field(default=None, description="`stations?`, `start`, `end?`")


class BackfillPlanResult(Contract):
    """Plan of a backfill."""

    status: Literal["ready"]
    run_id: str
    start: Day
    end: Day
    stations: tuple[str, ...]
    chunks_bucket: str
    chunks_key: str
    chunks: int
    message: str


class ChunkFailureEvent(Contract):
    """A chunk that failed."""

    event: Literal["failure"]
    run_id: Text
    station: Text
    start: Text
    end: Text
    error: Any = Field(default=None, description="Step Functions' {`Error`, `Cause`}")


class ChunkFailureResult(Contract):
    """The recorded failure."""

    station: str
    status: Literal["recorded"] = "recorded"
    message: str


class BackfillReportEvent(Contract):
    """End of a backfill."""

    event: Literal["report"]
    run_id: Text
    start: Day
    end: Day
    stations: tuple[str, ...]


class BackfillReportResult(Contract):
    """Report of a backfill."""

    run_id: str
    status: Literal["complete", "partial", "failed"]
    hours_expected: int
    hours_present: int
    incomplete: tuple[str, ...]
    report_key: str
    message: str


# Function, input, outputs.
STEPS: Final[tuple[tuple[str, type[Contract], tuple[type[Contract], ...]], ...]] = (
    ("prepare", PrepareEvent, (RunPlan, Rejection)),
    ("prepare", FreshnessEvent, (RunPlan,)),
    ("ingest", NightEvent, (IngestResult, IngestRefusal)),
    ("ingest", DaysEvent, (IngestResult, IngestRefusal)),
    ("ingest", ImportEvent, (ImportResult, IngestRefusal)),
    ("ingest", RebuildEvent, (RebuildResult, IngestRefusal)),
    ("ingest", ForgetEvent, (ForgetResult, IngestRefusal)),
    ("features", FeaturesEvent, (FeaturesResult,)),
    ("train", TrainEvent, (TrainResult,)),
    ("evaluate", EvaluateEvent, (EvaluateResult,)),
    ("predict", PredictEvent, (PredictResult,)),
    ("predict", OnDemandEvent, (PredictResult,)),
    ("monitor", FinishEvent, (MonitorResult,)),
    ("monitor", FailEvent, (MonitorResult,)),
    ("notify", NotifyFailureEvent, (NotifyResult,)),
    ("backfill", BackfillPlanEvent, (BackfillPlanResult, Rejection)),
    ("backfill", ChunkFailureEvent, (ChunkFailureResult,)),
    ("backfill", BackfillReportEvent, (BackfillReportResult,)),
)
