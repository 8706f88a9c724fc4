"""A month of a deployment in the API's own stores, for every page but home; the same each time."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from plantcast.common.clock import HOUR, KST, iso_hour, midnight
from plantcast.forecasting import TARGETS, Target
from plantcast.forecasting.evaluation.gates import ChampionFound
from plantcast.forecasting.issued import Forecast
from plantcast.forecasting.path import TargetPath
from plantcast.forecasting.shadows import ShadowForecast, ShadowPath
from plantcast.observations.published import ObservedDay, hours_of
from plantcast.pipeline.run_steps import RunSteps
from plantcast.pipeline.runs import Outcome, Run
from plantcast.registry import Pointer
from plantcast.verification.days import DayVerification, verify_day
from tests.browser.weather import forecast, path
from tests.support.api_data import ApiWorld, observed_day
from tests.support.execution_examples import recorded_steps
from tests.support.quality_examples import quality_report
from tests.support.registry_examples import decision_on, held_out_scores, version_files
from tests.support.verification_examples import store_verified

TODAY: Final = date(2025, 5, 30)
LAST: Final = TODAY - timedelta(days=1)  # the newest day observed
_Z80: Final = 1.2816  # half of the range that holds 80 % of a normal distribution
# How far off forecasts are: at lead 1, and how much more with each lead.
_SPREAD: Final[dict[Target, tuple[float, float]]] = {"ta": (0.6, 0.03), "hm": (4.0, 0.2)}
Weather = dict[Target, dict[datetime, float]]

STARTED_LATE: Final = timedelta(hours=9, minutes=19, seconds=20)  # 40 s before the reader looks
CHAMPION: Final = "20250527T23-5e6f7a8b"
CHALLENGER: Final = "20250529T23-9c0d1e2f"
FIRST: Final = "20250510T23-1a2b3c4d"


def fill(world: ApiWorld, source: str = "kma") -> None:
    """Store a month of everything."""
    scored(world, source=source)
    trained(world)
    ran(world)
    checked(world, source=source)


def scored(
    world: ApiWorld, days: int = 30, *, worse: float = 1.0, source: str = "kma"
) -> list[DayVerification]:
    """Issue a forecast and a shadow each night, publish the observations, verify `days` days up to `LAST`.

    `worse` stretches the forecasts' errors: far above 1 they lose to persistence, which opens the alarms.
    """
    nights = [TODAY - timedelta(days=back) for back in range(days + 1, -1, -1)]
    weather = _weather(nights[0] - timedelta(days=2))
    issued = [_forecast(night, worse, source) for night in nights]
    shadows = [_shadow(one) for one in issued]
    for one in issued:
        world.forecasts.issue(one)
    world.published(
        [_observed_day(weather, LAST - timedelta(days=back), source) for back in range(days + 3, -1, -1)]
    )
    found = [
        verify_day(issued[order : order + 2], weather, day, shadows[order : order + 2])
        for order, day in enumerate(nights[1:-1])
    ]
    verified = [day for day in found if day is not None]
    store_verified(world.table, verified)
    return verified


def trained(world: ApiWorld) -> None:
    """Three versions: the first, the champion that beat it, and a challenger whose range is too narrow."""
    rmse: dict[Target, tuple[float, float]] = {"ta": (1.31, 1.42), "hm": (8.9, 9.4)}
    for target, (best, before) in rmse.items():
        narrow = _scores(target, best * 1.01, best, coverage_80=0.41)
        _decided(world, target, FIRST, _scores(target, before, None), ChampionFound("none"))
        _decided(world, target, CHAMPION, _scores(target, best, before), ChampionFound("scored", FIRST))
        _decided(world, target, CHALLENGER, narrow, ChampionFound("scored", CHAMPION))


def _decided(
    world: ApiWorld, target: Target, version: str, scores: dict[str, Any], champion: ChampionFound
) -> None:
    """Save the version and the decision on it; promote it if that says so."""
    origin = datetime.strptime(version[:11], "%Y%m%dT%H").replace(tzinfo=KST)
    files = version_files(
        version, target, first=iso_hour(origin - timedelta(days=365)), last=iso_hour(origin)
    )
    decision = decision_on(version, scores, champion, target)
    world.registry.save_version("108", target, version, files)
    world.registry.record_decision("108", target, version, decision)
    if decision["promoted"]:
        pointer = Pointer(
            version,
            origin + timedelta(hours=3, minutes=1),
            f"nightly-{origin.date()}",
            decision["reason_ko"],
            decision["reason_en"],
            scores={**decision["scores"], "gates": decision["gates"]},
        )
        world.registry.promote("108", target, pointer, expected=world.registry.pointer("108", target))


_MESSAGES: Final[dict[Outcome, str]] = {
    "succeeded": "예보 발표: 서울(108), 인천(112).",
    "degraded": "예보 발표: 서울(108). 서울(108) 제한됨: observations_incomplete.",
    "failed": "실행이 중단됐어요: 기상청이 응답하지 않았어요.",
}


def ran(world: ApiWorld) -> None:
    """Six runs, one of each outcome among them; the newest is under way, the one before has all its steps."""
    outcomes: list[Outcome] = ["succeeded", "failed", "degraded", "succeeded", "succeeded"]
    for back, outcome in zip(range(5, 0, -1), outcomes, strict=True):
        day = TODAY - timedelta(days=back)
        run = Run(f"nightly-{day}", midnight(day) + 2 * HOUR, day, ("108", "112"), retrain=True)
        world.runs.start(run)
        world.runs.finish(
            run.run_id,
            outcome=outcome,
            finished_at=run.started_at + timedelta(seconds=30 + 7 * back),
            started_at=run.started_at,
            facts=[] if outcome == "failed" else [_facts(station, day, outcome) for station in run.stations],
            message_ko=_MESSAGES[outcome],
            message_en=_MESSAGES[outcome],
        )
    started = midnight(TODAY) + STARTED_LATE
    world.runs.start(Run(f"nightly-{TODAY}", started, TODAY, ("108", "112"), retrain=True))
    RunSteps(world.table).put(f"nightly-{TODAY}", recorded_steps(started)[0])
    for result in recorded_steps(midnight(LAST) + 2 * HOUR, scale=30):
        RunSteps(world.table).put(f"nightly-{LAST}", result)


def checked(world: ApiWorld, **changes: Any) -> None:
    """A quality report with missing hours and rejected values."""
    masked = [
        {"time": "2025-05-25T04:00+09:00", "variable": "ta", "sent": 41.3, "reason": "spike"},
        {"time": "2025-05-26T13:00+09:00", "variable": "wd", "sent": "x", "reason": "unreadable"},
        {"time": "2025-05-27T01:00+09:00", "variable": "td", "sent": -6.1, "reason": "inconsistent"},
        {"time": "2025-05-28T09:00+09:00", "variable": "hm", "sent": None, "reason": "flagged-missing"},
    ]
    reasons = {one["variable"]: {one["reason"]: 1} for one in masked}
    report = quality_report(
        masked=reasons,
        absent={"rn": 228, "ss": 111, "icsr": 110, "dsnw": 240, "ts": 14, "pa": 4, "hm": 3},
        source="kma",
        hours_present=236,
        missing=[
            ["2025-05-22T11:00+09:00", "2025-05-22T11:00+09:00"],
            ["2025-05-24T02:00+09:00", "2025-05-24T04:00+09:00"],
        ],
        lake={
            "first": "2023-01-01T00:00+09:00",
            "last": "2025-05-29T23:00+09:00",
            "hours_expected": 21120,
            "hours_present": 21094,
            "masked": {"ta:spike": 3, "td:inconsistent": 9},
            "years": {
                "2023": _year(8760, 8760, 1.0, 0.9998),
                "2024": _year(8784, 8766, 0.9977, 0.9971),
                "2025": _year(3576, 3568, 0.9975, 0.9969),
            },
        },
    )
    world.observed_until(midnight(TODAY) - HOUR)
    world.reported(report | {"masked": masked} | changes)


def _year(expected: int, present: int, ta: float, hm: float) -> dict[str, Any]:
    return {"hours_expected": expected, "hours_present": present, "completeness": {"ta": ta, "hm": hm}}


def _scores(target: Target, challenger: float, champion: float | None, **changes: Any) -> dict[str, Any]:
    """Held-out scores whose baselines are those of the target, tomorrow harder than today."""
    scale = 1.0 if target == "ta" else 6.2
    baselines = {"persistence": 2.5, "climatology": 2.05, "damped_anomaly": 1.68}
    blocks = {
        name: {
            "challenger": round(challenger * factor, 4),
            "champion": None if champion is None else round(champion * factor, 4),
            **{kind: round(value * scale * factor, 4) for kind, value in baselines.items()},
        }
        for name, factor in (("leads_1_48", 1.0), ("leads_1_24", 0.86), ("leads_25_48", 1.12))
    }
    return held_out_scores(**{**blocks, "bias": -0.08, "coverage_80": 0.79, **changes})


def _true(target: Target, hour: datetime) -> float:
    """The weather of an hour: a daily cycle on a wave of three days."""
    days = (hour - midnight(TODAY)) / timedelta(days=1)
    drift, cycle = 3.0 * math.sin(2.1 * days), math.cos(2 * math.pi * (days - 15 / 24))
    return (
        round(17.5 + drift + 4.6 * cycle, 1) if target == "ta" else round(60.0 - 5.0 * drift - 17.0 * cycle)
    )


def _weather(first: date) -> Weather:
    """Observed hours from `first` to the end of `LAST`."""
    days = [first + timedelta(days=offset) for offset in range((LAST - first).days + 1)]
    return {
        target: {hour: _true(target, hour) for day in days for hour in hours_of(day)} for target in TARGETS
    }


def _forecast(night: date, worse: float, source: str) -> Forecast:
    origin = midnight(night) - HOUR
    return replace(
        forecast(source=source),
        origin=origin,
        issued_at=origin + timedelta(hours=3, minutes=1),
        run_id=f"nightly-{night}",
        ta=_path("ta", origin, worse),
        hm=_path("hm", origin, worse),
    )


def _shadow(issued: Forecast) -> ShadowForecast:
    paths = {target: _path(target, issued.origin, 1.06) for target in TARGETS}
    return ShadowForecast.beside(issued, {target: ShadowPath(FIRST, path) for target, path in paths.items()})


def _path(target: Target, origin: datetime, worse: float) -> TargetPath:
    """The weather, off by an error that grows with the lead."""
    start, growth = _SPREAD[target]
    mean = [
        _true(target, origin + lead * HOUR)
        + worse * (start + growth * lead) * (1.4 * math.sin(0.4 * lead + origin.day) + 0.3)
        for lead in range(1, 49)
    ]
    return path(target, mean, _Z80 * start, _Z80 * growth)


def _observed_day(weather: Weather, day: date, source: str) -> ObservedDay:
    ta, hm = ([weather[target].get(hour) for hour in hours_of(day)] for target in TARGETS)
    return observed_day(day, source=source, ta=ta, hm=hm)


def _facts(station: str, day: date, outcome: Outcome) -> dict[str, Any]:
    degraded = outcome == "degraded"
    models = [
        {
            "target": target,
            "version": CHALLENGER,
            "promoted": target == "ta",
            "reason_ko": f"{target}: 더 정확함",
            "reason_en": f"{target}: more accurate",
        }
        for target in TARGETS
    ]
    ingest = {"status": "partial", "hours_new": 24, "hours_corrected": 1, "values_masked": 2}
    return {
        "station": station,
        "state": "degraded" if degraded else "ok",
        "reasons": ["observations_incomplete"] if degraded else [],
        "ingest": ingest,
        "models": models,
        "forecast": {"status": "issued", "origin": iso_hour(midnight(day) - HOUR)},
    }
