"""Which function has which inputs and outputs; `make openapi` writes them into docs/contracts.md."""

from __future__ import annotations

from typing import Final

from plantcast.pipeline.contracts.backfill import (
    BackfillPlanEvent,
    BackfillPlanResult,
    BackfillReportEvent,
    BackfillReportResult,
    ChunkFailureEvent,
    ChunkFailureResult,
)
from plantcast.pipeline.contracts.base import Contract, Rejection
from plantcast.pipeline.contracts.guidance import (
    GuidanceBackfillEvent,
    GuidanceBackfillResult,
    GuidanceImportEvent,
    GuidanceImportResult,
)
from plantcast.pipeline.contracts.ingest import (
    DaysEvent,
    ForgetEvent,
    ForgetResult,
    ImportEvent,
    ImportResult,
    IngestRefusal,
    IngestResult,
    NightEvent,
    RebuildEvent,
    RebuildResult,
)
from plantcast.pipeline.contracts.nightly import (
    EvaluateEvent,
    EvaluateResult,
    FailEvent,
    FeaturesEvent,
    FeaturesResult,
    FinishEvent,
    FreshnessEvent,
    MonitorResult,
    NotifyFailureEvent,
    NotifyResult,
    OnDemandEvent,
    PredictEvent,
    PredictResult,
    PrepareEvent,
    RunPlan,
    TrainEvent,
    TrainResult,
)
from plantcast.pipeline.contracts.update import UpdateEvent, UpdateResult

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
    ("update", UpdateEvent, (UpdateResult, Rejection)),
    ("update", GuidanceImportEvent, (GuidanceImportResult,)),
    ("update", GuidanceBackfillEvent, (GuidanceBackfillResult,)),
    ("monitor", FinishEvent, (MonitorResult,)),
    ("monitor", FailEvent, (MonitorResult,)),
    ("notify", NotifyFailureEvent, (NotifyResult,)),
    ("backfill", BackfillPlanEvent, (BackfillPlanResult, Rejection)),
    ("backfill", ChunkFailureEvent, (ChunkFailureResult,)),
    ("backfill", BackfillReportEvent, (BackfillReportResult,)),
)
