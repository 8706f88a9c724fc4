"""Update: new guidance and observations of today into the lakes; which stations to forecast anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from plantcast.aws import DynamoTable
from plantcast.common.clock import Clock
from plantcast.common.errors import InvalidInputError
from plantcast.common.logging import logger, step
from plantcast.common.settings import ClockSettings, LakeSettings, StationSettings, TableSettings
from plantcast.forecasting.issued import ForecastStore
from plantcast.guidance.status import Feed, FeedStatuses
from plantcast.monitoring import emf
from plantcast.pipeline.contracts.base import Rejection
from plantcast.pipeline.contracts.update import UpdateEvent, UpdateResult
from plantcast.pipeline.update import StationFeed, UpdateStep, age_hours, stations_of

# Each name is a paid metric beyond the first ten.
_AGE_METRICS: Mapping[Feed, str] = {
    "kma": "KmaGuidanceAge",
    "open_meteo": "OpenMeteoGuidanceAge",
    "api_hub": "LiveObservationsAge",
}


class Settings(ClockSettings, LakeSettings, TableSettings, StationSettings):
    """The environment this function needs."""


@dataclass(frozen=True)
class _Wiring:
    settings: Settings
    step: UpdateStep
    clock: Clock


@cache
def _wiring() -> _Wiring:
    settings = Settings.model_validate({})
    table, clock = DynamoTable(settings.table_name), settings.clock()
    return _Wiring(
        settings,
        UpdateStep(_feeds(settings, table, clock), FeedStatuses(table), ForecastStore(table), table, clock),
        clock,
    )


def _feeds(settings: Settings, table: DynamoTable, clock: Clock) -> dict[Feed, StationFeed]:
    return {}


@step
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Take an `UpdateEvent`; return an `UpdateResult`, or a `Rejection` when the input is wrong."""
    wiring, given = _wiring(), UpdateEvent.parse(event)
    try:
        stations = stations_of(given.input, configured=wiring.settings.stations)
    except InvalidInputError as error:
        logger.warning("update rejected", extra={"run_id": given.run_id, "reason": str(error)})
        return Rejection(status="rejected", run_id=given.run_id, message=str(error)).to_json()
    result = wiring.step.run(given.run_id, stations, seconds_left=_seconds_left(context))
    if any(feed.refused for feed in result.feeds):
        _wiring.cache_clear()  # a warm function must read a corrected key in the next hour
    _write_ages(result, wiring.clock)
    return result.to_json()


def _write_ages(result: UpdateResult, clock: Clock) -> None:
    for feed in result.feeds:
        age = age_hours(feed, clock.now())
        if age is not None:
            emf.count(_AGE_METRICS[feed.feed], round(age, 2))


def _seconds_left(context: object) -> Callable[[], float]:
    """Return a function of the seconds left in this invocation; without a Lambda context, infinity."""
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    if not callable(remaining):
        return lambda: float("inf")
    return lambda: float(remaining()) / 1000
