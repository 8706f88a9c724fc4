"""`up` and `down`: start, deploy and stop the processes of a state folder.

`up` can be repeated, interrupted and killed: it uses what runs, removes what is left of dead processes, and
stops what it started from nothing when it cannot finish.
"""

from __future__ import annotations

import ctypes
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from infra.emulator import ministack as emulator
from infra.emulator import simulator
from infra.emulator.deploy import deploy
from infra.emulator.processes import await_healthy, is_alive, is_healthy, owned_by, stop
from infra.emulator.services import Services
from infra.emulator.sources import (
    API_HUB_KEY_VARIABLE,
    KMA_KEY_VARIABLE,
    LOCAL_FRESHNESS,
    ObservationPlan,
)
from infra.emulator.state import LocalState, StateFolder
from infra.stack.deployment import Deployment, put_secrets
from infra.stack.outputs import Outputs
from plantcast.common.clock import KST
from plantcast.common.errors import ConflictError, CorruptDataError, NotFoundError, PlantcastError

DEFAULT_HISTORY_DAYS = 3653

Report = Callable[[str], None]


@dataclass(frozen=True)
class UpOptions:
    """Options of `up`.

    `emulator_settings` are added to the environment of an emulator that is started (`AUTH`: enforce the
    functions' roles), not of one that runs already; `parameters` to those of the template that the plan sets.
    """

    plan: ObservationPlan
    history_days: int = DEFAULT_HISTORY_DAYS
    port: int | None = None
    emulator_settings: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Running:
    """What `up` leaves running; `fresh`: it was started from nothing."""

    state: LocalState
    outputs: Outputs
    fresh: bool

    @property
    def deployment(self) -> Deployment:
        """What was deployed."""
        return self.state.plan.deployment(self.outputs)


def up(folder: StateFolder, options: UpOptions, environ: Mapping[str, str], report: Report) -> Running:
    """Start what does not run yet and deploy. The caller holds the folder's lock.

    Raises:
        PlantcastError: anything that prevents it; what was started from nothing has been stopped again.
    """
    check_lightgbm()
    state = _living_state(folder, report)
    fresh = state is None
    if state is None:
        state = LocalState(started_at=f"{datetime.now(KST):%Y-%m-%dT%H:%M:%S%z}", plan=options.plan)
    else:
        state = state.model_copy(update={"plan": state.plan.require_same(options.plan)})
        report(f"using the emulator that runs on {state.processes[emulator.NAME].url}")
    try:
        state = _start_missing(folder, state, options, report)
        await_healthy(state.processes[emulator.NAME], folder.owner)
        outputs = _deploy(folder, state, options, environ, report)
        if state.plan.simulated:
            await_healthy(state.processes[simulator.NAME], folder.owner)
    except BaseException:
        if fresh:
            stop(folder.owner)
            _forget(folder)
        raise
    outputs.save(folder.outputs_file)
    return Running(state, outputs, fresh)


def down(folder: StateFolder) -> int:
    """Stop everything started for this folder, recorded or not, and remove the folder.

    The caller holds the folder's lock. Returns how many processes were stopped; repeating it is fine.
    """
    stopped = stop(folder.owner)
    folder.remove()
    return stopped


def running(folder: StateFolder) -> tuple[LocalState, Outputs]:
    """Return what runs and what is deployed.

    Raises:
        NotFoundError: nothing does, it died, or it has not been deployed.
        CorruptDataError: the record of it is damaged.
    """
    state = folder.load()
    if state is None:
        raise NotFoundError("Nothing runs here.", remedy="Start it with `make demo` (or `./plantcast up`).")
    process = state.processes.get(emulator.NAME)
    if process is None or not is_alive(process, folder.owner):
        raise NotFoundError(
            "The emulator that ran here has died, and its data with it.",
            remedy="Start afresh with `make demo`; `make down` removes what is left.",
        )
    return state, Outputs.load(folder.outputs_file)


def is_running(folder: StateFolder) -> bool:
    """Return whether a deployment runs."""
    try:
        running(folder)
    except (NotFoundError, CorruptDataError):
        return False
    return True


def check_lightgbm() -> None:
    """Load LightGBM's shared library alone: importing the package would take a second.

    Raises:
        PlantcastError: it is not installed, or a library it needs is missing.
    """
    spec = importlib.util.find_spec("lightgbm")
    if spec is None or spec.origin is None:
        raise PlantcastError("LightGBM is not installed.", remedy="Run `make setup`.")
    try:
        for library in Path(spec.origin).parent.glob("*/lib_lightgbm.*"):
            ctypes.CDLL(str(library))
    except OSError as error:
        raise PlantcastError(
            f"LightGBM cannot be loaded: {error}.",
            remedy="Install OpenMP (`apt-get install libgomp1`, `dnf install libgomp`, "
            "`brew install libomp`), or remove .venv and run `make setup`.",
        ) from error


def _living_state(folder: StateFolder, report: Report) -> LocalState | None:
    """Return the state to continue with, None to start afresh; remains of a dead emulator are removed.

    Raises:
        ConflictError: processes run that the folder has no record of.
        CorruptDataError: the state file is damaged.
        StartError: the emulator runs and does not answer.
    """
    state = folder.load()
    if state is None:
        if strays := owned_by(folder.owner):
            raise ConflictError(
                f"{len(strays)} processes run for {folder.root}, which has no record of them.",
                remedy="`make down` stops them and removes their data; then start again.",
            )
        _forget(folder)
        return None
    process = state.processes.get(emulator.NAME)
    if process is not None and is_alive(process, folder.owner):
        # Also after a start that was interrupted, or with outputs.json lost: deploying is repeatable, and the
        # emulator holds the data in its memory.
        await_healthy(process, folder.owner)
        return state
    report("the emulator is not running, so its data is gone: starting afresh")
    stop(folder.owner)
    _forget(folder)
    return None


def _forget(folder: StateFolder) -> None:
    folder.state_file.unlink(missing_ok=True)
    folder.outputs_file.unlink(missing_ok=True)
    emulator.wipe(folder)


def _start_missing(folder: StateFolder, state: LocalState, options: UpOptions, report: Report) -> LocalState:
    """Start emulator and simulator side by side, unless they run; record each at once."""
    if emulator.NAME not in state.processes:
        report("starting the emulator")
        process = emulator.start_emulator(
            folder,
            reaches_out=not state.plan.simulated,
            port=options.port,
            extra=options.emulator_settings,
        )
        state = state.with_process(process)
        folder.save(state)
    known = state.processes.get(simulator.NAME)
    if state.plan.simulated and not (known and is_alive(known, folder.owner) and is_healthy(known)):
        report(f"starting the simulated KMA ({state.plan.label})")
        stop(folder.owner, simulator.NAME)
        state = state.with_process(simulator.start_simulator(folder, state.plan))
    folder.save(state)
    return state


def _deploy(
    folder: StateFolder, state: LocalState, options: UpOptions, environ: Mapping[str, str], report: Report
) -> Outputs:
    plan = state.plan
    if plan.simulated:
        services = simulator.services(state.processes[simulator.NAME])
        kma_key, api_hub_key = simulator.KEY, simulator.API_HUB_KEY
    else:
        services = Services(str(plan.base_url), plan.api_hub_url)
        kma_key, api_hub_key = (
            environ[KMA_KEY_VARIABLE].strip(),
            environ.get(API_HUB_KEY_VARIABLE, "").strip(),
        )
    endpoint = state.processes[emulator.NAME].url
    put_secrets(endpoint, kma_key=kma_key, api_key=folder.api_key(), api_hub_key=api_hub_key)
    return deploy(
        endpoint=endpoint,
        state_dir=folder.root,
        parameters={
            "ObservationSource": plan.source,
            "Stations": ",".join(plan.stations),
            "HistoryDays": str(options.history_days),
            **services.parameters(),
            "GuidanceSources": ",".join(plan.guidance),
            **LOCAL_FRESHNESS,
            **options.parameters,
        },
        clock_offset_seconds=plan.clock_offset_seconds,
        on_step=report,
    )
