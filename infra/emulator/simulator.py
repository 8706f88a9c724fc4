"""The simulated KMA as a process: started for every deployment that does not use the real one."""

from __future__ import annotations

import os
from typing import Final

from infra.emulator.processes import free_port, start
from infra.emulator.services import Services
from infra.emulator.sources import ObservationPlan
from infra.emulator.state import REPOSITORY, RunningProcess, StateFolder
from infra.stack.environment import child_environment

NAME: Final = "simulator"
# The simulator refuses other keys as the KMA does. No secrets: they open made-up weather on loopback.
KEY: Final = "plantcast-demo-key"
API_HUB_KEY: Final = "plantcast-demo-hub-key"
_HEALTH: Final = "/_simulator/health"
_SERVICE_PATH: Final = "/1360000/AsosHourlyInfoService"


def services(process: RunningProcess) -> Services:
    """Return the addresses of its services."""
    return Services.of_simulator(process.url + _SERVICE_PATH)


def start_simulator(folder: StateFolder, plan: ObservationPlan) -> RunningProcess:
    """Start the simulator on a free port; `processes.await_healthy` waits for it."""
    home = folder.root / "simulator"
    (home / "tmp").mkdir(parents=True, exist_ok=True)
    environment = child_environment(os.environ, owner=folder.owner, name=NAME, home=home, reaches_out=False)
    environment["PYTHONPATH"] = os.pathsep.join(map(str, (REPOSITORY / "layers/domain/python", REPOSITORY)))
    process = RunningProcess(
        name=NAME, port=free_port(), health=_HEALTH, log=str(folder.logs / "simulator.log")
    )
    arguments = ["-m", "infra.kma_simulator", "--port", str(process.port)]
    arguments += ["--seed", str(plan.seed), "--key", KEY, "--hub-key", API_HUB_KEY]
    if plan.replay:
        arguments += ["--replay", *plan.replay]
    if plan.clock_offset_seconds:
        arguments += ["--clock", plan.now().isoformat(timespec="seconds")]
    return start(process, arguments, env=environment, cwd=home)
