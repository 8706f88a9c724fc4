"""Ctrl-C at any moment, lost or damaged records, a missing environment: nothing is lost or left running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.emulator import processes
from infra.emulator.state import RunningProcess, StateFolder
from infra.stack.environment import child_environment
from tests.conftest import COMMAND, ROOT, LocalDeployment
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.emulator, pytest.mark.network]

# Fourteen years of hours: long enough to be interrupted in the middle, on any machine.
MANY_DAYS = "5000"


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[LocalDeployment]:
    made = LocalDeployment(tmp_path / "state")
    yield made
    made.plantcast("down", check=False)


def start(deployment: LocalDeployment, *arguments: str) -> subprocess.Popen[str]:
    # In a session of its own: the signals are ours alone. Python ignores what the shell ignored.
    return subprocess.Popen(
        [str(COMMAND), *arguments],
        env=deployment._environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def owned(deployment: LocalDeployment) -> int:
    return len(processes.owned_by(str(deployment.state_dir)))


@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.6, 2.5])
def test_given_ctrl_c_soon_after_the_start_then_nothing_runs_and_there_is_no_traceback(
    deployment: LocalDeployment, seconds: float
) -> None:
    running = start(deployment, "up")
    deadline = time.monotonic() + seconds
    wait_for(time.monotonic, until=lambda now: now >= deadline, seconds=30)
    code = None
    while code is None:  # once is ignored while Python starts; more often must not disturb the clean-up
        running.send_signal(signal.SIGINT)
        try:
            code = running.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            continue
    printed, _ = running.communicate()

    assert code in (130, -signal.SIGINT), printed
    assert "Traceback" not in printed
    assert owned(deployment) == 0


def hours_held(deployment: LocalDeployment) -> int:
    found: dict[str, Any] = deployment.json("status")
    held = found.get("data", {}).get("108", {}).get("observations")
    return int(held["hours_present"]) if held else 0


def test_given_a_demo_interrupted_while_it_fetches_then_what_it_fetched_is_kept_whatever_gets_lost(
    deployment: LocalDeployment,
) -> None:
    running = start(deployment, "demo", "--days", MANY_DAYS)
    wait_for(lambda: hours_held(deployment), until=lambda hours: hours > 0, seconds=300)
    for _ in range(3):
        running.send_signal(signal.SIGINT)
    printed, _ = running.communicate(timeout=120)

    assert running.returncode == 130
    assert "Traceback" not in printed
    assert "keeps running with its data" in printed
    held = hours_held(deployment)
    assert 0 < held < int(MANY_DAYS) * 24

    outputs = StateFolder(deployment.state_dir).outputs_file
    outputs.unlink()
    lost = deployment.plantcast("forecast", check=False)
    assert lost.returncode == 1
    assert "Run `./plantcast up`" in lost.stderr
    deployment.plantcast("up")
    assert outputs.exists()
    assert hours_held(deployment) >= held

    state = StateFolder(deployment.state_dir).state_file
    state.write_text("{", "utf-8")
    for command in ("up", "status"):
        refused = deployment.plantcast(command, check=False)
        assert (refused.returncode, "state.json is damaged" in refused.stderr) == (1, True)
    state.unlink()
    refused = deployment.plantcast("up", check=False)
    assert (refused.returncode, "has no record of them" in refused.stderr) == (1, True)
    assert owned(deployment) > 0

    deployment.plantcast("down")
    assert owned(deployment) == 0


def test_given_no_environment_when_make_down_then_what_runs_is_stopped_and_nothing_else(
    tmp_path: Path,
) -> None:
    folder, other = StateFolder(tmp_path / "state with spaces"), StateFolder(tmp_path / "state")
    for one in (folder, other):
        one.create()
        environment = child_environment(
            os.environ, owner=one.owner, name="x", home=one.root, reaches_out=False
        )
        process = RunningProcess(name="x", port=0, health="/", log=str(tmp_path / "log"))
        processes.start(process, ["-c", "import time; time.sleep(600)"], env=environment, cwd=tmp_path)
        wait_for(lambda: len(processes.owned_by(one.owner)), until=lambda count: count == 1, seconds=30)  # noqa: B023
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(ROOT / "infra/emulator/bare_down.py")],
            env={"PATH": os.environ["PATH"], "PLANTCAST_STATE_DIR": str(folder.root)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert "stopped 1 process" in done.stderr
        assert not processes.owned_by(folder.owner)
        assert not folder.root.exists()
        assert len(processes.owned_by(other.owner)) == 1
    finally:
        processes.stop(other.owner)
