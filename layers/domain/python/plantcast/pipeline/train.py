"""The step `train`: one version of one target, with its evaluation and its serving model."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import pandas as pd

from plantcast.aws import ObjectStore
from plantcast.common.clock import HOUR, KST, iso_hour, parse_hour
from plantcast.common.errors import CorruptDataError, InvalidInputError
from plantcast.common.schema import FIELD, MODEL_METADATA
from plantcast.forecasting import Target
from plantcast.forecasting.models.ensemble import to_json
from plantcast.forecasting.models.trees import TrainingParameters
from plantcast.forecasting.training import MIN_TRAINING_HOURS, fit, observed_hours, tune
from plantcast.pipeline.contracts.nightly import TrainResult
from plantcast.pipeline.features import read_features
from plantcast.registry import METADATA, ModelRegistry

HOLDOUT: Final = timedelta(days=28)
_HOLDOUT_SHARE: Final = 0.25  # of a short history: what is held out is missing from the fit
_MIN_HISTORY: Final = timedelta(days=14)


@dataclass(frozen=True)
class TrainStep:
    """Trains and registers versions."""

    store: ObjectStore
    registry: ModelRegistry
    parameters: TrainingParameters = field(default_factory=TrainingParameters)

    def run(
        self, run_id: str, station: str, target: Target, features_key: str, origin: datetime
    ) -> TrainResult:
        """Train one version. Repeating it writes the same bytes again.

        `status` is `skipped` when the history is too short; the baselines then forecast.
        """
        began = time.monotonic()
        frame = read_features(self.store, features_key, origin)
        held_out = holdout(frame)
        cutoff = origin + HOUR - held_out
        observed = observed_hours(frame, target, cutoff)
        if origin + HOUR - frame.index[0] < _MIN_HISTORY or observed < MIN_TRAINING_HOURS:
            message = (
                f"Not trained: {len(frame)} hours of history, {observed} with {target} before the days held "
                f"out; {_MIN_HISTORY.days} days and {MIN_TRAINING_HOURS} hours are needed. The damped "
                "anomaly forecasts meanwhile."
            )
            return _skipped(station, target, message)
        version = version_id(origin, run_id)
        try:
            recipe = tune(frame, target, cutoff=cutoff, parameters=self.parameters)
        except InvalidInputError as error:
            # Enough hours, but not where they are needed: the next night may have them.
            message = f"Not trained: {error.message} The damped anomaly forecasts meanwhile."
            return _skipped(station, target, message)
        files: dict[str, bytes] = {}
        rows, trees = 0, sum(recipe.trees.values())
        models = {}
        for folder, until in (("evaluation", cutoff), ("serving", origin + HOUR)):
            model = fit(frame, target, cutoff=until, recipe=recipe, parameters=self.parameters)
            files |= {f"{folder}/{name}": body for name, body in model.to_files().items()}
            models[folder] = dict(model.information)
            rows = int(model.information["rows"])
        metadata = {
            FIELD: MODEL_METADATA.version,
            "station": station,
            "target": target,
            "version": version,
            "run_id": run_id,
            "origin": iso_hour(origin),
            "holdout_start": iso_hour(cutoff),
            "models": models,
        }
        self.registry.save_version(station, target, version, files | {METADATA: to_json(metadata)})
        seconds = round(time.monotonic() - began, 2)
        message = (
            f"{trees} trees on {rows} rows of {len(frame)} hours; the last {held_out.days} days held out."
        )
        return TrainResult(
            station=station,
            target=target,
            version=version,
            status="trained",
            rows=rows,
            trees=trees,
            seconds=seconds,
            message=message,
        )


def _skipped(station: str, target: Target, message: str) -> TrainResult:
    return TrainResult(
        station=station,
        target=target,
        version=None,
        status="skipped",
        rows=0,
        trees=0,
        seconds=0.0,
        message=message,
    )


def holdout(frame: pd.DataFrame) -> timedelta:
    """Return how much of the newest history is kept from the evaluation model: whole days, at least one."""
    return min(HOLDOUT, max(timedelta(days=1), timedelta(days=int(len(frame) * _HOLDOUT_SHARE / 24))))


def version_id(origin: datetime, run_id: str) -> str:
    """Return a version's name: sorts by origin, the same for the same run."""
    return f"{origin.astimezone(KST):%Y%m%dT%H}-{hashlib.sha256(run_id.encode()).hexdigest()[:8]}"


def holdout_start(metadata: dict[str, Any]) -> datetime:
    """Return the first hour that a version's evaluation model has not seen.

    Raises:
        CorruptDataError: the metadata does not say.
    """
    try:
        return parse_hour(metadata["holdout_start"], name="holdout_start")
    except (KeyError, TypeError, ValueError) as error:
        raise CorruptDataError(
            f"The metadata of version {metadata.get('version')!r} does not say what was held out.",
            remedy="Train again.",
        ) from error
