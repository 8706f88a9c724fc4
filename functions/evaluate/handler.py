"""Evaluate: score a challenger beside the champion and the baselines; promote it on evidence."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import Field

from plantcast.aws import S3ObjectStore
from plantcast.common.logging import step
from plantcast.common.settings import ClockSettings, LakeSettings
from plantcast.pipeline.contracts.nightly import EvaluateEvent
from plantcast.pipeline.evaluate import VERSIONS_KEPT, EvaluateStep
from plantcast.pipeline.run_steps import recorded
from plantcast.registry import ModelRegistry


class Settings(ClockSettings, LakeSettings):
    """The environment this function needs; `MODEL_VERSIONS_KEPT`: how deep the registry is, per target."""

    model_versions_kept: int = Field(default=VERSIONS_KEPT, ge=1, le=1000)


@cache
def _wiring() -> EvaluateStep:
    settings = Settings.model_validate({})
    store = S3ObjectStore(settings.data_bucket)
    return EvaluateStep(store, ModelRegistry(store), settings.clock(), settings.model_versions_kept)


@step
@recorded("evaluate")
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Take an `EvaluateEvent`; return an `EvaluateResult`."""
    given = EvaluateEvent.parse(event)
    result = _wiring().run(
        given.run_id, given.station, given.target, given.version, given.features_key, given.origin
    )
    return result.to_json()
