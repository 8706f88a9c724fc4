"""Is Plantcast well? `fail` means that someone should be woken: what people are shown is wrong or will be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import plantcast
from plantcast.common.clock import HOUR, iso_hour, last_hour_served, parse_hour
from plantcast.common.errors import PlantcastError
from plantcast.common.logging import logger
from plantcast.forecasting import TARGETS, Target
from plantcast.notifications.reasons import in_words
from plantcast_api.deps import Deps
from plantcast_api.health_models import Check, HealthResponse, Status
from plantcast_api.present import moment

# The run starts at 02:00 and may wait for a complete yesterday until about 11:00; until noon the day before
# yesterday's origin is what one expects.
RUN_DONE_BY: Final = timedelta(hours=12)
# One missed night leaves a forecast to act on until the afternoon; two leave none.
OBSERVATIONS_FAIL_AFTER: Final = timedelta(hours=48)
# Of a night's 240 hours 12: more than any hour or two that an instrument is serviced.
COMPLETE_ENOUGH: Final = 0.95
# Twice the longest wait for observations: such a run has died without a word.
RUN_HANGS_AFTER: Final = timedelta(hours=20)
# A run begins every night; a day and a half later one has not. Whether that matters yet, the forecast says.
RUN_MISSED_AFTER: Final = timedelta(hours=36)
# Models are retrained every night; two weeks without a promotion is no fault, but worth a look.
MODEL_OLD_AFTER: Final = timedelta(days=14)

# Of the machines that date things and the one that looks at them.
CLOCKS_DIFFER: Final = timedelta(minutes=10)

_ORDER: Final = ("pass", "warn", "fail")


def examine(deps: Deps) -> HealthResponse:
    """Look at the table, the observations, the forecasts, the last run and the models."""
    now = deps.clock.now()
    table = _guarded("table", lambda: _table(deps))
    # Without the table every other check would fail too, each after its own retries.
    others = [] if table.status == "fail" else [_guarded(*named) for named in _named_checks(deps, now)]
    worst = max([table, *others], key=lambda check: _ORDER.index(check.status))
    return HealthResponse(
        status=worst.status,
        time=moment(now),
        version=plantcast.__version__,
        source=deps.source,
        checks=[table, *others],
    )


def _named_checks(deps: Deps, now: datetime) -> Iterator[tuple[str, Callable[[], Check]]]:
    for station in deps.stations:
        yield f"observations:{station}", partial(_observations, deps, station, now)
        yield f"forecast:{station}", partial(_forecast, deps, station, now)
    yield "last_run", partial(_last_run, deps, now)
    for station in deps.stations:
        for target in TARGETS:
            yield f"model:{station}:{target}", partial(_model, deps, station, target, now)


def _guarded(name: str, check: Callable[[], Check]) -> Check:
    try:
        return check()
    except PlantcastError as error:
        return _failed(name, None, str(error))
    except Exception as error:
        # Whatever a store raises (no network, no table, no right) means the same here: it cannot be read.
        logger.exception("health check failed", extra={"check": name})
        message = f"It cannot be read ({type(error).__name__}). Look at the log of the api function."
        return _failed(name, None, message)


def _table(deps: Deps) -> Check:
    deps.last_observation(deps.stations[0])
    return _passed("table", None)


def _observations(deps: Deps, station: str, now: datetime) -> Check:
    name = f"observations:{station}"
    last = deps.last_observation(station)
    if last is None:
        return _failed(name, None, "Nothing was ever ingested. Run the pipeline.")
    if last > now:
        advice = f"Remove the hours after now: `plantcast forget --station {station} --from … --to …`."
        return _failed(name, iso_hour(last), advice, now - last)
    behind = _expected_origin(now) - last
    lag = f"{behind // HOUR} h behind." if behind > timedelta(0) else ""
    holes = _holes(deps, station, last)
    if behind > OBSERVATIONS_FAIL_AFTER:
        advice = "Look at the ingest step of the last run."
        return _failed(name, iso_hour(last), _sentences(lag, advice, holes), now - last)
    if lag or holes:
        return _warned(name, iso_hour(last), _sentences(lag, holes), now - last)
    return _passed(name, iso_hour(last), now - last)


def _holes(deps: Deps, station: str, last: datetime) -> str:
    """Say what share of the values of `ta` and `hm` the newest report lacks; empty when that is no matter."""
    item = deps.quality(station)
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
    return f"Missing or masked from {days}: {', '.join(lacking)}. GET /api/quality says which."


def _sentences(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _forecast(deps: Deps, station: str, now: datetime) -> Check:
    name = f"forecast:{station}"
    forecast = deps.forecasts.latest(station)
    if forecast is None:
        return _failed(name, None, "No forecast was ever issued. Run the pipeline.")
    origin, age = iso_hour(forecast.origin), now - forecast.origin
    if forecast.is_stale(now):
        return _failed(name, origin, "The forecast is stale. Look at the last run and repeat it.", age)
    if forecast.origin < _expected_origin(now):
        return _warned(name, origin, "Last night's run issued no forecast; an older one is shown.", age)
    if forecast.degraded_reasons:
        return _warned(name, origin, f"Degraded. {' '.join(in_words(forecast.degraded_reasons)[1])}", age)
    return _passed(name, origin, age)


def _last_run(deps: Deps, now: datetime) -> Check:
    run = deps.runs.last()
    if run is None:
        return _warned("last_run", None, "No run is on record.")
    observed = f"{run.run_id}: {run.outcome}, started {moment(run.started_at)}"
    age = now - run.started_at
    if run.outcome == "failed":
        return _failed("last_run", observed, run.message_en, age)
    if run.outcome == "running" and age > RUN_HANGS_AFTER:
        return _failed("last_run", observed, "It never ended. Look at its execution in Step Functions.", age)
    if age > RUN_MISSED_AFTER:
        return _warned("last_run", observed, "No run has begun since. Look at the schedule.", age)
    if run.outcome == "degraded":
        return _warned("last_run", observed, run.message_en, age)
    return _passed("last_run", observed, age)


def _model(deps: Deps, station: str, target: Target, now: datetime) -> Check:
    name = f"model:{station}:{target}"
    pointer = deps.registry.pointer(station, target)
    if pointer is None:
        return _warned(name, None, "No model was promoted yet; the baseline forecasts.")
    age = now - pointer.promoted_at
    observed = f"{pointer.version}, promoted {moment(pointer.promoted_at)}"
    if age > MODEL_OLD_AFTER:
        return _warned(name, observed, f"In production for {age.days} days without a better one.", age)
    return _passed(name, observed, age)


def _expected_origin(now: datetime) -> datetime:
    return last_hour_served((now - RUN_DONE_BY).date())


def _passed(name: str, observed: str | None, age: timedelta | None = None) -> Check:
    return _check("pass", name, observed, "", age)


def _warned(name: str, observed: str | None, message: str, age: timedelta | None = None) -> Check:
    return _check("warn", name, observed, message, age)


def _failed(name: str, observed: str | None, message: str, age: timedelta | None = None) -> Check:
    return _check("fail", name, observed, message, age)


def _check(status: Status, name: str, observed: str | None, message: str, age: timedelta | None) -> Check:
    hours = None if age is None else round(age / HOUR, 1)
    if age is not None and age < -CLOCKS_DIFFER:
        status, message = "fail", _sentences("It is dated after now: its age says nothing.", message)
    return Check(name=name, status=status, observed=observed, age_hours=hours, message=message)
