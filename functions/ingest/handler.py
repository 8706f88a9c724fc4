"""Ingest: observations into the lake, nightly, of a backfill's days, from a file, or rebuilt from raw."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import Field

from plantcast.aws import DynamoTable, Parameters, S3ObjectStore
from plantcast.common.clock import Clock
from plantcast.common.errors import InvalidInputError, KeyRejectedError, NotFoundError
from plantcast.common.invocation import seconds_left
from plantcast.common.logging import logger, step
from plantcast.common.settings import AsosSettings, ClockSettings, LakeSettings, TableSettings
from plantcast.observations.forgetting import Forget
from plantcast.observations.imports import PortalImport
from plantcast.observations.kma.client import AsosClient
from plantcast.observations.kma.quota import DailyBudget
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.rebuild import Rebuild
from plantcast.pipeline.contracts.ingest import (
    DaysEvent,
    ForgetEvent,
    ForgetResult,
    ImportEvent,
    ImportResult,
    IngestRefusal,
    NightEvent,
    RebuildEvent,
    RebuildResult,
    StopReason,
)
from plantcast.pipeline.ingest import Ingest
from plantcast.pipeline.run_steps import recorded


class Settings(ClockSettings, LakeSettings, TableSettings, AsosSettings):
    """The environment this function needs."""

    asos_calls_per_day: int = Field(default=10_000, ge=1)


@cache
def _wiring() -> tuple[S3ObjectStore, ObservationLake, DynamoTable, Clock]:
    settings = Settings.model_validate({})
    store = S3ObjectStore(settings.data_bucket)
    lake = ObservationLake(store, settings.observation_source)
    return store, lake, DynamoTable(settings.table_name), settings.clock()


@cache
def _ingest() -> Ingest:
    settings, (store, lake, table, clock) = Settings.model_validate({}), _wiring()
    key = Parameters().get(settings.kma_key_parameter)
    client = AsosClient(settings.asos_base_url, key, clock=clock)
    budget = DailyBudget(table, clock, settings.asos_calls_per_day)
    return Ingest(client, budget, store, lake, table, clock)


@step
@recorded("ingest")
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Take one of the events of docs/contracts.md; return its result.

    Errors that a retry cannot help are a result too (`status` `failed`); others are raised.
    """
    try:
        return _run(event, context)
    except (InvalidInputError, KeyRejectedError, NotFoundError) as error:
        logger.warning("ingest refused", extra={"event": event, "error": str(error)})
        stopped_by: StopReason = "key" if isinstance(error, KeyRejectedError) else "none"
        refusal = IngestRefusal(station=event.get("station"), stopped_by=stopped_by, message=str(error))
        return refusal.model_dump(mode="json")


def _run(event: dict[str, Any], context: object) -> dict[str, Any]:
    if "import_key" in event:
        given = ImportEvent.parse(event)
        imported = PortalImport(*_wiring()).run(given.import_key, run_id=given.run_id)
        return ImportResult.parse(imported).to_json()
    if "forget_from" in event or "forget_to" in event:
        span = ForgetEvent.parse(event)
        removed = Forget(*_wiring()).run(span.station, span.forget_from, span.forget_to, run_id=span.run_id)
        return ForgetResult.parse(removed).to_json()
    if "rebuild" in event:
        store, lake, _, _ = _wiring()
        return RebuildResult.parse(Rebuild(store, lake).run(RebuildEvent.parse(event).station)).to_json()
    left = seconds_left(context)
    if "start" in event or "end" in event:
        days = DaysEvent.parse(event)
        result = _ingest().days(days.station, days.start, days.end, run_id=days.run_id, seconds_left=left)
    else:
        night = NightEvent.parse(event)
        result = _ingest().night(night.station, night.as_of, run_id=night.run_id, seconds_left=left)
    if result.stopped_by == "key":
        _ingest.cache_clear()  # a warm function must read a corrected key when it is called again
    return result.to_json()
