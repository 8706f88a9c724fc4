"""Ingest: observations into the lake, nightly, of a backfill's days, from a file, or rebuilt from raw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import Field

from plantcast.aws import DynamoTable, Parameters, S3ObjectStore
from plantcast.common.clock import Clock, parse_day, parse_hour
from plantcast.common.errors import InvalidInputError, KeyRejectedError, NotFoundError
from plantcast.common.logging import logger, step
from plantcast.common.settings import AsosSettings, ClockSettings, LakeSettings, TableSettings
from plantcast.observations.forgetting import Forget
from plantcast.observations.imports import PortalImport
from plantcast.observations.kma.client import AsosClient
from plantcast.observations.kma.quota import DailyBudget
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.rebuild import Rebuild
from plantcast.pipeline.ingest import Ingest
from plantcast.pipeline.run_steps import recorded

_REMEDY = (
    'Send {"station": "108", "as_of": "2025-05-30"}; or "start" and "end" instead of "as_of"; '
    'or "rebuild": true; or "forget_from" and "forget_to" (hours); or {"import_key": "raw/portal/…"}.'
)


class Settings(ClockSettings, LakeSettings, TableSettings, AsosSettings):
    """The environment this function needs."""

    asos_calls_per_day: int = Field(default=10_000, ge=1)


@dataclass(frozen=True)
class _Wiring:
    settings: Settings
    clock: Clock
    store: S3ObjectStore
    lake: ObservationLake
    table: DynamoTable


@cache
def _wiring() -> _Wiring:
    settings = Settings.model_validate({})
    store = S3ObjectStore(settings.data_bucket)
    return _Wiring(
        settings=settings,
        clock=settings.clock(),
        store=store,
        lake=ObservationLake(store, settings.observation_source),
        table=DynamoTable(settings.table_name),
    )


@cache
def _ingest() -> Ingest:
    wiring, settings = _wiring(), _wiring().settings
    client = AsosClient(
        settings.asos_base_url,
        Parameters().get(settings.kma_key_parameter),
        clock=wiring.clock,
    )
    budget = DailyBudget(wiring.table, wiring.clock, settings.asos_calls_per_day)
    return Ingest(client, budget, wiring.store, wiring.lake, wiring.table, wiring.clock)


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
        stopped_by = "key" if isinstance(error, KeyRejectedError) else "none"
        return {
            "station": event.get("station"),
            "status": "failed",
            "stopped_by": stopped_by,
            "retry_after_seconds": 0,
            "message": str(error),
        }


def _run(event: dict[str, Any], context: object) -> dict[str, Any]:
    run_id = event.get("run_id")
    if "import_key" in event:
        wiring = _wiring()
        portal = PortalImport(wiring.store, wiring.lake, wiring.table, wiring.clock)
        return portal.run(_text(event, "import_key"), run_id=run_id)
    station = _text(event, "station")
    if "forget_from" in event or "forget_to" in event:
        wiring = _wiring()
        first, last = (parse_hour(_text(event, name), name=name) for name in ("forget_from", "forget_to"))
        return Forget(wiring.store, wiring.lake, wiring.table, wiring.clock).run(
            station, first, last, run_id=run_id
        )
    if event.get("rebuild") is True:
        return Rebuild(_wiring().store, _wiring().lake).run(station)
    left = _seconds_left(context)
    if "as_of" in event:
        if "start" in event or "end" in event:
            raise InvalidInputError("The event holds as_of and start or end.", remedy=_REMEDY)
        as_of = parse_day(_text(event, "as_of"), name="as_of")
        report = _ingest().night(station, as_of, run_id=run_id, seconds_left=left)
    else:
        start = parse_day(_text(event, "start"), name="start")
        end = parse_day(_text(event, "end"), name="end")
        report = _ingest().days(station, start, end, run_id=run_id, seconds_left=left)
    if report.stopped_by == "key":
        _ingest.cache_clear()  # a warm function must read a corrected key when it is called again
    return report.model_dump(mode="json")


def _seconds_left(context: object) -> Callable[[], float]:
    """Return a function of the seconds left in this invocation; without a Lambda context, infinity."""
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    if not callable(remaining):
        return lambda: float("inf")
    return lambda: float(remaining()) / 1000


def _text(event: dict[str, Any], name: str) -> str:
    value = event.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidInputError(f"{name}={value!r} in the event is not a text.", remedy=_REMEDY)
    return value
