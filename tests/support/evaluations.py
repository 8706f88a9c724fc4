"""The step `evaluate` on scores that a test writes down: each version has the errors it is given.

A version's evaluation model is not asked; what it would have forecast is made up from its errors, so that
RMSE, bias and coverage are what the test says, on pairs of the test's choice.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from plantcast.aws import ObjectStore
from plantcast.common.clock import HOUR, KST, FixedClock, iso_hour
from plantcast.common.errors import CorruptDataError
from plantcast.forecasting import LEADS, Target
from plantcast.forecasting.evaluation.backtest import ScoredPairs
from plantcast.forecasting.features.origin import build_features
from plantcast.pipeline.evaluate import EvaluateStep
from plantcast.pipeline.features import encode
from plantcast.registry import ModelRegistry
from tests.support.registry_examples import version_files
from tests.support.synthetic_weather import made_weather

NOW = datetime(2024, 3, 11, 2, 0, tzinfo=KST)
ORIGIN = NOW.replace(hour=0) - HOUR
HOLDOUT_START = ORIGIN + HOUR - timedelta(days=4)
KEY = "features/run=r/station=108/features.parquet"
BASELINE_RMSE = {"persistence": 2.5, "climatology": 2.0, "damped_anomaly": 1.5}


@dataclass(frozen=True)
class Version:
    """What a version's evaluation model is like: its errors, its range, and the hours it has not seen."""

    rmse: float = 1.2
    bias: float = 0.0
    coverage: float = 0.8
    holdout_start: datetime = HOLDOUT_START
    origins: tuple[int, ...] = tuple(range(100, 200))
    problem: str = ""


def scored(version: Version) -> ScoredPairs:
    """Return pairs with the errors of a version: alternating around its bias, so that the RMSE is exact."""
    origins = np.repeat(np.array(version.origins, np.int64), LEADS)
    leads = np.tile(np.arange(1, LEADS + 1, dtype=np.int64), len(version.origins))
    count = len(origins)
    truth = 10 + np.sin(origins + leads)
    sign = np.where(np.arange(count) % 2 == 0, 1.0, -1.0)
    spread = np.sqrt(max(version.rmse**2 - version.bias**2, 0.0))
    mean = truth + version.bias + sign * spread
    inside = np.arange(count) < version.coverage * count
    forecasts = {name: truth + sign * rmse for name, rmse in BASELINE_RMSE.items()}
    forecasts |= {"model": mean, "p10": np.where(inside, truth - 1, truth + 1), "p90": truth + 2}
    return ScoredPairs(origins, leads, truth, forecasts)


@dataclass(frozen=True)
class WrittenScores(EvaluateStep):
    """`evaluate`, with the versions' scores written down."""

    versions: dict[str, Version] = field(default_factory=dict)

    def _score(
        self, station: str, target: Target, version: str, frame: pd.DataFrame, start: datetime
    ) -> ScoredPairs:
        self.registry.load_version(station, target, version, folder="evaluation")
        if self.versions[version].problem:
            raise CorruptDataError(self.versions[version].problem, remedy="Train again.")
        return scored(self.versions[version])


@dataclass
class Evaluations:
    """A registry in a store, and runs that evaluate versions in it."""

    store: ObjectStore
    versions: dict[str, Version] = field(default_factory=dict)
    kept: int = 30

    def __post_init__(self) -> None:
        self.registry = ModelRegistry(self.store)
        self.store.put(KEY, encode(build_features(made_weather(10 * 24))))

    def train(self, name: str, **like: Any) -> str:
        """Leave a version as `train` does."""
        self.versions[name] = Version(**like)
        start = iso_hour(self.versions[name].holdout_start)
        files = version_files(name)
        files["metadata.json"] = files["metadata.json"].replace(b"2025-05-02T00:00+09:00", start.encode())
        self.registry.save_version("108", "ta", name, files)
        return name

    def evaluate(self, name: str, run_id: str | None = None, **changes: Any) -> dict[str, Any]:
        """Evaluate a version; `run_id` is its own training run's unless another is given."""
        step = WrittenScores(self.store, self.registry, FixedClock(NOW), self.kept, self.versions)
        run_id = run_id or f"run of {name}"
        return replace(step, **changes).run(run_id, "108", "ta", name, KEY, ORIGIN).to_json()

    def night(self, name: str, **like: Any) -> dict[str, Any]:
        """Train and evaluate."""
        return self.evaluate(self.train(name, **like))

    def in_production(self) -> tuple[str | None, str | None]:
        """Return the version in production and the one before it."""
        pointer = self.registry.pointer("108", "ta")
        return (None, None) if pointer is None else (pointer.version, pointer.previous)
