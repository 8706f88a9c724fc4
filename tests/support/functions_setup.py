"""features, train, evaluate and predict with their real wiring: the environment, S3 and DynamoDB in moto."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any

import boto3
import numpy as np
import pandas as pd
import pytest
from moto import mock_aws

from plantcast.aws import DynamoTable, S3ObjectStore
from plantcast.common.clock import KST, FixedClock, iso_hour
from plantcast.forecasting import training
from plantcast.forecasting.issued import ForecastStore
from plantcast.forecasting.models.network import NetworkParameters
from plantcast.forecasting.models.trees import TrainingParameters
from plantcast.forecasting.shadows import ShadowStore
from plantcast.observations.lake import ObservationLake
from plantcast.pipeline import run_steps
from plantcast.pipeline.run_steps import StepResult
from plantcast.registry import ModelRegistry
from tests.support.aws_tables import create_table
from tests.support.observed import sent_of
from tests.support.synthetic_weather import made_weather

# Imported here, not in the tests: the X-Ray library makes a socket when it is loaded (it sends nothing).
MODULES = {
    name: importlib.import_module(f"functions.{name}.handler")
    for name in ("features", "train", "evaluate", "predict")
}
ENVIRONMENT = {
    "DATA_BUCKET": "lake",
    "TABLE_NAME": "plantcast",
    "OBSERVATION_SOURCE": "synthetic",
    "STATIONS": "108",
    "HISTORY_DAYS": "60",
}
AS_OF = datetime(2024, 5, 1, tzinfo=KST)
ORIGIN = AS_OF - timedelta(hours=1)
DAYS = 61
QUICK = TrainingParameters(
    rows=2_000,
    validation_rows=1_000,
    max_trees=12,
    patience=5,
    min_data_in_leaf=20,
    learning_rate=0.2,
    networks=NetworkParameters(count=1, hidden=(8,), epochs=1),
)


@dataclass
class Functions:
    """The four functions over one bucket and one table, at 02:00 on the day of the run."""

    modules: dict[str, ModuleType]
    store: S3ObjectStore
    table: DynamoTable
    lake: ObservationLake
    registry: ModelRegistry
    forecasts: ForecastStore
    shadows: ShadowStore

    def call(self, function: str, **event: Any) -> dict[str, Any]:
        """Call a handler as Lambda does: JSON in, JSON out."""
        reply = self.modules[function].handler(json.loads(json.dumps(event)), None)
        result: dict[str, Any] = json.loads(json.dumps(reply, allow_nan=False))
        return result

    def fill(self, observations: pd.DataFrame) -> None:
        """Put observations into the lake."""
        self.lake.merge("108", sent_of(observations), received_at=AS_OF)

    def run(self, run_id: str, as_of: datetime = AS_OF, targets: tuple[str, ...] = ("ta",)) -> dict[str, Any]:
        """Take a run through features, train, evaluate and predict; return all facts."""
        facts: dict[str, Any] = {
            "features": self.call("features", run_id=run_id, station="108", as_of=f"{as_of:%Y-%m-%d}")
        }
        common = {"run_id": run_id, "station": "108"}
        common |= {name: facts["features"][name] for name in ("features_key", "origin")}
        for target in targets:
            trained = self.call("train", target=target, **common)
            facts[f"train_{target}"] = trained
            if trained["status"] == "trained":
                version = trained["version"]
                facts[f"evaluate_{target}"] = self.call("evaluate", target=target, version=version, **common)
        ingested = StepResult("ingest", "108", None, as_of, 1.0, {"status": "complete"})
        run_steps.recorder().steps.put(run_id, ingested)
        facts["predict"] = self.call("predict", **common)
        return facts

    def forget_forecast(self) -> None:
        """Remove the issued forecast, which is final: a step that finds none issues one."""
        self.table._table.delete_item(Key={"pk": "STATION#108", "sk": f"ISSUE#{iso_hour(ORIGIN)}"})

    def stand_at(self, moment: datetime) -> None:
        """Set the clock of the functions that look at one."""
        for name in ("evaluate", "predict"):
            self.modules[name]._step = replace(self.modules[name]._step, clock=FixedClock(moment))  # type: ignore[attr-defined]


_FITTED: dict[tuple[Any, ...], Any] = {}


def _once(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `tune` or `fit` computed once a process for the same observations: training takes seconds."""

    def remembered(frame: pd.DataFrame, target: str, *, recipe: Any = None, **options: Any) -> Any:
        given = {} if recipe is None else {"recipe": recipe}
        # A recipe in the table stays alive with the result that it led to.
        key = (function, training._fingerprint(frame), target, id(recipe), *sorted(options.items(), key=str))
        if key not in _FITTED:
            _FITTED[key] = (function(frame, target, **given, **options), recipe)
        return _FITTED[key][0]

    return remembered


@contextmanager
def ml_functions(monkeypatch: pytest.MonkeyPatch) -> Iterator[Functions]:
    """The functions over an empty bucket and table, training small models."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    for function in (training.tune, training.fit):
        monkeypatch.setattr(f"plantcast.pipeline.train.{function.__name__}", _once(function))
    with mock_aws():
        _make_bucket()
        table = DynamoTable("plantcast", create_table("plantcast"))
        wirings = [module._wiring for module in MODULES.values()]
        for name, module in MODULES.items():
            module._wiring.cache_clear()
            changes: dict[str, Any] = {"parameters": QUICK} if name == "train" else {}
            monkeypatch.setattr(module, "_step", replace(module._wiring(), **changes), raising=False)
            monkeypatch.setattr(module, "_wiring", lambda module=module: module._step)
        store = S3ObjectStore("lake")
        ready = Functions(
            MODULES,
            store,
            table,
            ObservationLake(store, "synthetic"),
            ModelRegistry(store),
            ForecastStore(table),
            ShadowStore(table),
        )
        ready.stand_at(AS_OF + timedelta(hours=2))
        try:
            yield ready
        finally:
            for wiring in wirings:
                wiring.cache_clear()


def _make_bucket() -> None:
    boto3.client("s3").create_bucket(
        Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"}
    )


def history(days: int = DAYS) -> pd.DataFrame:
    """Return observations of the days before the run."""
    return made_weather(days * 24, start=AS_OF - timedelta(days=days))


def learnable() -> pd.DataFrame:
    """Weather whose humidity foretells the next day's temperature: a challenger beats every baseline."""
    observations = history()
    rng = np.random.default_rng(3)
    signal = np.repeat(rng.normal(0, 20, DAYS), 24)
    # Not quite the same all day: a sensor that stands still is not believed.
    observations["hm"] = np.clip(50 + signal, 1, 96) + np.arange(DAYS * 24) % 3
    observations["ta"] = 15 + np.roll(signal, 24) / 4 + rng.normal(0, 0.3, DAYS * 24)
    return observations
