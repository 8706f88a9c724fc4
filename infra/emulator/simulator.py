"""The simulated KMA as a process: started for every deployment that does not use the real one."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from infra.emulator.processes import answers, await_healthy, listens, start, stop
from infra.emulator.sources import ObservationPlan
from infra.emulator.state import REPOSITORY, RunningProcess, StateFolder
from infra.stack.environment import child_environment

NAME = "simulator"
HEALTH = "/_simulator/health"
SERVICE_PATH = "/1360000/AsosHourlyInfoService"
# The simulator refuses other keys as the KMA does. Not a secret: it opens made-up weather on loopback.
KEY = "plantcast-demo-key"
_START_SECONDS = 90.0  # reading a replay of ten years takes a few seconds


def base_url(process: RunningProcess) -> str:
    """Return what the functions get as `ASOS_BASE_URL`."""
    return process.url + SERVICE_PATH


def is_healthy(process: RunningProcess) -> bool:
    """Say whether this simulator, and not another program on its port, answers."""
    return listens(process, process.port) and answers(process.port, HEALTH, timeout=5.0)


def start_simulator(
    folder: StateFolder,
    plan: ObservationPlan,
    *,
    on_start: Callable[[RunningProcess], None] = lambda _: None,
) -> RunningProcess:
    """Start the simulator on a free port and wait until it answers.

    `on_start` learns of the process before it is waited for (with port 0), so that it can be recorded.

    Raises:
        StartError: it ended or did not answer.
    """
    home = folder.root / "simulator"
    (home / "tmp").mkdir(parents=True, exist_ok=True)
    port_file = home / "port"
    port_file.unlink(missing_ok=True)
    environment = child_environment(os.environ, owner=folder.owner, name=NAME, home=home, reaches_out=False)
    environment["PYTHONPATH"] = os.pathsep.join(map(str, (REPOSITORY / "layers/domain/python", REPOSITORY)))
    process = start(
        NAME,
        _arguments(plan, port_file),
        env=environment,
        cwd=home,
        log=folder.logs / "simulator.log",
        on_start=on_start,
    )
    try:
        await_healthy(
            process,
            lambda: (port := _port(port_file)) is not None and answers(port, HEALTH),
            owner=folder.owner,
            seconds=_START_SECONDS,
            remedy=f"Fix the cause named above and retry; whole log: {folder.logs / 'simulator.log'}",
        )
    except BaseException:
        stop(process, folder.owner)
        raise
    return process.model_copy(update={"port": _port(port_file)})


def _arguments(plan: ObservationPlan, port_file: Path) -> list[str]:
    arguments = ["-m", "infra.kma_simulator", "--port", "0", "--port-file", str(port_file)]
    arguments += ["--source", plan.source, "--seed", str(plan.seed), "--key", KEY]
    if plan.replay:
        arguments += ["--replay", *plan.replay]
    if plan.clock_offset_seconds:
        arguments += ["--clock", plan.now().isoformat(timespec="seconds")]
    return arguments


def _port(port_file: Path) -> int | None:
    try:
        return int(port_file.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
