"""Train: one version of one target for one station."""

from __future__ import annotations

from functools import cache
from typing import Any

from plantcast.aws import S3ObjectStore
from plantcast.common.clock import parse_hour
from plantcast.common.logging import step
from plantcast.common.settings import LakeSettings
from plantcast.pipeline.contracts import target, text
from plantcast.pipeline.run_steps import recorded
from plantcast.pipeline.train import TrainStep
from plantcast.registry import ModelRegistry


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
