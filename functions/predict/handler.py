"""Predict: issue the 48-hour forecast, from a run's features or (called by the API) from the lake."""

from __future__ import annotations

from functools import cache
from typing import Any

from plantcast.aws import DynamoTable, S3ObjectStore
from plantcast.common.clock import parse_hour
from plantcast.common.logging import step
from plantcast.common.settings import ClockSettings, LakeSettings, TableSettings
from plantcast.forecasting.issued import HINDCAST, ForecastStore
from plantcast.forecasting.shadows import ShadowStore
from plantcast.observations.lake import ObservationLake
from plantcast.pipeline import run_steps
from plantcast.pipeline.contracts import text
from plantcast.pipeline.predict import PredictStep
from plantcast.pipeline.run_steps import recorded
from plantcast.registry import ModelRegistry


class Settings(ClockSettings, LakeSettings, TableSettings):
    """The environment this function needs."""


@cache
def _wiring() -> PredictStep:
    settings = Settings.model_validate({})
    store = S3ObjectStore(settings.data_bucket)
    table = DynamoTable(settings.table_name)
    return PredictStep(
        store,
        ObservationLake(store, settings.observation_source),
        ModelRegistry(store),
        ForecastStore(table),
        ShadowStore(table),
        settings.clock(),
    )


@step
@recorded("predict")
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Take `run_id`, `station`, `features_key`, `origin`, `hindcast`, or `station` and `force`."""
    station = text(event, "station")
    if "features_key" not in event and "run_id" not in event:  # asked for by the API, outside a run
        return _wiring().from_lake(station, force=event.get("force") is True)
    return _wiring().from_features(
        text(event, "run_id"),
        station,
        text(event, "features_key"),
        parse_hour(text(event, "origin"), name="origin"),
        _reasons(event),
    )


def _reasons(event: dict[str, Any]) -> tuple[str, ...]:
    """Return why the run's forecast of a station is degraded before any model was looked at."""
    ingested = run_steps.recorder().steps.at(event["run_id"], "ingest", event["station"])
    complete = ingested is not None and ingested.facts.get("status") == "complete"
    reasons = () if complete else ("observations_incomplete",)
    return (HINDCAST, *reasons) if event.get("hindcast") is True else reasons
