"""Monitor: verify issued forecasts against observations, watch skill and drift, close the run, count it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from plantcast.aws import DynamoTable, S3ObjectStore
from plantcast.common.clock import Clock
from plantcast.common.logging import logger, step
from plantcast.common.settings import ClockSettings, LakeSettings, TableSettings
from plantcast.forecasting.issued import ForecastStore
from plantcast.monitoring.emf import count
from plantcast.observations.lake import ObservationLake
from plantcast.pipeline.contracts.nightly import FailEvent, FinishEvent, MonitorResult
from plantcast.pipeline.monitor import Watch, alarm_texts, report
from plantcast.pipeline.outcomes import StationOutcome, assess_stations, describe, run_outcome
from plantcast.pipeline.run_steps import RunSteps, describe_error, recorded
from plantcast.pipeline.runs import Run, RunStore


class Settings(ClockSettings, LakeSettings, TableSettings):
    """The environment this function needs."""


@dataclass(frozen=True)
class _Wiring:
    settings: ClockSettings
    clock: Clock
    runs: RunStore
    steps: RunSteps
    watch: Watch


@cache
def _wiring() -> _Wiring:
    settings = Settings.model_validate({})
    clock, table = settings.clock(), DynamoTable(settings.table_name)
    lake = ObservationLake(S3ObjectStore(settings.data_bucket), settings.observation_source)
    watch = Watch(lake, ForecastStore(table), table)
    return _Wiring(settings, clock, RunStore(table), RunSteps(table), watch)


@step
@recorded("monitor")
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Take a `FinishEvent` or a `FailEvent`; close the run and return a `MonitorResult`."""
    if event.get("event") == "fail":
        return _fail(_wiring(), FailEvent.parse(event)).to_json()
    return _finish(_wiring(), FinishEvent.parse(event)).to_json()


def _finish(wiring: _Wiring, event: FinishEvent) -> MonitorResult:
    run = wiring.runs.get(event.run_id)
    results = wiring.steps.of_run(event.run_id)
    # A run that prepare could not record has stations only in the results of its steps.
    planned = run.stations if run else ()
    planned = planned or tuple(dict.fromkeys(one.station for one in results if one.station))
    stations = assess_stations(results, planned=planned, retrain=run is not None and run.retrain is True)
    as_of = event.as_of or (run and run.as_of) or wiring.clock.now().date()
    # What is watched is the present: a run of a past day leaves track record, drift and metrics alone.
    hindcast = run is not None and run.is_hindcast
    watches = [] if hindcast else [wiring.watch.station(one.station, as_of) for one in stations]
    outcome, texts, alarms = run_outcome(stations), describe(stations), alarm_texts(watches)
    message_ko, message_en = (f"{text} {alarm}".rstrip() for text, alarm in zip(texts, alarms, strict=True))
    closed = wiring.runs.finish(
        event.run_id,
        outcome=outcome,
        finished_at=wiring.clock.now(),
        started_at=wiring.settings.on_this_clock(event.started_at),
        facts=[station.fact() for station in stations],
        message_ko=message_ko,
        message_en=message_en,
    )
    if not hindcast:
        _count(stations)
        report(watches, now=wiring.clock.now())
    logger.info("run closed", extra={"run_id": event.run_id, "outcome": outcome, "summary": message_en})
    return _result(closed, sum(watch.verified for watch in watches))


def _fail(wiring: _Wiring, event: FailEvent) -> MonitorResult:
    reason = describe_error(event.error)
    closed = wiring.runs.finish(
        event.run_id,
        outcome="failed",
        finished_at=wiring.clock.now(),
        started_at=wiring.settings.on_this_clock(event.started_at),
        message_ko=f"실행이 중단됐어요: {reason}",
        message_en=f"The run stopped: {reason}",
    )
    _count(())
    # Not an error of this function: the run has an alarm of its own.
    logger.warning("run failed", extra={"run_id": closed.run_id, "reason": reason})
    return _result(closed, 0)


def _result(run: Run, verified: int) -> MonitorResult:
    fields = {name: getattr(run, name) for name in ("run_id", "outcome", "message_ko", "message_en")}
    return MonitorResult.model_validate({**fields, "verified": verified})


def _count(stations: Sequence[StationOutcome]) -> None:
    """Write metrics: how the run went. That it failed, and how long it took, Step Functions counts itself."""
    for state in ("degraded", "failed"):
        count(f"Stations{state.title()}", sum(one.state == state for one in stations))
