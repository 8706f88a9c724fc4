"""Predict: issue the 48-hour forecast, from a run's features, or from the lake for API and hourly update."""

from __future__ import annotations

from functools import cache
from typing import Any

from plantcast.aws import DynamoTable, S3ObjectStore
from plantcast.common.logging import step
from plantcast.common.settings import ClockSettings, LakeSettings, TableSettings
from plantcast.forecasting.combination_store import CombinationStore
from plantcast.forecasting.issued import HINDCAST, ForecastStore
from plantcast.forecasting.shadows import ShadowStore
from plantcast.guidance.lake import GuidanceLake
from plantcast.guidance.status import FeedStatuses
from plantcast.observations.lake import ObservationLake
from plantcast.pipeline import run_steps
from plantcast.pipeline.contracts.nightly import OnDemandEvent, PredictEvent
from plantcast.pipeline.learning import LearningStep
from plantcast.pipeline.predict import PredictStep
from plantcast.pipeline.published import PublishedForecasts
from plantcast.pipeline.run_steps import recorded
from plantcast.registry import ModelRegistry


class Settings(ClockSettings, LakeSettings, TableSettings):
    """The environment this function needs."""


@cache
def _wiring() -> PredictStep:
    settings = Settings.model_validate({})
    store = S3ObjectStore(settings.data_bucket)
    table = DynamoTable(settings.table_name)
    registry, guidance = ModelRegistry(store), GuidanceLake(store)
    return PredictStep(
        store,
        ObservationLake(store, settings.observation_source),
        registry,
        ForecastStore(table),
        ShadowStore(table),
        PublishedForecasts(guidance, FeedStatuses(table)),
        LearningStep(guidance, registry, CombinationStore(store)),
        settings.clock(),
    )


@step
@recorded("predict")
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Take a `PredictEvent` of a run or an `OnDemandEvent` of API or update; return a `PredictResult`."""
    if "features_key" not in event and "run_id" not in event:
        request = OnDemandEvent.parse(event)
        return _wiring().from_lake(request.station, force=request.force, update=request.update).to_json()
    given = PredictEvent.parse(event)
    result = _wiring().from_features(
        given.run_id, given.station, given.features_key, given.origin, _reasons(given)
    )
    return result.to_json()


def _reasons(given: PredictEvent) -> tuple[str, ...]:
    """Return why the run's forecast of a station is degraded, apart from its models."""
    ingested = run_steps.recorder().steps.at(given.run_id, "ingest", given.station)
    complete = ingested is not None and ingested.status == "complete"
    reasons = () if complete else ("observations_incomplete",)
    return (HINDCAST, *reasons) if given.hindcast else reasons
