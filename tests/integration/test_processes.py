"""The emulator and the simulator as real processes: start, health, stop, and every way they can go wrong."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import boto3
import psutil
import pytest

from infra.emulator import forking, lifecycle, processes, simulator
from infra.emulator import ministack as emulator
from infra.emulator.sources import ObservationPlan
from infra.emulator.state import LocalState, RunningProcess, StateFolder
from infra.stack.environment import child_environment
from plantcast.common.errors import InvalidInputError, NotFoundError
from tests.support.waiting import wait_for

pytestmark = pytest.mark.network

PLAN = ObservationPlan(source="synthetic", stations=("108",))
# A process that starts a child of its own and ends neither itself nor the child when asked politely.
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
subprocess.Popen([sys.executable, "-c", child])
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[StateFolder]:
    made = StateFolder(tmp_path / "state with spaces")
    made.create()
    yield made
    processes.stop(made.owner)


def start_script(folder: StateFolder, script: str) -> RunningProcess:
    environment = child_environment(
        os.environ, owner=folder.owner, name="script", home=folder.root, reaches_out=False
    )
    process = RunningProcess(name="script", port=0, health="/", log=str(folder.logs / "script.log"))
    return processes.start(process, ["-c", script], env=environment, cwd=folder.root)


def start_emulator(folder: StateFolder, port: int | None = None) -> RunningProcess:
    process = emulator.start_emulator(folder, reaches_out=False, port=port)
    processes.await_healthy(process, folder.owner)
    return process


def owned(folder: StateFolder) -> list[psutil.Process]:
    return processes.owned_by(folder.owner)


def await_owned(folder: StateFolder, count: int) -> None:
    assert wait_for(lambda: len(owned(folder)), until=lambda found: found >= count, seconds=30) >= count


def kill(process: RunningProcess) -> None:
    os.kill(process.pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(process.pid)] if psutil.pid_exists(process.pid) else [], timeout=10)


def test_given_the_emulator_when_started_then_it_answers_on_loopback_and_stops_without_trace(
    folder: StateFolder,
) -> None:
    process = start_emulator(folder)
    listening = {
        c.laddr.ip for c in psutil.Process(process.pid).net_connections("tcp") if c.status == "LISTEN"
    }
    assert listening == {"127.0.0.1"}
    assert processes.stop(folder.owner) == 1
    assert not owned(folder)
    assert not processes.port_is_taken(process.port)
    assert not list((folder.root / "emulator" / "tmp").iterdir())
    assert processes.stop(folder.owner) == 0


def test_given_a_function_that_runs_when_the_emulator_stops_then_its_process_ends_too(
    folder: StateFolder,
) -> None:
    _invoke_sleeper(start_emulator(folder))
    await_owned(folder, 2)
    processes.stop(folder.owner, emulator.NAME)
    assert not owned(folder)


def test_given_the_emulator_was_killed_then_what_it_left_is_found_and_ended(folder: StateFolder) -> None:
    process = start_emulator(folder)
    _invoke_sleeper(process)
    await_owned(folder, 2)
    kill(process)
    assert not processes.is_alive(process, folder.owner)
    assert processes.stop(folder.owner) >= 1
    assert not owned(folder)


def test_given_a_taken_port_then_the_error_names_it_and_nothing_is_started(folder: StateFolder) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InvalidInputError, match=f"Port {port} on 127.0.0.1 is taken"):
            start_emulator(folder, port)
    assert not owned(folder)


def test_given_one_port_for_two_emulators_at_once_then_the_second_does_not_use_the_first(
    folder: StateFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = StateFolder(tmp_path / "other")
    other.create()
    ours = start_emulator(folder)
    try:
        monkeypatch.setattr(emulator, "port_is_taken", lambda _port: False)  # both looked before either began
        with pytest.raises(processes.StartError, match=f"{ours.port} is already in use"):
            start_emulator(other, ours.port)
        assert processes.is_healthy(ours)
    finally:
        processes.stop(other.owner)


def test_two_folders_do_not_disturb_each_other(folder: StateFolder, tmp_path: Path) -> None:
    other = StateFolder(tmp_path / "other")
    other.create()
    ours, theirs = start_emulator(folder), start_emulator(other)
    try:
        processes.stop(folder.owner)
        assert not processes.is_alive(ours, folder.owner)
        assert processes.is_healthy(theirs)
        recorded = theirs.model_copy(update={"port": ours.port})  # a reused pid
        assert not processes.is_alive(recorded, folder.owner)
    finally:
        processes.stop(other.owner)


def test_given_a_process_that_ignores_sigterm_then_it_and_its_child_are_ended(
    folder: StateFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_GRACE_SECONDS", 2.0)
    process = start_script(folder, STUBBORN)
    wait_for(lambda: Path(process.log).read_text(), until=lambda text: "ready" in text, seconds=30)
    await_owned(folder, 2)
    assert processes.stop(folder.owner) == 2
    assert not owned(folder)


def test_given_a_process_that_ends_at_once_then_the_error_shows_its_log_and_no_zombie_stays(
    folder: StateFolder,
) -> None:
    process = start_script(folder, "raise SystemExit('no such file: weather')")
    with pytest.raises(processes.StartError, match=r"ended while starting[\s\S]*no such file: weather"):
        processes.await_healthy(process, folder.owner)
    wait_for(lambda: psutil.pid_exists(process.pid), until=lambda exists: not exists, seconds=10)


def test_given_a_process_that_never_answers_then_the_error_says_how_long(folder: StateFolder) -> None:
    process = start_script(folder, "import time; time.sleep(600)")
    with pytest.raises(processes.StartError, match="did not answer within 0 s"):
        processes.await_healthy(process, folder.owner, seconds=0.2)


def test_given_the_simulator_when_started_then_it_stands_where_the_plan_does(folder: StateFolder) -> None:
    plan = PLAN.model_copy(update={"clock_offset_seconds": -86_400 * 100})
    process = simulator.start_simulator(folder, plan)
    processes.await_healthy(process, folder.owner)
    with urllib.request.urlopen(f"{process.url}{process.health}") as reply:
        health = json.loads(reply.read())
    assert health["source"] == "synthetic"
    assert f"{plan.now():%Y-%m-%d}" in json.dumps(health)


def test_given_a_replay_that_is_broken_then_the_simulators_own_message_reaches_the_user(
    folder: StateFolder, tmp_path: Path
) -> None:
    (tmp_path / "broken.csv").write_text("nothing")
    plan = PLAN.model_copy(update={"source": "replay", "replay": (str(tmp_path / "broken.csv"),)})
    with pytest.raises(processes.StartError, match=r"broken\.csv"):
        processes.await_healthy(simulator.start_simulator(folder, plan), folder.owner)


def test_given_the_emulator_died_then_running_says_so_and_down_clears_all_away(folder: StateFolder) -> None:
    process = start_emulator(folder)
    folder.save(LocalState(started_at="now", plan=PLAN).with_process(process))
    folder.outputs_file.write_text("{}")
    kill(process)
    with pytest.raises(NotFoundError, match="has died"):
        lifecycle.running(folder)
    lifecycle.down(folder)
    assert not folder.root.exists()


def test_given_the_folder_was_deleted_by_hand_then_down_still_finds_what_runs(folder: StateFolder) -> None:
    process = start_script(folder, "import time; time.sleep(600)")
    await_owned(folder, 1)
    folder.remove()
    assert lifecycle.down(folder) == 1
    assert not processes.is_alive(process, folder.owner)


@pytest.mark.skipif(sys.platform != "linux", reason="functions are forked on Linux only")
def test_a_forked_script_has_its_own_environment_and_pipes_and_ends_when_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forking, "_parent", None)
    script = tmp_path / "script.py"
    script.write_text(
        "import os, sys, time\n"
        "print(sys.stdin.readline().strip(), os.environ, os.getcwd(), sys.argv, flush=True)\n"
        "print(1 / 0 if os.environ['SLEEPS'] == 'no' else time.sleep(600))\n"
    )
    fails, sleeps = (
        forking.Forked(["python", str(script)], cwd=str(tmp_path), env={"SLEEPS": answer})
        for answer in ("no", "yes")
    )
    for process, answer in ((fails, "no"), (sleeps, "yes")):
        process.stdin.write("hello\n")
        answered = process.stdout.readline().strip()
        assert answered == f"hello environ({ {'SLEEPS': answer}!r}) {tmp_path} {[str(script)]!r}"
    assert fails.wait(10) is not None
    assert "ZeroDivisionError" in fails.stderr.read()
    assert sleeps.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        sleeps.wait(0.01)
    sleeps.terminate()
    assert sleeps.wait(10) is not None
    sleeps.kill()  # it is gone: nothing happens
    for process in (fails, sleeps):
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()
    forker, requests = forking._parent
    requests.close()
    assert forker.wait(10) == 0


def _invoke_sleeper(process: RunningProcess) -> None:
    """Deploy a function that sleeps and invoke it without waiting for it."""
    code = b"import time\ndef handler(event, context):\n    time.sleep(600)\n"
    client = boto3.client("lambda", endpoint_url=process.url)
    client.create_function(
        FunctionName="sleeper",
        Runtime="python3.13",
        Handler="index.handler",
        Role="arn:aws:iam::000000000000:role/any",
        Timeout=600,
        Code={"ZipFile": _zipped("index.py", code)},
    )
    client.invoke(FunctionName="sleeper", InvocationType="Event", Payload=b"{}")


def _zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, content)
    return buffer.getvalue()
