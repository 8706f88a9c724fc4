"""Train: one version of one target for one station."""

from __future__ import annotations

from functools import cache
from typing import Any

from plantcast.clock import parse_hour
from plantcast.forecasting.events import target, text
from plantcast.forecasting.train_step import TrainStep
from plantcast.observability import step
from plantcast.registry import ModelRegistry
from plantcast.run_steps import recorded
from plantcast.settings import LakeSettings
from plantcast.storage import S3ObjectStore


@cache
def _wiring() -> TrainStep:
    store = S3ObjectStore(LakeSettings.model_validate({}).data_bucket)
    return TrainStep(store, ModelRegistry(store))


@step
@recorded("train")
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Take `run_id`, `station`, `target`, `features_key`, `origin`; return the version and what it took."""
    return _wiring().run(
        text(event, "run_id"),
        text(event, "station"),
        target(event),
        text(event, "features_key"),
        parse_hour(text(event, "origin"), name="origin"),
    )
