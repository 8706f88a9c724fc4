"""Backfill: plan one of the whole network, keep why a part of it failed, report what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, Final

from plantcast.aws import ObjectStore, S3ObjectStore
from plantcast.common.clock import parse_day
from plantcast.common.errors import InvalidInputError
from plantcast.common.logging import logger, step
from plantcast.common.settings import ClockSettings, LakeSettings
from plantcast.observations.lake import ObservationLake
from plantcast.pipeline.backfill import BackfillPlan, BackfillStore, build_report, plan_backfill
from plantcast.pipeline.contracts import text, texts
from plantcast.pipeline.runs import parse_started_at


class Settings(ClockSettings, LakeSettings):
    """The environment this function needs."""


@dataclass(frozen=True)
class _Wiring:
    settings: Settings
    store: ObjectStore
    lake: ObservationLake

    @property
    def backfills(self) -> BackfillStore:
        return BackfillStore(self.store)


@cache
def _wiring() -> _Wiring:
    settings = Settings.model_validate({})
    store = S3ObjectStore(settings.data_bucket)
    return _Wiring(settings, store, ObservationLake(store, settings.observation_source))


@step
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Do what `event` says: `plan`, `failure` (of one chunk) or `report`; return facts."""
    kind = event.get("event")
    work = _EVENTS.get(str(kind))
    if work is None:
        raise InvalidInputError(f"event={kind!r} is unknown.", remedy=f"Send one of {', '.join(_EVENTS)}.")
    return work(_wiring(), event)


def _plan(wiring: _Wiring, event: dict[str, Any]) -> dict[str, Any]:
    run_id = text(event, "run_id")
    started_at = parse_started_at(
        text(event, "started_at"), clock_offset=timedelta(seconds=wiring.settings.clock_offset_seconds)
    )
    try:
        # The day the run started, not the day it is now: a repeated step must settle on the same plan.
        plan = plan_backfill(event.get("input"), today=started_at.date())
    except InvalidInputError as error:
        logger.warning("backfill rejected", extra={"run_id": run_id, "reason": str(error)})
        return {"status": "rejected", "run_id": run_id, "message": str(error)}
    chunks = plan.chunks()
    return {
        "status": "ready",
        "run_id": run_id,
        "start": plan.start.isoformat(),
        "end": plan.end.isoformat(),
        "stations": list(plan.stations),
        "chunks_bucket": wiring.settings.data_bucket,
        "chunks_key": wiring.backfills.write_chunks(run_id, chunks),
        "chunks": len(chunks),
        "message": f"{len(chunks)} chunks from {plan.start} to {plan.end} of {len(plan.stations)} stations.",
    }


def _failure(wiring: _Wiring, event: dict[str, Any]) -> dict[str, Any]:
    failure = wiring.backfills.record_failure(text(event, "run_id"), event, event.get("error"))
    return {"station": failure.station, "status": "recorded", "message": failure.reason}


def _report(wiring: _Wiring, event: dict[str, Any]) -> dict[str, Any]:
    run_id = text(event, "run_id")
    plan = BackfillPlan(
        parse_day(text(event, "start"), name="start"),
        parse_day(text(event, "end"), name="end"),
        texts(event, "stations"),
    )
    report = build_report(
        plan,
        run_id=run_id,
        failures=wiring.backfills.failures(run_id),
        hours_present=lambda *span: len(wiring.lake.hours_present(*span)),
    )
    facts = ("run_id", "status", "hours_expected", "hours_present", "incomplete", "message")
    return {name: report[name] for name in facts} | {
        "report_key": wiring.backfills.write_report(run_id, report)
    }


_EVENTS: Final[dict[str, Callable[[_Wiring, dict[str, Any]], dict[str, Any]]]] = {
    "plan": _plan,
    "failure": _failure,
    "report": _report,
}
