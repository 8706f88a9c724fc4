"""What a failing demo leaves running: a deployment that holds observations, and nothing else."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from infra.cli import flows
from infra.emulator.lifecycle import Running
from infra.emulator.sources import ObservationPlan
from infra.emulator.state import LocalState, StateFolder
from plantcast.common.errors import KeyRejectedError, QuotaExhaustedError
from tests.support.fakes import MemoryTable


def stamped(item: dict[str, Any]) -> dict[str, Any]:
    return {"schema_version": 1, **item}


PLAN = ObservationPlan(source="synthetic", stations=("108", "112"))
QUOTA = QuotaExhaustedError("The day's calls are used up.", remedy="Call again after midnight.")
KEY = KeyRejectedError("The key was refused.", remedy="Check it.")


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> MemoryTable:
    made = MemoryTable()
    deployment = SimpleNamespace(table=made, stations=PLAN.stations)
    monkeypatch.setattr(ObservationPlan, "deployment", lambda plan, outputs: deployment)
    monkeypatch.setattr(flows, "keep_function_logs", lambda *_: None)
    return made


def fail(folder: StateFolder, fault: BaseException, *, fresh: bool) -> None:
    state: Any = LocalState(started_at="now", plan=PLAN)
    folder.create()
    folder.save(state)
    outputs: Any = SimpleNamespace()
    with pytest.raises(type(fault)), flows.stopped_if_empty(folder, Running(state, outputs, fresh)):
        raise fault


@pytest.mark.parametrize("fault", [QUOTA, KeyboardInterrupt()])
def test_given_observations_of_one_station_when_the_demo_fails_then_the_deployment_stays(
    table: MemoryTable, tmp_path: Path, fault: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = StateFolder(tmp_path / "state")
    table.put(stamped({"pk": "STATION#112", "sk": "STATUS", "hours_present": 24}))

    fail(folder, fault, fresh=True)

    assert folder.state_file.exists()
    assert "keeps running with its data" in capsys.readouterr().err


@pytest.mark.parametrize(("fresh", "stays"), [(True, False), (False, True)])
def test_given_no_observations_when_the_demo_fails_then_only_what_it_started_is_stopped(
    table: MemoryTable, tmp_path: Path, fresh: bool, stays: bool
) -> None:
    folder = StateFolder(tmp_path / "state")
    table.put(stamped({"pk": "STATION#108", "sk": "STATUS", "hours_present": 0}))

    fail(folder, KEY, fresh=fresh)

    assert folder.state_file.exists() is stays
