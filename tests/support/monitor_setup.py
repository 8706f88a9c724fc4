"""`monitor` over stores in memory, at a time that the test sets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from functions.monitor import handler as monitor
from plantcast.common.clock import KST, FixedClock
from plantcast.common.settings import ClockSettings
from plantcast.forecasting.issued import ForecastStore
from plantcast.observations.lake import ObservationLake
from plantcast.pipeline.monitor import Watch
from plantcast.pipeline.run_steps import RunSteps, StepResult
from plantcast.pipeline.runs import RunStore
from tests.support.fakes import MemoryObjectStore, MemoryTable

NOW = datetime(2025, 5, 31, 2, 3, tzinfo=KST)
STARTED = "2025-05-30T17:00:00.000Z"


@dataclass
class World:
    table: MemoryTable
    store: MemoryObjectStore
    forecasts: ForecastStore
    runs: RunStore

    def stand_at(self, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        """Give the handler these stores and this time."""
        clock, lake = FixedClock(now), ObservationLake(self.store, "synthetic")
        watch = Watch(lake, self.forecasts, self.table)
        wiring = monitor._Wiring(ClockSettings(), clock, self.runs, RunSteps(self.table), watch)
        monkeypatch.setattr(monitor, "_wiring", lambda: wiring)


ISSUED = {"108": {"status": "issued", "origin": "2025-05-30T23:00+09:00"}}


def finish(
    *,
    run_id: str = "run-2",
    as_of: str = "2025-05-31",
    forecasts: Mapping[str, Mapping[str, Any] | str] = ISSUED,
) -> dict[str, Any]:
    """Store the results of a run's steps and close it; a text in `forecasts` is the error of `features`."""
    steps = monitor._wiring().steps
    for station, result in forecasts.items():
        if isinstance(result, str):
            steps.put(run_id, StepResult("features", station, None, NOW, 1.0, error=result))
            continue
        steps.put(run_id, StepResult("features", station, None, NOW, 1.0, {"status": "ready"}))
        steps.put(run_id, StepResult("predict", station, None, NOW, 1.0, result))
    return monitor.handler({"event": "finish", "run_id": run_id, "started_at": STARTED, "as_of": as_of}, None)


def metrics(capsys: pytest.CaptureFixture[str]) -> dict[str, list[dict[str, Any]]]:
    """Metric name → the embedded-format lines that carry it."""
    found: dict[str, list[dict[str, Any]]] = {}
    for line in capsys.readouterr().out.splitlines():
        if line.startswith("{") and "_aws" in line:
            parsed = json.loads(line)
            for metric in parsed["_aws"]["CloudWatchMetrics"][0]["Metrics"]:
                found.setdefault(metric["Name"], []).append(parsed)
    return found
