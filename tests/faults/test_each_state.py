"""A function dies in each state of the nightly machine: the run heals itself, or the next one does."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.faults.conftest import FaultyDeployment
from tests.faults.machine import Death, Machine, Run, dying
from tests.faults.world import World, differences, lost

pytestmark = pytest.mark.emulator

FORECAST: dict[str, Any] = {"retrain": False}
TRAIN: dict[str, Any] = {"retrain": True}
# After two runs these hold both: steps, what each found new, which reported a plant, that the first forecast
# without the day that a throttled ingest did not bring; of two versions from one origin either is the shadow.
_OF_BOTH = ("ALERT", "ISSUE", "NOTICE", "SHADOW")
OF_BOTH_RUNS = (
    "OUTBOX / ",
    "PIPELINE / RUN#",
    "RUN#<run> / ",
    *(f"STATION#108 / {kind}#" for kind in _OF_BOTH),
)


@dataclass(frozen=True)
class State:
    """A state that invokes a function: with which input a run comes there, how it ends if nobody answers."""

    name: str
    function: str
    run_input: dict[str, Any]
    ends: str
    timeout_seconds: int = 4  # long enough for the function when it is not held
    prepared: bool = True  # otherwise every attempt at Prepare fails, so that the failure is recorded

    @property
    def usual_end(self) -> str:
        """How a run ends in which this state's function does not die."""
        return "SUCCEEDED" if self.prepared else "FAILED"


STATES = (
    State("Prepare", "prepare", FORECAST, "FAILED"),
    State("Ingest", "ingest", FORECAST, "SUCCEEDED"),
    State("Features", "features", FORECAST, "FAILED"),
    State("Train", "train", TRAIN, "SUCCEEDED", timeout_seconds=40),
    State("Evaluate", "evaluate", TRAIN, "SUCCEEDED", timeout_seconds=20),
    State("Predict", "predict", FORECAST, "FAILED", timeout_seconds=10),
    State("Monitor", "monitor", FORECAST, "FAILED", timeout_seconds=8),
    State("RecordFailure", "monitor", FORECAST, "FAILED", prepared=False),
    State("NotifyFailure", "notify", FORECAST, "FAILED", prepared=False),
)


@dataclass
class Nights:
    """Runs of the machine, each from the same beginning, and how they go undisturbed."""

    deployment: FaultyDeployment
    machine: Machine
    before: World
    _undisturbed: dict[str, World] = field(default_factory=dict)

    def begin(self) -> None:
        """Make everything as it was before the first run."""
        self.deployment.storage.put_back(self.before)

    def run(self, state: State) -> Run:
        """Run the machine so that it comes to the state."""
        if state.prepared:
            return self.machine.run(state.run_input)
        with dying(self.deployment, "prepare", Death.THROTTLED, timeout_seconds=0):
            return self.machine.run(state.run_input)

    def undisturbed(self, state: State) -> World:
        """Return what is stored after a run in which the function does not die, its names replaced."""
        known = _kind(state)
        if known not in self._undisturbed:
            self.begin()
            run = self.run(state)
            assert run.status == state.usual_end
            self._undisturbed[known] = self.deployment.storage.look().renamed(run.names)
        return self._undisturbed[known]

    def differences(self, run: Run, state: State, failed: Run | None = None) -> list[str]:
        """Return what is not as after a run without faults, but for what a failed run left in its name."""
        found = self.deployment.storage.look()
        for name in failed.names if failed is not None else ():
            found = found.without(name)
        return differences(self._undisturbed[_kind(state)], found.renamed(run.names))

    def newest_forecast(self, world: World | None = None) -> dict[str, Any] | None:
        """Return the newest forecast's values, of now or of another world; None when there is none."""
        items = (world or self.deployment.storage.look()).items
        newest = max((key for key in items if key[1].startswith("ISSUE#")), default=None)
        return None if newest is None else {name: items[newest][name] for name in ("origin", "ta", "hm")}


def _kind(state: State) -> str:
    return str((state.run_input, state.prepared))


@pytest.fixture(scope="module")
def nights(faulty: FaultyDeployment) -> Nights:
    return Nights(faulty, Machine(faulty, faulty.outputs.state_machine_arn), faulty.storage.look())


# The states that record a failure are retried by the same rule: one death tells.
@pytest.mark.parametrize(
    ("death", "prepared"),
    [(Death.KILLED, True), (Death.TIMED_OUT, True), (Death.KILLED, False)],
    ids=["killed", "timed out", "killed-after-a-failure"],
)
def test_a_run_succeeds_when_every_function_dies_once(
    death: Death, prepared: bool, nights: Nights, record_property: Callable[[str, object], None]
) -> None:
    states = [state for state in STATES if state.prepared is prepared]
    # The state that needs all the others: with retraining, or the last of a failed run.
    last = next(state for state in states if state.run_input == TRAIN or not prepared)
    nights.undisturbed(last)
    nights.begin()
    with ExitStack() as deaths:
        for state in states:
            seconds = state.timeout_seconds
            deaths.enter_context(dying(nights.deployment, state.function, death, timeout_seconds=seconds))
        run = nights.run(last)
    record_property("faults", len(states))
    assert run.status == last.usual_end
    assert not nights.differences(run, last)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_the_next_run_makes_good_what_a_throttled_function_left(
    state: State, nights: Nights, record_property: Callable[[str, object], None]
) -> None:
    nights.undisturbed(state)
    nights.begin()
    with dying(nights.deployment, state.function, Death.THROTTLED, timeout_seconds=0):
        failed = nights.run(state)
    assert failed.status == state.ends
    assert not lost(nights.before, nights.deployment.storage.look())
    issued = nights.newest_forecast()
    run = nights.run(state)
    record_property("faults", 1)
    assert run.status == state.usual_end
    wrong = nights.differences(run, state, failed)
    entries = (re.sub("^(missing|more than expected): ", "", entry) for entry in wrong)
    assert not [entry for entry in entries if not entry.startswith(OF_BOTH_RUNS)]
    forecast = nights.newest_forecast()
    if state.function in {"train", "evaluate"}:
        # Issued by the failed run with the model that was there, and final.
        assert forecast == issued
    else:
        assert forecast == nights.newest_forecast(nights.undisturbed(state))
