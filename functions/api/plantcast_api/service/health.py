"""Is Plantcast well? `fail` means that someone should be woken: what people are shown is wrong or will be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Final, NamedTuple

import plantcast
from plantcast.common.clock import HOUR, KST, iso_hour, last_hour_served, parse_hour
from plantcast.common.errors import PlantcastError
from plantcast.common.logging import logger
from plantcast.forecasting import TARGETS, Target
from plantcast.guidance.status import FeedStatuses
from plantcast.notifications.reasons import reason_texts
from plantcast.observations.status import read_newest_report
from plantcast_api.dependencies import Deps
from plantcast_api.service.models import Check, HealthResponse, Status

# The run starts at 02:00 and may wait for a complete yesterday until about 11:00; until noon the day before
# yesterday's origin is what one expects.
RUN_DONE_BY: Final = timedelta(hours=12)
# One missed night leaves a forecast to act on until the afternoon; two leave none.
OBSERVATIONS_FAIL_AFTER: Final = timedelta(hours=48)
# Of a night's 240 hours 12: more than any hour or two that an instrument is serviced.
COMPLETE_ENOUGH: Final = 0.95
# Twice the longest wait for observations: such a run has died without a result.
RUN_HANGS_AFTER: Final = timedelta(hours=20)
# A run begins every night; a day and a half later one has not. Whether that matters yet, the forecast shows.
RUN_MISSED_AFTER: Final = timedelta(hours=36)
# Models are retrained every night; two weeks without a promotion is no fault, but worth a look.
MODEL_OLD_AFTER: Final = timedelta(days=14)
# Each feed is called every three hours at least.
FEED_SILENT_AFTER: Final = timedelta(hours=6)
# Between the machines that date things and the one that checks them.
CLOCK_TOLERANCE: Final = timedelta(minutes=10)

_ORDER: Final[tuple[Status, ...]] = ("pass", "warn", "fail")


class Finding(NamedTuple):
    """Result of a check: what was `observed`, the `message` about it, its `age`."""

    status: Status
    observed: str | None = None
    message: str = ""
    age: timedelta | None = None


def examine(deps: Deps) -> HealthResponse:
    """Check the table, the observations, the feeds, the forecasts, the last run and the models."""
    now = deps.clock.now()
    checks = [_checked("table", partial(_table, deps))]
    # Without the table every other check would fail too, each after its own retries.
    if checks[0].status == "pass":
        checks += [_checked(name, check) for name, check in _checks(deps, now)]
    return HealthResponse(
        status=max((check.status for check in checks), key=_ORDER.index),
        time=now,
        version=plantcast.__version__,
        source=deps.source,
        checks=checks,
    )


def _checks(deps: Deps, now: datetime) -> Iterator[tuple[str, Callable[[], Finding]]]:
    for station in deps.stations:
        yield f"observations:{station}", partial(_observations, deps, station, now)
        yield f"feeds:{station}", partial(_feeds, deps, station, now)
        yield f"forecast:{station}", partial(_forecast, deps, station, now)
    yield "last_run", partial(_last_run, deps, now)
    for station in deps.stations:
        for target in TARGETS:
            yield f"model:{station}:{target}", partial(_model, deps, station, target, now)


def _checked(name: str, check: Callable[[], Finding]) -> Check:
    try:
        status, observed, message, age = check()
    except PlantcastError as error:
        status, observed, message, age = Finding("fail", message=str(error))
    except Exception as error:
        # Whatever a store raises (no network, no table, no right) means the same here: it cannot be read.
        logger.exception("health check failed", extra={"check": name})
        message = f"It cannot be read ({type(error).__name__}). Look at the log of the api function."
        status, observed, age = "fail", None, None
    if age is not None and age < -CLOCK_TOLERANCE:
        status, message = "fail", _sentences("It is dated after now, so its age means nothing.", message)
    hours = None if age is None else round(age / HOUR, 1)
    return Check(name=name, status=status, observed=observed, age_hours=hours, message=message)


def _table(deps: Deps) -> Finding:
    deps.last_observation(deps.stations[0])
    return Finding("pass")


def _observations(deps: Deps, station: str, now: datetime) -> Finding:
    last = deps.last_observation(station)
    if last is None:
        return Finding("fail", None, "Nothing was ever ingested. Run the pipeline.")
    if last > now:
        advice = f"Remove the hours after now: `plantcast forget --station {station} --from … --to …`."
        return Finding("fail", iso_hour(last), advice, now - last)
    behind = _expected_origin(now) - last
    lag = f"{behind // HOUR} h behind." if behind > timedelta(0) else ""
    gaps = _gaps(deps, station, last)
    if behind > OBSERVATIONS_FAIL_AFTER:
        message = _sentences(lag, "Look at the ingest step of the last run.", gaps)
        return Finding("fail", iso_hour(last), message, now - last)
    return Finding("warn" if lag or gaps else "pass", iso_hour(last), _sentences(lag, gaps), now - last)


def _gaps(deps: Deps, station: str, last: datetime) -> str:
    """Return what share of the values of `ta` and `hm` the newest report lacks; empty when few enough."""
    item = read_newest_report(deps.table, station)
    # A report on days long past, a backfill's, says nothing about how things are now.
    if item is None or parse_hour(item["to"], name="to") < last:
        return ""
    lacking = [
        f"{100 * (1 - share):.1f} % of {target}"
        for target in TARGETS
        if (share := item["completeness"][target]) < COMPLETE_ENOUGH
    ]
    if not lacking:
        return ""
    days = f"{item['from'][:10]} to {item['to'][:10]}"
    return f"Missing or masked from {days}: {', '.join(lacking)}. GET /api/quality lists them."


def _feeds(deps: Deps, station: str, now: datetime) -> Finding:
    """Check published forecasts and live observations; forecasts do without, so the worst is a warning."""
    try:
        states = FeedStatuses(deps.table).of(station)
    except PlantcastError as error:
        return Finding("warn", None, str(error))
    used = {feed: state for feed, state in states.items() if state.is_in_use(now)}
    problems = []
    for feed, state in used.items():
        if now - state.checked_at > FEED_SILENT_AFTER:
            called = state.checked_at.astimezone(KST).isoformat(timespec="minutes")
            problems.append(f"{feed}: not called since {called}; look at the update's executions.")
        elif state.problem not in ("", "not_yet"):
            problems.append(f"{feed}: {state.problem}. {state.message}".strip())
    newest = [
        f"{feed} {'nothing yet' if state.newest is None else iso_hour(state.newest)}"
        for feed, state in used.items()
    ]
    return Finding("warn" if problems else "pass", ", ".join(newest) or None, _sentences(*problems))


def _sentences(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _forecast(deps: Deps, station: str, now: datetime) -> Finding:
    forecast = deps.forecasts.latest(station)
    if forecast is None:
        return Finding("fail", None, "No forecast was ever issued. Run the pipeline.")
    origin, age = iso_hour(forecast.origin), now - forecast.origin
    if forecast.is_stale(now):
        return Finding("fail", origin, "The forecast is stale. Look at the last run and repeat it.", age)
    if forecast.origin < _expected_origin(now):
        return Finding("warn", origin, "Last night's run issued no forecast; an older one is shown.", age)
    if forecast.degraded_reasons:
        return Finding(
            "warn", origin, f"Degraded. {' '.join(reason_texts(forecast.degraded_reasons)[1])}", age
        )
    return Finding("pass", origin, age=age)


def _last_run(deps: Deps, now: datetime) -> Finding:
    run = deps.runs.last()
    if run is None:
        return Finding("warn", None, "No run is on record.")
    observed = f"{run.run_id}: {run.outcome}, started {run.started_at.isoformat(timespec='seconds')}"
    age = now - run.started_at
    if run.outcome == "failed":
        return Finding("fail", observed, run.message_en, age)
    if run.outcome == "running" and age > RUN_HANGS_AFTER:
        return Finding("fail", observed, "It never ended. Look at its execution in Step Functions.", age)
    if age > RUN_MISSED_AFTER:
        return Finding("warn", observed, "No run has begun since. Look at the schedule.", age)
    if run.outcome == "degraded":
        return Finding("warn", observed, run.message_en, age)
    return Finding("pass", observed, age=age)


def _model(deps: Deps, station: str, target: Target, now: datetime) -> Finding:
    pointer = deps.registry.pointer(station, target)
    if pointer is None:
        return Finding("warn", None, "No model was promoted yet; the baseline forecasts.")
    age = now - pointer.promoted_at
    observed = f"{pointer.version}, promoted {pointer.promoted_at.isoformat(timespec='seconds')}"
    if age > MODEL_OLD_AFTER:
        return Finding("warn", observed, f"In production for {age.days} days without a better one.", age)
    return Finding("pass", observed, age=age)


def _expected_origin(now: datetime) -> datetime:
    return last_hour_served((now - RUN_DONE_BY).date())
