"""Prepare: check the execution's input, settle day and stations, record the run; later, check freshness."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import Field

from plantcast.aws import DynamoTable
from plantcast.common.errors import InvalidInputError
from plantcast.common.logging import logger, step
from plantcast.common.settings import ClockSettings, StationSettings, TableSettings
from plantcast.forecasting import TARGETS
from plantcast.pipeline.contracts.base import Rejection
from plantcast.pipeline.contracts.nightly import FreshnessEvent, PrepareEvent, RunPlan
from plantcast.pipeline.prepare import plan_run
from plantcast.pipeline.run_steps import RunSteps, recorded
from plantcast.pipeline.runs import Run, RunStore


class Settings(ClockSettings, TableSettings, StationSettings):
    """The environment this function needs: when scheduled runs train, how long a run waits for yesterday."""

    retrain_every_days: int = Field(default=1, ge=1)
    freshness_max_checks: int = Field(ge=0)
    freshness_wait_seconds: int = Field(ge=0)


@dataclass(frozen=True)
class _Wiring:
    settings: Settings
    runs: RunStore
    steps: RunSteps


@cache
def _wiring() -> _Wiring:
    settings = Settings.model_validate({})
    table = DynamoTable(settings.table_name)
    return _Wiring(settings, RunStore(table), RunSteps(table))


@step
@recorded("prepare")
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Take a `PrepareEvent`; return a `RunPlan`, or a `Rejection` when the input is wrong.

    Of a `FreshnessEvent` return the plan with the stations to ingest again.
    """
    wiring = _wiring()
    if event.get("event") == "check_freshness":
        return _check_freshness(wiring, FreshnessEvent.parse(event).plan).to_json()
    settings, given = wiring.settings, PrepareEvent.parse(event)
    started_at = settings.on_this_clock(given.started_at)
    try:
        # The day the run started, not the day it is now: a repeated step must settle on the same plan.
        plan = plan_run(
            given.input,
            configured=settings.stations,
            today=started_at.date(),
            retrain_every_days=settings.retrain_every_days,
        )
    except InvalidInputError as error:
        logger.warning("run rejected", extra={"run_id": given.run_id, "reason": str(error)})
        return Rejection(status="rejected", run_id=given.run_id, message=str(error)).to_json()
    run = Run(given.run_id, started_at, as_of=plan.as_of, stations=plan.stations, retrain=plan.retrain)
    wiring.runs.start(run)
    return RunPlan(
        status="ready",
        run_id=given.run_id,
        as_of=plan.as_of,
        hindcast=run.is_hindcast,
        stations=plan.stations,
        pending=plan.stations,
        checks=0,
        retrain=plan.retrain,
        targets=TARGETS,
        freshness_max_checks=settings.freshness_max_checks,
        freshness_wait_seconds=settings.freshness_wait_seconds,
        message=f"Run for {', '.join(plan.stations)} as of {plan.as_of}.",
    ).to_json()


def _check_freshness(wiring: _Wiring, plan: RunPlan) -> RunPlan:
    """Return the plan with the stations whose yesterday is incomplete; `waiting` if they are asked again."""
    results = wiring.steps.of_run(plan.run_id, "ingest")
    partial = {one.station for one in results if one.status == "partial"}
    pending = tuple(station for station in plan.pending if station in partial)
    again = bool(pending) and plan.checks < plan.freshness_max_checks
    changes = {"status": "waiting" if again else "ready", "pending": pending, "checks": plan.checks + 1}
    return plan.model_copy(update=changes)
