"""Shadows in the step `predict` of a run: the forecast of each target's runner-up from the same hours."""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from plantcast.common.clock import parse_hour
from plantcast.common.logging import logger
from plantcast.forecasting import TARGETS, Target
from plantcast.forecasting.issued import Forecast
from plantcast.forecasting.models.ensemble import LOOKBACK, FittedModel
from plantcast.forecasting.path import TargetPath
from plantcast.forecasting.shadows import ShadowForecast, ShadowPath, ShadowStore
from plantcast.pipeline.guided import Guidance
from plantcast.registry import ModelRegistry


def shadow_paths(
    registry: ModelRegistry, station: str, frame: pd.DataFrame, origin: datetime
) -> dict[Target, ShadowPath]:
    """Return the path of each target that has a runner-up trained on nothing after the origin.

    A runner-up that cannot be used is logged as an error and left out: the issued forecast stands.
    """
    found: dict[Target, ShadowPath] = {}
    for target in TARGETS:
        try:
            version = runner_up(registry, station, target)
            if version is None:
                continue
            model = FittedModel.from_files(registry.load_version(station, target, version, folder="serving"))
            # As for champions: a model trained on later hours would know what it forecasts.
            if parse_hour(model.information["last"], name="last") > origin:
                continue
            paths = model.predict(frame.loc[frame.index[-1] - LOOKBACK :])
            found[target] = ShadowPath(version, TargetPath.first_of(paths))
        except Exception:  # whatever a damaged model raises
            logger.exception("shadow failed", extra={"station": station, "shadow_of": target})
    return found


def store_shadow(
    shadows: ShadowStore,
    forecast: Forecast | None,
    paths: dict[Target, ShadowPath],
    guidance: Guidance | None,
) -> None:
    """Store the paths beside the issued forecast, combined with the guidance that it uses.

    Nothing is stored where that is other guidance than `guidance`: more than the model would differ. A
    failure is logged and undoes nothing.
    """
    if forecast is None or not paths:
        return
    try:
        if forecast.guidance is not None:
            if guidance is None or not guidance.is_used_by(forecast):
                return
            paths = {
                target: ShadowPath(one.version, guidance.path(target, one.path)[0])
                for target, one in paths.items()
            }
        shadows.issue(ShadowForecast.beside(forecast, paths))
    except Exception:  # whatever the table raises
        logger.exception("shadow not stored", extra={"station": forecast.station})


def runner_up(registry: ModelRegistry, station: str, target: Target) -> str | None:
    """Return the version to compare production with, None when there is none.

    It is the newest complete version that is not in production if that is not older than the champion: the
    challenger that was turned down. Otherwise the champion is fresh, and it is the one that it replaced.
    While nothing is in production, the newest version is compared with the damped anomaly that forecasts.

    Raises:
        CorruptDataError: the production pointer cannot be read.
    """
    pointer = registry.pointer(station, target)
    champion = None if pointer is None else pointer.version
    others = [version for version in registry.versions(station, target) if version != champion]
    newest = others[-1] if others else None
    if pointer is None or (newest is not None and _origin(newest) >= _origin(pointer.version)):
        return newest
    return None if pointer.previous == champion else pointer.previous


def _origin(version: str) -> str:
    """The part of a version's name that orders versions; behind it stands a hash of the run."""
    return version.split("-", 1)[0]
