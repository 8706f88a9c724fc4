"""An event that lacks a field is refused with the name of that field, by every function."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from plantcast.common.errors import InvalidInputError

EVENTS = Path(__file__).parents[2] / "events"
TRAINING = ("run_id", "station", "target", "features_key", "origin")
REQUIRED = {
    "prepare": ("run_id", "started_at"),
    "ingest": ("station",),
    "ingest_backfill": ("station", "start", "end"),
    "backfill_plan": ("run_id", "started_at"),
    "backfill_failure": ("run_id",),
    "backfill_report": ("run_id", "start", "end"),
    "features": ("run_id", "station", "as_of"),
    "train_ta": TRAINING,
    "evaluate_ta": TRAINING,
    "predict": ("run_id", "station", "features_key", "origin"),
    "update": ("run_id",),
    "monitor_finish": ("run_id", "started_at"),
    "monitor_fail": ("run_id", "started_at"),
}
ENVIRONMENT = {
    "DATA_BUCKET": "lake",
    "TABLE_NAME": "table",
    "STATIONS": "108",
    "OBSERVATION_SOURCE": "synthetic",
    "ASOS_BASE_URL": "http://127.0.0.1:9",
    "KMA_KEY_PARAMETER": "/key",
    "GUIDANCE_SOURCES": "",
    "SHORT_TERM_BASE_URL": "http://127.0.0.1:9",
    "API_HUB_BASE_URL": "http://127.0.0.1:9",
    "OPEN_METEO_BASE_URL": "http://127.0.0.1:9",
    "OPEN_METEO_PREVIOUS_RUNS_URL": "http://127.0.0.1:9",
    "OPEN_METEO_MODELS": "gfs_seamless",
    "API_KEY_PARAMETER": "/api-key",
    "ALERT_TOPIC_ARN": "arn:aws:sns:ap-northeast-2:000000000000:topic",
    "PREDICT_FUNCTION_NAME": "predict",
    "ALLOWED_ORIGIN": "*",
    "FRESHNESS_MAX_CHECKS": "1",
    "FRESHNESS_WAIT_SECONDS": "10",
}


class Context:
    """What Powertools reads of a Lambda context."""

    function_name = function_version = aws_request_id = "test"
    invoked_function_arn = "arn:aws:lambda:ap-northeast-2:000000000000:function:test"
    memory_limit_in_mb = 128


@pytest.mark.parametrize(
    ("name", "field"), [(name, field) for name, fields in REQUIRED.items() for field in fields]
)
def test_given_an_event_without_a_field_then_the_error_names_it(
    name: str, field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in ENVIRONMENT.items():
        monkeypatch.setenv(variable, value)
    module = importlib.import_module(f"functions.{name.split('_')[0]}.handler")
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text("utf-8"))
    del event[field]

    try:
        output = module.handler(event, Context()).get("message")  # ingest reports what it refuses
    except InvalidInputError as error:
        output = str(error)

    assert field in output


@pytest.fixture(autouse=True)
def _fresh_wiring(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The handlers keep what they built from the environment; nothing of it outlives the test."""
    yield
    for name in {name.split("_")[0] for name in REQUIRED}:
        module = importlib.import_module(f"functions.{name}.handler")
        for cached in ("_wiring", "_application", "_ingest", "_update"):
            if hasattr(module, cached):
                getattr(module, cached).cache_clear()
