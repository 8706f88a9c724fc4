"""Features: compute one station's features for a run and store them."""

from __future__ import annotations

from functools import cache
from typing import Any

from plantcast.aws import S3ObjectStore
from plantcast.common.logging import step
from plantcast.common.settings import LakeSettings, StationSettings
from plantcast.observations.lake import ObservationLake
from plantcast.pipeline.contracts.nightly import FeaturesEvent
from plantcast.pipeline.features import FeatureStep
from plantcast.pipeline.run_steps import recorded


class Settings(LakeSettings, StationSettings):
    """The environment this function needs."""


@cache
def _wiring() -> FeatureStep:
    settings = Settings.model_validate({})
    store = S3ObjectStore(settings.data_bucket)
    return FeatureStep(ObservationLake(store, settings.observation_source), store, settings.history_days)


@step
@recorded("features")
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Take a `FeaturesEvent`; return a `FeaturesResult`."""
    given = FeaturesEvent.parse(event)
    return _wiring().run(given.run_id, given.station, given.as_of).to_json()
