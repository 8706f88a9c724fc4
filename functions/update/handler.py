"""Update: guidance and observations of today into the lakes, every hour; past guidance on demand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from plantcast.aws import DynamoTable, ObjectStore, Parameters, S3ObjectStore
from plantcast.common.clock import Clock
from plantcast.common.errors import InvalidInputError, PlantcastError
from plantcast.common.invocation import seconds_left
from plantcast.common.logging import logger, step
from plantcast.common.settings import (
    ApiHubSettings,
    ClockSettings,
    GuidanceSettings,
    LakeSettings,
    OpenMeteoSettings,
    ShortTermSettings,
    StationSettings,
    TableSettings,
)
from plantcast.forecasting.issued import ForecastStore
from plantcast.guidance.kma_short_term.client import ShortTermClient
from plantcast.guidance.kma_short_term.feed import ShortTermForecasts
from plantcast.guidance.lake import GuidanceLake
from plantcast.guidance.open_meteo import OpenMeteo, OpenMeteoClient, PreviousRuns
from plantcast.guidance.status import Feed, FeedStatuses, GuidanceSource
from plantcast.monitoring import emf
from plantcast.observations.kma.api_hub.client import ApiHubClient
from plantcast.observations.kma.api_hub.live import LiveObservations
from plantcast.observations.lake import ObservationLake
from plantcast.pipeline.contracts.base import Rejection
from plantcast.pipeline.contracts.update import UpdateEvent, UpdateResult
from plantcast.pipeline.guidance import backfill_guidance, import_guidance
from plantcast.pipeline.update import StationFeed, UnusableFeed, UpdateStep, age_hours, stations_of

# Each name is a paid metric beyond the first ten of an account.
_AGE_METRICS: Final[Mapping[Feed, str]] = {
    "kma": "KmaGuidanceAge",
    "open_meteo": "OpenMeteoGuidanceAge",
    "api_hub": "LiveObservationsAge",
}
# An hourly update repeats itself; a backfill has nobody to repeat it.
_ATTEMPTS_ON_DEMAND: Final = 5


class Settings(
    ClockSettings,
    LakeSettings,
    TableSettings,
    StationSettings,
    GuidanceSettings,
    ShortTermSettings,
    ApiHubSettings,
    OpenMeteoSettings,
):
    """The environment this function needs."""


@dataclass(frozen=True)
class _Wiring:
    settings: Settings
    store: ObjectStore
    guidance: GuidanceLake
    table: DynamoTable
    clock: Clock
    parameters: Parameters

    def short_term(self) -> StationFeed:
        url = self.settings.short_term_base_url
        if "/typ02/" in url:  # the same service at the API Hub
            client = ShortTermClient(url, self._api_hub_key(), clock=self.clock, key_parameter="authKey")
        else:
            client = ShortTermClient(
                url, self.parameters.get(self.settings.kma_key_parameter), clock=self.clock
            )
        return ShortTermForecasts(client, self.store, self.guidance, self.clock)

    def open_meteo(self) -> StationFeed:
        client = OpenMeteoClient(
            self.settings.open_meteo_base_url, self.settings.open_meteo_models, key=self._open_meteo_key()
        )
        return OpenMeteo(client, self.store, self.guidance, self.clock)

    def live_observations(self) -> StationFeed:
        lake = ObservationLake(self.store, self.settings.observation_source)
        client = ApiHubClient(self.settings.api_hub_base_url, self._api_hub_key(), clock=self.clock)
        return LiveObservations(client, self.store, lake, self.table, self.clock)

    def previous_runs(self) -> PreviousRuns:
        """Return the client of a backfill.

        Raises:
            InvalidInputError: Open-Meteo is not among the sources.
        """
        sources = self.settings.guidance_sources
        if "open_meteo" not in sources:
            raise InvalidInputError(
                f"GuidanceSources={','.join(sources)} has no open_meteo.",
                remedy="Deploy with GuidanceSources=kma,open_meteo; without a customer's key that is for "
                "non-commercial use only.",
            )
        client = OpenMeteoClient(
            self.settings.open_meteo_previous_runs_url,
            self.settings.open_meteo_models,
            key=self._open_meteo_key(),
            attempts=_ATTEMPTS_ON_DEMAND,
        )
        return PreviousRuns(client, self.store, self.guidance, self.clock)

    def _api_hub_key(self) -> str:
        name = self.settings.api_hub_key_parameter
        if not name:
            raise InvalidInputError(
                f"SHORT_TERM_BASE_URL={self.settings.short_term_base_url} is the API Hub's, and "
                "API_HUB_KEY_PARAMETER is empty.",
                remedy="Set the template's parameter ApiHubKeyParameter.",
            )
        return self.parameters.get(name)

    def _open_meteo_key(self) -> str:
        name = self.settings.open_meteo_key_parameter
        return self.parameters.get(name) if name else ""

    def feeds(self) -> dict[Feed, StationFeed]:
        """Return the feeds that are configured; one whose key cannot be read says so for each station."""
        guidance: dict[GuidanceSource, Callable[[], StationFeed]] = {
            "kma": self.short_term,
            "open_meteo": self.open_meteo,
        }
        sources = self.settings.guidance_sources
        found: dict[Feed, StationFeed] = {
            source: _usable(make) for source, make in guidance.items() if source in sources
        }
        if self.settings.api_hub_key_parameter:
            found["api_hub"] = _usable(self.live_observations)
        return found


def _usable(make: Callable[[], StationFeed]) -> StationFeed:
    try:
        return make()
    except PlantcastError as error:
        return UnusableFeed(error)


@cache
def _wiring() -> _Wiring:
    settings = Settings.model_validate({})
    store = S3ObjectStore(settings.data_bucket)
    table = DynamoTable(settings.table_name)
    return _Wiring(settings, store, GuidanceLake(store), table, settings.clock(), Parameters())


@cache
def _update() -> UpdateStep:
    wiring = _wiring()
    statuses, forecasts = FeedStatuses(wiring.table), ForecastStore(wiring.table)
    return UpdateStep(wiring.feeds(), statuses, forecasts, wiring.table, wiring.clock)


@step
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Take one of the events of docs/contracts.md; return its result.

    Of an `UpdateEvent` whose input is wrong the result is a `Rejection`.
    """
    wiring = _wiring()
    if "import_key" in event:
        return import_guidance(event, wiring.store, wiring.settings.observation_source).to_json()
    if "start" in event or "end" in event:
        return backfill_guidance(event, wiring.previous_runs).to_json()
    given = UpdateEvent.parse(event)
    try:
        stations = stations_of(given.input, configured=wiring.settings.stations)
    except InvalidInputError as error:
        logger.warning("update rejected", extra={"run_id": given.run_id, "reason": str(error)})
        return Rejection(status="rejected", run_id=given.run_id, message=str(error)).to_json()
    result = _update().run(given.run_id, stations, seconds_left=seconds_left(context))
    if any(feed.refused for feed in result.feeds):
        _update.cache_clear()  # a warm function must read a corrected key in the next hour
    _write_ages(result, wiring.clock)
    return result.to_json()


def _write_ages(result: UpdateResult, clock: Clock) -> None:
    for feed in result.feeds:
        age = age_hours(feed, clock.now())
        if age is not None:
            emf.count(_AGE_METRICS[feed.feed], round(age, 2))
