"""What the routes need, put together once by the handler (or by a test, with fakes)."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, Final

from plantcast.aws import ItemTable, ObjectStore
from plantcast.common.clock import Clock, parse_hour
from plantcast.common.errors import KeyRejectedError, NotFoundError
from plantcast.common.stations import STATIONS, Station
from plantcast.forecasting.issued import Forecast, ForecastStore
from plantcast.observations.status import read_status
from plantcast.pipeline.run_steps import RunSteps
from plantcast.pipeline.runs import RunStore
from plantcast.registry import ModelRegistry

# A rotated key counts within this time on every warm instance, at one SSM call an instance in it.
KEY_LIFETIME_SECONDS: Final = 300.0


class ApiKey:
    """The key for calls that write, read from its secret store and kept for a few minutes."""

    def __init__(self, read: Callable[[], str]) -> None:
        self._read = read
        self._value: bytes | None = None
        self._read_at = 0.0

    def check(self, given: str | None) -> None:
        """Let the right key pass.

        Raises:
            KeyRejectedError: no key or another one was given.
            NotFoundError: no key is configured.
        """
        if given is None:
            raise KeyRejectedError("This call needs a key.", remedy="Send it in the header X-Api-Key.")
        if not hmac.compare_digest(given.encode(), self._expected()):
            raise KeyRejectedError(
                "The key in X-Api-Key is not the right one.",
                remedy="Ask whoever deployed Plantcast for the key in its SSM parameter.",
            )

    def _expected(self) -> bytes:
        if self._value is None or monotonic() - self._read_at > KEY_LIFETIME_SECONDS:
            self._value, self._read_at = self._read().encode(), monotonic()
        return self._value


@dataclass(frozen=True)
class Deps:
    """Everything the routes reach; `predict` invokes the predict function and returns its result."""

    clock: Clock
    table: ItemTable
    store: ObjectStore
    forecasts: ForecastStore
    runs: RunStore
    steps: RunSteps
    registry: ModelRegistry
    predict: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    api_key: ApiKey
    source: str
    stations: tuple[str, ...]
    allowed_origins: tuple[str, ...]
    notify_profiles: tuple[str, ...] = ("default",)
    push_public_key: str = ""  # empty: no push messages

    def station(self, number: str | None) -> Station:
        """Return the requested station; the first configured one when none was named.

        Raises:
            NotFoundError: this deployment does not forecast for it.
        """
        chosen = number or self.stations[0]
        if chosen not in self.stations or chosen not in STATIONS:
            raise NotFoundError(
                f"There is no station {chosen!r} here.", remedy=f"Use one of {', '.join(self.stations)}."
            )
        return STATIONS[chosen]

    def stored_forecast(self, station: Station) -> Forecast:
        """Return the newest forecast of a station.

        Raises:
            NotFoundError: there is none yet.
            CorruptDataError: it cannot be read.
        """
        found = self.forecasts.latest(station.number)
        if found is None:
            raise NotFoundError(
                f"There is no forecast for station {station.number} yet.",
                remedy="Run the pipeline (its state machine) once, or POST /predict.",
            )
        return found

    def last_observation(self, station: str) -> datetime | None:
        """Return the last hour observed at a station, None before the first."""
        last = (read_status(self.table, station) or {}).get("last_observation")
        return None if last is None else parse_hour(last, name="last_observation")
