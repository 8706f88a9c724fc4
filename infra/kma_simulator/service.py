"""The state that the services of one server share."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from infra.kma_simulator.behaviour import Behaviour, Service
from infra.kma_simulator.calls import CallLog
from infra.kma_simulator.guidance.forecast import Forecaster
from infra.kma_simulator.replay import ReplayedObservations
from infra.kma_simulator.synthetic import SyntheticWeather
from plantcast.common.clock import Clock, SystemClock

# Holds the characters that make real keys hard to send: + / = must be percent-encoded once.
DEFAULT_KEY: Final = "simulator+key/without+value=="
DEFAULT_HUB_KEY: Final = "simulator-hub-key"

# What is served; both have `name`, `stations` (number to Korean name) and `hours`.
ObservationSource = SyntheticWeather | ReplayedObservations


@dataclass
class Simulator:
    """All that shapes the answers of one server.

    `key` is the data.go.kr key that it accepts, decoded, `hub_key` that of the API Hub; `seed` is that of the
    errors of its forecasts.
    """

    source: ObservationSource
    key: str = DEFAULT_KEY
    clock: Clock = field(default_factory=SystemClock)
    behaviour: Behaviour = field(default_factory=Behaviour)
    hub_key: str = DEFAULT_HUB_KEY
    seed: int = 108
    logs: defaultdict[Service, CallLog] = field(default_factory=lambda: defaultdict(CallLog))

    @property
    def calls(self) -> CallLog:
        """Calls of the ASOS service."""
        return self.logs["asos"]

    @cached_property
    def forecaster(self) -> Forecaster:
        """Makes the forecasts that are served."""
        return Forecaster(self.source, self.seed)

    def spend(self, service: Service) -> bool:
        """Count a call against the service's quota of today; return whether it had room."""
        quota = 0 if self.behaviour.fault(service) == "quota" else self.behaviour.calls_per_day
        return self.logs[service].spend(self.clock.now().date(), quota)
