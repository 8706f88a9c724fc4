"""`plantcast status`: what is held, as facts and as lines."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from infra.cli import status
from infra.emulator import ministack as emulator
from infra.emulator.sources import ObservationPlan
from infra.emulator.state import LocalState, RunningProcess, StateFolder
from infra.stack.outputs import FUNCTIONS, Outputs
from plantcast.common.clock import KST
from plantcast.forecasting import LEADS
from plantcast.forecasting.issued import ForecastStore, GuidanceUsed
from plantcast.guidance.status import FeedStatus, FeedStatuses
from plantcast.pipeline.runs import RunStore
from tests.support.fakes import MemoryTable
from tests.support.forecast_examples import forecast

NOW = datetime(2025, 5, 30, 2, 5, tzinfo=KST)


class Cloud:
    """A deployment, as far as status reads it."""

    stations = ("108",)

    def __init__(self) -> None:
        self.table = MemoryTable()
        self.runs = RunStore(self.table)

    def now(self) -> datetime:
        return NOW

    def observed(self, last: str) -> None:
        """Write the STATUS item that ingest writes."""
        span = {"first_observation": "2025-05-20T00:00+09:00", "last_observation": last}
        hours = {"hours_present": 236, "hours_expected": 236}
        self.table.put({"pk": "STATION#108", "sk": "STATUS", "schema_version": 1, **span, **hours})


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cloud: Cloud) -> StateFolder:
    """The state folder of a deployment that runs, without its processes."""
    made = StateFolder(tmp_path / "state")
    made.create()
    plan = ObservationPlan(source="synthetic", stations=("108",))
    process = RunningProcess(name=emulator.NAME, pid=1, port=3, health="/", log="/x/emulator.log")
    made.save(LocalState(started_at="2025-05-30T02:00:00+09:00", plan=plan).with_process(process))
    texts = {name: name for name in Outputs.__dataclass_fields__ if name != "functions"}
    Outputs(**texts, functions=dict.fromkeys(FUNCTIONS, "")).save(made.outputs_file)
    monkeypatch.setattr(ObservationPlan, "now", lambda plan: NOW)
    monkeypatch.setattr(status, "is_alive", lambda process, owner: True)
    monkeypatch.setattr(status, "is_healthy", lambda process: True)
    monkeypatch.setattr(ObservationPlan, "deployment", lambda plan, outputs: cloud)
    return made


def test_observations_forecast_and_last_run_are_reported(folder: StateFolder, cloud: Cloud) -> None:
    cloud.observed("2025-05-29T23:00+09:00")
    ForecastStore(cloud.table).issue(forecast(issued_at=NOW - timedelta(hours=2)))
    details = json.loads(json.dumps(status.gather_status(folder)))
    assert details["running"]
    assert details["data"]["108"]["forecast"]["age_hours"] == 2.0
    assert details["last_run"] is None
    assert dict(status.status_lines(details))["station 108"] == (
        "observations 2025-05-20T00:00+09:00 to 2025-05-29T23:00+09:00, 236 of 236 hours; "
        "forecast from 2025-05-29T23:00+09:00 (ok), issued 2.0 h ago, by the station model alone"
    )


def test_given_no_data_then_the_station_has_no_observations_and_no_forecast(folder: StateFolder) -> None:
    lines = dict(status.status_lines(status.gather_status(folder)))
    assert lines["station 108"] == "no observations; no forecast"


def test_feeds_and_the_guidance_of_the_newest_forecast_are_reported(
    folder: StateFolder, cloud: Cloud
) -> None:
    issue = datetime(2025, 5, 29, 23, tzinfo=KST)
    statuses = FeedStatuses(cloud.table)
    statuses.put(FeedStatus("108", "kma", issue, NOW))
    statuses.put(FeedStatus("108", "open_meteo", None, NOW, "refused", "Refused. Check the key."))
    statuses.put(FeedStatus("108", "api_hub", NOW.replace(hour=1, minute=0), NOW))
    used = GuidanceUsed(
        "kma", issue, *[(20.0,) * LEADS] * 4, shares={"ta": (0.5,) * LEADS, "hm": (0.5,) * LEADS}
    )
    ForecastStore(cloud.table).issue(forecast(guidance=used, guidance_reasons=("guidance_refused",)))

    details = json.loads(json.dumps(status.gather_status(folder)))

    held = details["data"]["108"]
    assert held["feeds"]["kma"] == {
        "newest": "2025-05-29T23:00+09:00",
        "age_hours": 3.1,
        "checked_at": "2025-05-30T02:05:00+09:00",
        "problem": "",
        "message": "",
    }
    assert held["forecast"]["guidance"] == {"source": "kma", "issued_at": "2025-05-29T23:00+09:00"}
    lines = dict(status.status_lines(details))
    assert lines["  KMA"] == "newest issue 2025-05-29T23:00+09:00, 3.1 h ago"
    assert lines["  Open-Meteo"] == "no issue; refused: Refused. Check the key."
    assert lines["  API Hub"] == "last hour observed 2025-05-30T01:00+09:00, 1.1 h ago"
    assert lines["station 108"].endswith(
        ", with the KMA's forecast of 2025-05-29T23:00+09:00 (guidance_refused)"
    )
