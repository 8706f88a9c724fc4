"""One simulator for a module's tests, over real HTTP; each test finds it as it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from plantcast.common.clock import KST
from tests.support.running_simulator import RunningSimulator, running_simulator

NOW = datetime(2025, 5, 30, 2, tzinfo=KST)


@pytest.fixture(scope="module")
def server() -> Iterator[RunningSimulator]:
    with running_simulator(clock=NOW, calls_per_day=None) as running:
        yield running


@pytest.fixture
def simulator(server: RunningSimulator) -> Iterator[RunningSimulator]:
    before = server.simulator.behaviour
    yield server
    server.simulator.logs.clear()
    server.simulator.behaviour = before
    server.set_clock(NOW)
