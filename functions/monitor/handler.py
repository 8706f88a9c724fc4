"""Monitor: verify issued forecasts against what came, close the run, count it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit, single_metric

from plantcast.clock import HOUR, Clock, midnight, parse_day
from plantcast.errors import InvalidInputError, PlantcastError
from plantcast.forecasts import ForecastStore
from plantcast.observability import NAMESPACE, logger, step
from plantcast.observations.lake import ObservationLake
from plantcast.outcomes import StationOutcome, describe, describe_error, judge_stations, run_outcome
from plantcast.runs import Run, RunStore, parse_started_at
from plantcast.settings import ClockSettings, LakeSettings, TableSettings
from plantcast.storage import DynamoTable, ItemTable, S3ObjectStore
from plantcast.verification import DayVerification, span, verify_station


class Settings(ClockSettings, LakeSettings, TableSettings):
    """The environment this function needs."""


@dataclass(frozen=True)
class _Wiring:
    clock: Clock
    clock_offset: timedelta
    table: ItemTable
    runs: RunStore
    forecasts: ForecastStore
    lake: ObservationLake


@cache
def _wiring() -> _Wiring:
    settings = Settings.model_validate({})
    table = DynamoTable(settings.table_name)
    return _Wiring(
        clock=settings.clock(),
        clock_offset=timedelta(seconds=settings.clock_offset_seconds),
        table=table,
        runs=RunStore(table),
        forecasts=ForecastStore(table),
        lake=ObservationLake(S3ObjectStore(settings.data_bucket), settings.observation_source),
    )


@step
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Close the run as `finish` or `fail` says; return its outcome in words."""
    wiring = _wiring()
    kind = event.get("event")
    if kind == "finish":
        return _finish(wiring, event)
    if kind == "fail":
        return _fail(wiring, event)
    raise InvalidInputError(f"event={kind!r} is unknown.", remedy='Send "finish" or "fail".')


def _finish(wiring: _Wiring, event: dict[str, Any]) -> dict[str, Any]:
    run_id: str = event["run_id"]
    run = wiring.runs.get(run_id)
    as_of = _as_of(wiring, event, run)
    stations = judge_stations(
        event["stations"], planned=run.stations if run else (), forecasts=wiring.forecasts
    )
    verified = [day for one in stations for day in _verify(wiring, one.station, as_of)]
    outcome = run_outcome(stations)
    message_ko, message_en = describe(stations)
    closed = wiring.runs.finish(
        run_id,
        outcome=outcome,
        finished_at=wiring.clock.now(),
        started_at=_started_at(wiring, event),
        facts=[station.fact() for station in stations],
        message_ko=message_ko,
        message_en=message_en,
    )
    _count(closed, stations, verified)
    logger.info("run closed", extra={"run_id": run_id, "outcome": outcome, "summary": message_en})
    return _facts(closed, len(verified))


def _fail(wiring: _Wiring, event: dict[str, Any]) -> dict[str, Any]:
    reason = describe_error(event.get("error"))
    closed = wiring.runs.fail(
        event["run_id"],
        finished_at=wiring.clock.now(),
        started_at=_started_at(wiring, event),
        message_ko=f"실행이 중단되었습니다: {reason}",
        message_en=f"The run stopped: {reason}",
    )
    _count(closed, (), ())
    logger.error("run failed", extra={"run_id": closed.run_id, "reason": reason})
    return _facts(closed, 0)


def _verify(wiring: _Wiring, station: str, as_of: date) -> list[DayVerification]:
    first, last = span(as_of)
    start, end = midnight(first), midnight(last) + 23 * HOUR
    try:
        frame = wiring.lake.read(station, start, end)
        return verify_station(
            station, as_of=as_of, forecasts=wiring.forecasts, frame=frame, table=wiring.table
        )
    except PlantcastError:
        # Scores look back: damage there must not take the forecast away that this run has issued.
        logger.exception("verification failed", extra={"station": station})
        _metric("VerificationFailed", MetricUnit.Count, 1)
        return []


def _as_of(wiring: _Wiring, event: dict[str, Any], run: Run | None) -> date:
    if event.get("as_of"):
        return parse_day(event["as_of"], name="as_of")
    if run is not None and run.as_of is not None:
        return run.as_of
    return wiring.clock.now().date()


def _started_at(wiring: _Wiring, event: dict[str, Any]) -> datetime:
    return parse_started_at(event["started_at"], clock_offset=wiring.clock_offset)


def _facts(run: Run, verified: int) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "outcome": run.outcome,
        "message_ko": run.message_ko,
        "message_en": run.message_en,
        "verified": verified,
    }


def _count(run: Run, stations: Sequence[StationOutcome], verified: Sequence[DayVerification]) -> None:
    """Write metrics (CloudWatch's embedded format): how the run went, and yesterday's scores."""
    _metric("RunFailed", MetricUnit.Count, float(run.outcome == "failed"))
    if run.finished_at is not None:
        _metric("RunSeconds", MetricUnit.Seconds, (run.finished_at - run.started_at).total_seconds())
    for state in ("degraded", "failed"):
        _metric(f"Stations{state.title()}", MetricUnit.Count, sum(one.state == state for one in stations))
    for day in _last_of_each(verified):
        for target, blocks in day.scores.items():
            for block, scores in blocks.items():
                names = {"Station": day.station, "Target": target, "Leads": block}
                _metric("RMSE", MetricUnit.NoUnit, scores.rmse, names)
                _metric("Bias", MetricUnit.NoUnit, scores.bias, names)
                _metric("Coverage80", MetricUnit.NoUnit, scores.coverage_80, names)
                if scores.skill is not None:
                    _metric("SkillOverPersistence", MetricUnit.NoUnit, scores.skill, names)


def _last_of_each(verified: Sequence[DayVerification]) -> list[DayVerification]:
    # Days come in order, so the last one of a station stays.
    return list({day.station: day for day in verified}.values())


def _metric(name: str, unit: MetricUnit, value: float, dimensions: dict[str, str] | None = None) -> None:
    with single_metric(name=name, unit=unit, value=value, namespace=NAMESPACE) as metric:
        for dimension, text in (dimensions or {}).items():
            metric.add_dimension(name=dimension, value=text)
