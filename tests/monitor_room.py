"""`monitor` over stores in memory, at a time that the test sets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.monitor import handler as monitor
from plantcast.common.clock import KST, FixedClock
from plantcast.forecasting.issued import ForecastStore
from plantcast.observations.lake import ObservationLake
from plantcast.pipeline.monitor import Watch
from plantcast.pipeline.run_steps import RunSteps
from plantcast.pipeline.runs import RunStore
from tests.fakes import MemoryObjectStore, MemoryTable

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
        watch = Watch(clock, lake, self.forecasts, self.table)
        wiring = monitor._Wiring(clock, timedelta(0), self.runs, RunSteps(self.table), watch)
        monkeypatch.setattr(monitor, "_wiring", lambda: wiring)


def finish(**changes: Any) -> dict[str, Any]:
    """Close the run `run-2` of Seoul, except for the changes."""
    fact = {
        "station": "108",
        "status": "forecast",
        "forecast": {"status": "issued", "origin": "2025-05-30T23:00+09:00"},
    }
    event = {
        "event": "finish",
        "run_id": "run-2",
        "started_at": STARTED,
        "as_of": "2025-05-31",
        "stations": [fact],
    }
    return monitor.handler({**event, **changes}, None)


def metrics(capsys: pytest.CaptureFixture[str]) -> dict[str, list[dict[str, Any]]]:
    """Metric name → the embedded-format lines that carry it."""
    found: dict[str, list[dict[str, Any]]] = {}
    for line in capsys.readouterr().out.splitlines():
        if line.startswith("{") and "_aws" in line:
            parsed = json.loads(line)
            for metric in parsed["_aws"]["CloudWatchMetrics"][0]["Metrics"]:
                found.setdefault(metric["Name"], []).append(parsed)
    return found
