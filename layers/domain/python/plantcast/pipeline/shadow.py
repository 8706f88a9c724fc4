"""Shadows in the step `predict`: what each target's runner-up would have issued from the same hours."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pandas as pd

from plantcast.common.clock import parse_hour
from plantcast.common.logging import logger
from plantcast.forecasting import TARGETS, Target
from plantcast.forecasting.issued import TargetPath
from plantcast.forecasting.models.ensemble import LOOKBACK, FittedModel
from plantcast.forecasting.shadows import ShadowPath
from plantcast.registry import ModelRegistry

# Runner-ups are the work of the champions once more: seconds. A run can wait longer for a slow bucket, well
# within the function's 300 s; behind API Gateway's 29 s the issued forecast must be answered.
RUN_SECONDS: Final = 60.0
API_SECONDS: Final = 8.0


@dataclass(frozen=True)
class ShadowStep:
    """Casts shadows; models are loaded for the call and not kept, a night needs each of them once."""

    registry: ModelRegistry

    def paths(
        self, station: str, frame: pd.DataFrame, origin: datetime, *, seconds: float
    ) -> dict[Target, ShadowPath]:
        """Return the path of each target that has a runner-up trained on nothing after the origin.

        Never raises: a runner-up that cannot be used, or is not done after `seconds`, is logged as an error
        and left out.
        """
        found: dict[Target, ShadowPath] = {}

        def cast() -> None:
            for target in TARGETS:
                try:
                    path = self._path(station, target, frame, origin)
                except Exception:  # whatever a damaged model raises, the issued forecast stands
                    logger.exception("shadow failed", extra={"station": station, "shadow_of": target})
                else:
                    if path is not None:
                        found[target] = path

        # A thread can be left behind, a call cannot. It only reads and computes, so one left behind writes
        # nothing when Lambda wakes it up in a later call.
        worker = threading.Thread(target=cast, name="shadow", daemon=True)
        worker.start()
        worker.join(seconds)
        if worker.is_alive():
            logger.error("shadow too slow", extra={"station": station, "seconds": seconds})
        return dict(found)

    def _path(self, station: str, target: Target, frame: pd.DataFrame, origin: datetime) -> ShadowPath | None:
        version = runner_up(self.registry, station, target)
        if version is None:
            return None
        files = self.registry.load_version(station, target, version, folder="serving")
        model = FittedModel.from_files(files)
        # As for champions: a model that knows later hours would know what it forecasts.
        if parse_hour(model.information["last"], name="last") > origin:
            return None
        paths = model.predict(frame.loc[frame.index[-1] - LOOKBACK :])
        return ShadowPath(version, TargetPath.first_of(paths))


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
