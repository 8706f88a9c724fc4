"""One simulator for a module's tests, over real HTTP; each test finds it as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.kma_simulator.quota import Quota
from infra.kma_simulator.testing import RunningSimulator, running_simulator
from tests.contract.simulator_calls import NOW


@pytest.fixture(scope="module")
def server() -> Iterator[RunningSimulator]:
    with running_simulator(clock=NOW, calls_per_day=None) as running:
        yield running


@pytest.fixture
def simulator(server: RunningSimulator) -> Iterator[RunningSimulator]:
    before = server.simulator.behaviour
    yield server
    server.clear_faults()
    server.clear_fault_plan()
    server.forget_calls()
    server.simulator.quota = Quota()
    server.simulator.behaviour = before
    server.set_clock(NOW)
