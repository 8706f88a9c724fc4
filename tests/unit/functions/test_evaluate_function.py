"""The evaluate function with its real wiring and real models: S3 in moto, the environment, damaged models."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import boto3
import pandas as pd
import pytest
from moto import mock_aws

from plantcast.aws import S3ObjectStore
from plantcast.common.clock import HOUR, iso_hour
from plantcast.forecasting.features.origin import build_features
from plantcast.pipeline.features import encode
from plantcast.pipeline.train import TrainStep, version_id
from plantcast.registry import ModelRegistry
from tests.support.fakes import MemoryObjectStore
from tests.support.functions_setup import MODULES, ORIGIN, QUICK, learnable

pytestmark = pytest.mark.slow

MODULE = MODULES["evaluate"]
YESTERDAY = ORIGIN - timedelta(days=1)


@dataclass(frozen=True)
class Trained:
    """What one training leaves, to be stored under the name of any run of its origin."""

    features: bytes
    files: dict[str, bytes]


@pytest.fixture(scope="module")
def trained() -> dict[datetime, Trained]:
    """Models of two nights that beat every baseline."""
    features = build_features(learnable())
    return {origin: _train(features.loc[:origin], origin) for origin in (YESTERDAY, ORIGIN)}


def _train(features: pd.DataFrame, origin: datetime) -> Trained:
    store = MemoryObjectStore()
    registry = ModelRegistry(store)
    body = encode(features)
    store.put("features", body)
    result = TrainStep(store, registry, QUICK).run("r", "108", "ta", "features", origin)
    return Trained(body, registry.load_version("108", "ta", str(result.version)))


@dataclass
class Nights:
    """Runs that evaluate in one bucket what was trained."""

    trained: dict[datetime, Trained]
    store: S3ObjectStore
    registry: ModelRegistry

    def night(self, run_id: str, origin: datetime = ORIGIN) -> dict[str, Any]:
        """Leave what a training leaves; evaluate as Lambda calls it: JSON in, JSON out."""
        key = f"features/run={run_id}/station=108/features.parquet"
        version = version_id(origin, run_id)
        self.store.put(key, self.trained[origin].features)
        self.registry.save_version("108", "ta", version, self.trained[origin].files)
        event = {"run_id": run_id, "station": "108", "target": "ta", "version": version}
        event |= {"features_key": key, "origin": iso_hour(origin)}
        reply = MODULE.handler(json.loads(json.dumps(event)), None)
        result: dict[str, Any] = json.loads(json.dumps(reply, allow_nan=False))
        return result


@pytest.fixture
def nights(monkeypatch: pytest.MonkeyPatch, trained: dict[datetime, Trained]) -> Iterator[Nights]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("DATA_BUCKET", "lake")
    MODULE._wiring.cache_clear()
    with mock_aws():
        boto3.client("s3").create_bucket(
            Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"}
        )
        store = S3ObjectStore("lake")
        yield Nights(trained, store, ModelRegistry(store))
    MODULE._wiring.cache_clear()


def test_given_a_champion_when_a_new_run_challenges_then_both_are_scored_on_the_same_hours(
    nights: Nights,
) -> None:
    yesterday = nights.night("run-1", YESTERDAY)
    today = nights.night("run-2")

    assert yesterday["promoted"] is True
    assert "first model" in yesterday["reason_en"]
    scores = today["scores"]
    assert scores["leads_1_48"]["champion"] is not None
    assert scores["from"] == iso_hour(ORIGIN + HOUR - timedelta(days=15))
    assert scores["days"] == 15.0
    assert "champion" in today["reason_en"]
    pointer = nights.registry.pointer("108", "ta")
    assert pointer is not None
    expected = (today["version"], yesterday["version"]) if today["promoted"] else (yesterday["version"], None)
    assert (pointer.version, pointer.previous) == expected


@pytest.mark.parametrize(("part", "body"), [("mean.txt", b"rubbish"), ("model.json", None)])
def test_given_a_damaged_champion_when_challenged_then_the_baselines_decide_and_it_is_said(
    nights: Nights, part: str, body: bytes | None
) -> None:
    first = nights.night("run-1", YESTERDAY)
    key = f"models/station=108/ta/versions/{first['version']}/evaluation/{part}"
    if body is None:
        nights.store.delete(key)
    else:
        nights.store.put(key, body)

    second = nights.night("run-2")

    assert second["promoted"] is True
    assert "could not be scored" in second["reason_en"]
    assert second["scores"]["leads_1_48"]["champion"] is None
