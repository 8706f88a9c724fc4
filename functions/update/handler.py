"""Update: new guidance and observations of today into the lakes; which stations to forecast anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from plantcast.aws import DynamoTable, Parameters, S3ObjectStore
from plantcast.common.clock import Clock
from plantcast.common.errors import InvalidInputError
from plantcast.common.logging import logger, step
from plantcast.common.settings import (
    ClockSettings,
    GuidanceSettings,
    LakeSettings,
    OpenMeteoSettings,
    StationSettings,
    TableSettings,
)
from plantcast.forecasting.issued import ForecastStore
from plantcast.guidance.lake import GuidanceLake
from plantcast.guidance.open_meteo import OpenMeteoClient, PreviousRuns
from plantcast.guidance.status import Feed, FeedStatuses
from plantcast.monitoring import emf
from plantcast.pipeline.contracts.base import Rejection
from plantcast.pipeline.contracts.update import UpdateEvent, UpdateResult
from plantcast.pipeline.guidance import backfill_guidance, import_guidance
from plantcast.pipeline.update import StationFeed, UpdateStep, age_hours, stations_of

# Each name is a paid metric beyond the first ten.
_AGE_METRICS: Mapping[Feed, str] = {
    "kma": "KmaGuidanceAge",
    "open_meteo": "OpenMeteoGuidanceAge",
    "api_hub": "LiveObservationsAge",
}
# An hourly update repeats itself; a backfill has nobody to repeat it.
_ATTEMPTS_ON_DEMAND: Final = 5


class Settings(ClockSettings, LakeSettings, TableSettings, StationSettings):
    """The environment this function needs."""


class BackfillSettings(ClockSettings, LakeSettings, GuidanceSettings, OpenMeteoSettings):
    """The environment that a backfill needs."""


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


def _previous_runs() -> PreviousRuns:
    settings = BackfillSettings.model_validate({})
    if "open_meteo" not in settings.guidance_sources:
        raise InvalidInputError(
            f"GuidanceSources={','.join(settings.guidance_sources)} has no open_meteo.",
            remedy="Deploy with GuidanceSources=kma,open_meteo; without a customer's key that is for "
            "non-commercial use only.",
        )
    key_parameter = settings.open_meteo_key_parameter
    client = OpenMeteoClient(
        settings.open_meteo_previous_runs_url,
        settings.open_meteo_models,
        key=Parameters().get(key_parameter) if key_parameter else "",
        attempts=_ATTEMPTS_ON_DEMAND,
    )
    store = S3ObjectStore(settings.data_bucket)
    return PreviousRuns(client, store, GuidanceLake(store), settings.clock())


@step
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Take an `UpdateEvent`; return an `UpdateResult`, or a `Rejection` when the input is wrong.

    Past forecasts are imported and fetched on demand (`GuidanceImportEvent`, `GuidanceBackfillEvent`).
    """
    if "import_key" in event:
        lake = LakeSettings.model_validate({})
        store = S3ObjectStore(lake.data_bucket)
        return import_guidance(event, store, lake.observation_source).to_json()
    if "start" in event:
        return backfill_guidance(event, _previous_runs).to_json()
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
