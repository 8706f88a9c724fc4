"""Train: one version of one target for one station."""

from __future__ import annotations

from functools import cache
from typing import Any

from plantcast.aws import S3ObjectStore
from plantcast.common.logging import step
from plantcast.common.settings import LakeSettings
from plantcast.pipeline.contracts.nightly import TrainEvent
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
    """Take a `TrainEvent`; return a `TrainResult`."""
    given = TrainEvent.parse(event)
    result = _wiring().run(given.run_id, given.station, given.target, given.features_key, given.origin)
    return result.to_json()
