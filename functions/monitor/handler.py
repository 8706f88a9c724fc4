"""Monitor: verify issued forecasts against observations, watch skill and drift, close the run, count it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from plantcast.aws import DynamoTable, S3ObjectStore
from plantcast.common.clock import Clock
from plantcast.common.logging import logger, step
from plantcast.common.settings import ClockSettings, LakeSettings, TableSettings
from plantcast.forecasting.issued import ForecastStore
from plantcast.monitoring.emf import count
from plantcast.observations.lake import ObservationLake
from plantcast.pipeline.contracts import FailEvent, FinishEvent, MonitorResult
from plantcast.pipeline.monitor import Watch, alarm_texts, report
from plantcast.pipeline.outcomes import StationOutcome, assess_stations, describe, describe_error, run_outcome
from plantcast.pipeline.run_steps import RunSteps, recorded, station_facts
from plantcast.pipeline.runs import Run, RunStore, parse_started_at


class Settings(ClockSettings, LakeSettings, TableSettings):
    """The environment this function needs."""


@dataclass(frozen=True)
class _Wiring:
    clock: Clock
    clock_offset: timedelta
    runs: RunStore
    steps: RunSteps
    watch: Watch


@cache
def _wiring() -> _Wiring:
    settings = Settings.model_validate({})
    clock, table = settings.clock(), DynamoTable(settings.table_name)
    lake = ObservationLake(S3ObjectStore(settings.data_bucket), settings.observation_source)
    return _Wiring(
        clock=clock,
        clock_offset=timedelta(seconds=settings.clock_offset_seconds),
        runs=RunStore(table),
        steps=RunSteps(table),
        watch=Watch(lake, ForecastStore(table), table),
    )


@step
@recorded("monitor")
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Take a `FinishEvent` or a `FailEvent`; close the run and return a `MonitorResult`."""
    if event.get("event") == "fail":
        return _fail(_wiring(), FailEvent.parse(event)).to_json()
    return _finish(_wiring(), FinishEvent.parse(event)).to_json()


def _finish(wiring: _Wiring, event: FinishEvent) -> MonitorResult:
    run_id, started_at = event.run_id, _started_at(wiring, event)
    run = wiring.runs.get(run_id)
    as_of = _as_of(wiring, event, run)
    results = wiring.steps.of_run(run_id)
    # A run that prepare could not record has stations only in the results of its steps.
    planned = run.stations if run else ()
    planned = planned or tuple(dict.fromkeys(one.station for one in results if one.station))
    facts = station_facts(results, stations=planned, retrain=run is not None and run.retrain is True)
    stations = assess_stations(facts, planned=planned)
    # What is watched is the present: a run of a past day leaves track record, drift and metrics alone.
    hindcast = run is not None and run.is_hindcast
    watches = [] if hindcast else [wiring.watch.station(one.station, as_of) for one in stations]
    outcome = run_outcome(stations)
    message_ko, message_en = (
        f"{message} {alarms}".rstrip()
        for message, alarms in zip(describe(stations), alarm_texts(watches), strict=True)
    )
    closed = wiring.runs.finish(
        run_id,
        outcome=outcome,
        finished_at=wiring.clock.now(),
        started_at=started_at,
        facts=[station.fact() for station in stations],
        message_ko=message_ko,
        message_en=message_en,
    )
    if not hindcast:
        _count(stations)
        report(watches, now=wiring.clock.now())
    logger.info("run closed", extra={"run_id": run_id, "outcome": outcome, "summary": message_en})
    return _result(closed, sum(watch.verified for watch in watches))


def _fail(wiring: _Wiring, event: FailEvent) -> MonitorResult:
    reason = describe_error(event.error)
    closed = wiring.runs.fail(
        event.run_id,
        finished_at=wiring.clock.now(),
        started_at=_started_at(wiring, event),
        message_ko=f"실행이 중단되었습니다: {reason}",
        message_en=f"The run stopped: {reason}",
    )
    _count(())
    # Not an error of this function: the run has an alarm of its own.
    logger.warning("run failed", extra={"run_id": closed.run_id, "reason": reason})
    return _result(closed, 0)


def _as_of(wiring: _Wiring, event: FinishEvent, run: Run | None) -> date:
    if event.as_of is not None:
        return event.as_of
    if run is not None and run.as_of is not None:
        return run.as_of
    return wiring.clock.now().date()


def _started_at(wiring: _Wiring, event: FinishEvent | FailEvent) -> datetime:
    return parse_started_at(event.started_at, clock_offset=wiring.clock_offset)


def _result(run: Run, verified: int) -> MonitorResult:
    return MonitorResult.model_validate(
        {
            "run_id": run.run_id,
            "outcome": run.outcome,
            "message_ko": run.message_ko,
            "message_en": run.message_en,
            "verified": verified,
        }
    )


def _count(stations: Sequence[StationOutcome]) -> None:
    """Write metrics: how the run went. That it failed, and how long it took, Step Functions counts itself."""
    for state in ("degraded", "failed"):
        count(f"Stations{state.title()}", sum(one.state == state for one in stations))
