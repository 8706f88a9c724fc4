"""Ingest: bring one station's observations into the lake, nightly or as a backfill of days."""

from __future__ import annotations

from functools import cache
from typing import Any

from plantcast.clock import parse_day
from plantcast.errors import InvalidInputError, KeyRejectedError, NotFoundError
from plantcast.observability import logger, step
from plantcast.observations.asos import AsosClient
from plantcast.observations.ingest import Ingest, IngestReport
from plantcast.observations.lake import ObservationLake
from plantcast.settings import AsosSettings, ClockSettings, LakeSettings, TableSettings
from plantcast.storage import DynamoTable, Parameters, S3ObjectStore


class Settings(ClockSettings, LakeSettings, TableSettings, AsosSettings):
    """The environment this function needs."""


@cache
def _wiring() -> Ingest:
    settings = Settings.model_validate({})
    clock = settings.clock()
    return Ingest(
        client=AsosClient(settings.asos_base_url, Parameters().get(settings.kma_key_parameter), clock=clock),
        lake=ObservationLake(S3ObjectStore(settings.data_bucket), settings.observation_source),
        table=DynamoTable(settings.table_name),
        clock=clock,
    )


@step
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Take `station` with `as_of` (nightly) or with `start` and `end` (days); return the report's facts.

    What repeating cannot help is a fact too (`status` `failed`); what it can help is raised.
    """
    try:
        report = _run(event)
    except (InvalidInputError, KeyRejectedError, NotFoundError) as error:
        logger.warning("ingest refused", extra={"event": event, "error": str(error)})
        return {"station": event.get("station"), "status": "failed", "message": str(error)}
    if report.status == "failed":
        _wiring.cache_clear()  # a warm function must read a corrected key when it is called again
    return report.facts()


def _run(event: dict[str, Any]) -> IngestReport:
    station = _text(event, "station")
    if "as_of" in event:
        if "start" in event or "end" in event:
            raise InvalidInputError(
                "The event holds as_of and start or end.",
                remedy="Send as_of for a nightly run, or start and end for a backfill.",
            )
        return _wiring().night(station, parse_day(_text(event, "as_of"), name="as_of"))
    start = parse_day(_text(event, "start"), name="start")
    return _wiring().days(station, start, parse_day(_text(event, "end"), name="end"))


def _text(event: dict[str, Any], name: str) -> str:
    value = event.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidInputError(
            f"{name}={value!r} in the event is not a text.",
            remedy='Send {"station": "108", "as_of": "2025-05-30"}, or "start" and "end" instead of "as_of".',
        )
    return value
