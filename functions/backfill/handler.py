"""Backfill: plan one of the whole network, record the failure of a part, report the result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from plantcast.aws import ObjectStore, S3ObjectStore
from plantcast.common.errors import InvalidInputError
from plantcast.common.logging import logger, step
from plantcast.common.settings import ClockSettings, LakeSettings
from plantcast.observations.lake import ObservationLake
from plantcast.pipeline.backfill import BackfillPlan, BackfillStore, build_report, plan_backfill
from plantcast.pipeline.contracts.backfill import (
    BackfillPlanEvent,
    BackfillPlanResult,
    BackfillReportEvent,
    BackfillReportResult,
    ChunkFailureEvent,
    ChunkFailureResult,
)
from plantcast.pipeline.contracts.base import Contract, Rejection


class Settings(ClockSettings, LakeSettings):
    """The environment this function needs."""


@dataclass(frozen=True)
class _Wiring:
    settings: Settings
    store: ObjectStore
    lake: ObservationLake


@cache
def _wiring() -> _Wiring:
    settings = Settings.model_validate({})
    store = S3ObjectStore(settings.data_bucket)
    return _Wiring(settings, store, ObservationLake(store, settings.observation_source))


@step
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Do what `event` says: `plan`, `failure` (of one chunk) or `report`."""
    work = _EVENTS.get(str(event.get("event")))
    if work is None:
        raise InvalidInputError(
            f"event={event.get('event')!r} is unknown.", remedy=f"Send one of {', '.join(_EVENTS)}."
        )
    return work(_wiring(), event).to_json()


def _plan(wiring: _Wiring, event: dict[str, Any]) -> BackfillPlanResult | Rejection:
    given = BackfillPlanEvent.parse(event)
    started_at = wiring.settings.on_this_clock(given.started_at)
    try:
        # The day the run started, not the day it is now: a repeated step must settle on the same plan.
        plan = plan_backfill(given.input, today=started_at.date())
    except InvalidInputError as error:
        logger.warning("backfill rejected", extra={"run_id": given.run_id, "reason": str(error)})
        return Rejection(status="rejected", run_id=given.run_id, message=str(error))
    chunks = plan.chunks()
    return BackfillPlanResult(
        status="ready",
        run_id=given.run_id,
        start=plan.start,
        end=plan.end,
        stations=plan.stations,
        chunks_bucket=wiring.settings.data_bucket,
        chunks_key=BackfillStore(wiring.store).write_chunks(given.run_id, chunks),
        chunks=len(chunks),
        message=f"{len(chunks)} chunks from {plan.start} to {plan.end} of {len(plan.stations)} stations.",
    )


def _failure(wiring: _Wiring, event: dict[str, Any]) -> ChunkFailureResult:
    given = ChunkFailureEvent.parse(event)
    failure = BackfillStore(wiring.store).record_failure(given.run_id, event, given.error)
    return ChunkFailureResult(station=failure.station, status="recorded", message=failure.reason)


def _report(wiring: _Wiring, event: dict[str, Any]) -> BackfillReportResult:
    given = BackfillReportEvent.parse(event)
    report = build_report(
        BackfillPlan(given.start, given.end, given.stations),
        run_id=given.run_id,
        failures=BackfillStore(wiring.store).failures(given.run_id),
        hours_present=lambda *span: len(wiring.lake.hours_present(*span)),
    )
    key = BackfillStore(wiring.store).write_report(given.run_id, report)
    return BackfillReportResult.model_validate({**report, "report_key": key})


_EVENTS: Final[dict[str, Callable[[_Wiring, dict[str, Any]], Contract]]] = {
    "plan": _plan,
    "failure": _failure,
    "report": _report,
}
