"""The simulator in a thread of the test's process: real HTTP over a real socket, steered from Python."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infra.kma_simulator.__main__ import HOST, build_server, listen
from infra.kma_simulator.app import API_HUB_PATH, SERVICE_PATH, SHORT_TERM_PATH
from infra.kma_simulator.behaviour import Behaviour
from infra.kma_simulator.service import ObservationSource, Simulator
from infra.kma_simulator.synthetic import SyntheticWeather
from plantcast.common.clock import FixedClock, SystemClock

_STOP_TIMEOUT_SECONDS = 15


@dataclass(frozen=True)
class RunningSimulator:
    """A server that is up, and a handle on it."""

    port: int
    simulator: Simulator

    @property
    def root_url(self) -> str:
        """`http://127.0.0.1:PORT`; the admin endpoints are under `/_simulator/`."""
        return f"http://{HOST}:{self.port}"

    @property
    def base_url(self) -> str:
        """The service's URL, what `ASOS_BASE_URL` holds; `/getWthrDataList` follows it."""
        return self.root_url + SERVICE_PATH

    @property
    def key(self) -> str:
        """A service key that is accepted, in the decoded form."""
        return self.simulator.key

    @property
    def short_term_url(self) -> str:
        """The short-term forecast service's URL; `/getVilageFcst` follows it. It takes `key`, too."""
        return self.root_url + SHORT_TERM_PATH

    @property
    def api_hub_url(self) -> str:
        """The URL of kma_sfctm3 of the API Hub, whose own URL is `root_url`."""
        return self.root_url + API_HUB_PATH

    @property
    def hub_key(self) -> str:
        """The key that the API Hub accepts."""
        return self.simulator.hub_key

    @property
    def call_count(self) -> int:
        """Calls of the service so far."""
        return self.simulator.calls.count

    def set_clock(self, at: datetime) -> None:
        """Set the clock to `at`, where it stays."""
        self.simulator.clock = FixedClock(at)

    def set_behaviour(self, **changes: Any) -> None:
        """Change some fields of `Behaviour`."""
        merged = self.simulator.behaviour.model_dump() | changes
        self.simulator.behaviour = Behaviour.model_validate(merged)


@contextmanager
def running_simulator(
    source: ObservationSource | None = None, *, clock: datetime | None = None, **behaviour: Any
) -> Iterator[RunningSimulator]:
    """Run a simulator on a free port of 127.0.0.1 until the block ends.

    `source` defaults to synthetic weather; the clock shows `clock`, or real time; `behaviour` are fields
    of `Behaviour`.

    Raises:
        RuntimeError: the server did not start, or not stop in time.
    """
    simulator = Simulator(
        source or SyntheticWeather(),
        clock=SystemClock() if clock is None else FixedClock(clock),
        behaviour=Behaviour(**behaviour),
    )
    listener = listen(0)
    server = build_server(simulator)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        while not server.started:
            thread.join(0.01)
            if not thread.is_alive():
                raise RuntimeError("The simulator did not start; its log says why.")
        yield RunningSimulator(listener.getsockname()[1], simulator)
    finally:
        server.should_exit = True
        thread.join(_STOP_TIMEOUT_SECONDS)
        listener.close()
    if thread.is_alive():
        raise RuntimeError(f"The simulator did not stop within {_STOP_TIMEOUT_SECONDS} s.")
