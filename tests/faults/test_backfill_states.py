"""A function dies in each state of the backfill's machine: it heals itself, or the next backfill does."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from tests.faults.conftest import FaultyDeployment
from tests.faults.machine import Death, Machine, Run, dying
from tests.faults.world import World, differences, lost

pytestmark = pytest.mark.emulator


@dataclass(frozen=True)
class State:
    """A state that invokes a function: at which of its calls it is there, how a run ends if it never is."""

    name: str
    function: str
    at: int
    ends: str


PLAN = State("Plan", "backfill", 0, "FAILED")
INGEST = State("Ingest", "ingest", 0, "FAILED")
REPORT = State("Report", "backfill", 1, "FAILED")  # the plan is one call


@dataclass
class Backfills:
    """Backfills of two months, each from the same beginning, and how they go undisturbed."""

    deployment: FaultyDeployment
    machine: Machine
    run_input: dict[str, Any]
    before: World
    after: World

    def begin(self) -> None:
        """Make everything as it was before the first one."""
        self.deployment.storage.put_back(self.before)

    def run(self) -> Run:
        """Bring the two months."""
        return self.machine.run(self.run_input)

    def differences(self, run: Run, failed: Run | None = None) -> list[str]:
        """Return what is not as after one without faults, but for what a failed one left in its name."""
        found = self.deployment.storage.look()
        for name in failed.names if failed is not None else ():
            found = found.without(name)
        return differences(self.after, found.renamed(run.names))


@pytest.fixture(scope="module")
def backfills(faulty: FaultyDeployment) -> Backfills:
    last = date.fromisoformat(faulty.today) - timedelta(days=70)
    run_input = {
        "stations": ["108"],
        "start": (last - timedelta(days=50)).isoformat(),
        "end": last.isoformat(),
    }
    machine = Machine(faulty, faulty.outputs.backfill_state_machine_arn)
    before = faulty.storage.look()
    run = machine.run(run_input)
    assert run.status == "SUCCEEDED"
    return Backfills(faulty, machine, run_input, before, faulty.storage.look().renamed(run.names))


@pytest.mark.parametrize(
    ("death", "states"),
    [(Death.KILLED, (PLAN, INGEST)), (Death.TIMED_OUT, (INGEST, REPORT))],
    ids=["killed", "timed out"],
)
def test_a_backfill_heals_itself_when_functions_die_once(
    death: Death,
    states: tuple[State, ...],
    backfills: Backfills,
    record_property: Callable[[str, object], None],
) -> None:
    backfills.begin()
    with ExitStack() as deaths:
        for state in states:
            deaths.enter_context(
                dying(backfills.deployment, state.function, death, timeout_seconds=4, at=state.at)
            )
        run = backfills.run()
    record_property("faults", len(states))
    assert run.status == "SUCCEEDED"
    assert not backfills.differences(run)


@pytest.mark.parametrize("state", [PLAN, INGEST], ids=lambda state: state.name)
def test_the_next_backfill_makes_good_what_a_throttled_function_left(
    state: State, backfills: Backfills, record_property: Callable[[str, object], None]
) -> None:
    backfills.begin()
    with dying(backfills.deployment, state.function, Death.THROTTLED, timeout_seconds=0):
        failed = backfills.run()
    assert failed.status == state.ends
    assert not lost(backfills.before, backfills.deployment.storage.look())
    run = backfills.run()
    record_property("faults", 1)
    assert run.status == "SUCCEEDED"
    assert not backfills.differences(run, failed)


def test_a_chunk_that_fails_is_recorded_even_when_the_recording_function_dies_once(
    backfills: Backfills, record_property: Callable[[str, object], None]
) -> None:
    deployment = backfills.deployment
    backfills.begin()
    with (
        dying(deployment, "ingest", Death.THROTTLED, timeout_seconds=0),
        dying(deployment, "backfill", Death.KILLED, timeout_seconds=0, at=1),
    ):
        failed = backfills.run()
    record_property("faults", 2)
    assert failed.status == "FAILED"
    kept = [key for key in deployment.storage.look().objects if f"{failed.run_id}/failures/" in key]
    years = (int(backfills.run_input[name][:4]) for name in ("end", "start"))
    assert len(kept) == next(years) - next(years) + 1  # a chunk is a station's days of one year
