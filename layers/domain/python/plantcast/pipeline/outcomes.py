"""Outcome of a run and of each of its stations, as data and as messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from plantcast.common.stations import station_name
from plantcast.forecasting import TARGETS, Target
from plantcast.forecasting.issued import HINDCAST
from plantcast.notifications.reasons import reason_texts
from plantcast.pipeline.run_steps import StepName, StepResult

StationState = Literal["ok", "degraded", "failed"]
RunOutcome = Literal["succeeded", "degraded", "failed"]
# Returns the result of a station's step, for a target if the step has one; None: the step reported none.
_Find = Callable[[StepName, Target | None], StepResult | None]

# Of a hundred stations a message names so many; the run's facts hold them all.
_NAMED: Final = 10
_NO_RESULT: Final = "no result reported: it was throttled, or ran out of time or memory (see its log)"
_INGEST_KEPT: Final = ("hours_new", "hours_corrected", "values_masked")


@dataclass(frozen=True)
class StationOutcome:
    """Outcome of one station; `reasons` are empty when `state` is `ok`.

    `ingest`, `models` (one a target) and `forecast` are the results of its steps that the run's record keeps.
    """

    station: str
    state: StationState
    reasons: tuple[str, ...]
    origin: str | None = None
    ingest: Mapping[str, Any] | None = None
    models: tuple[Mapping[str, Any], ...] = ()
    forecast: Mapping[str, Any] | None = None

    def fact(self) -> dict[str, Any]:
        """Return it as stored in the run's item."""
        return asdict(self)


def assess_stations(
    results: Sequence[StepResult], *, planned: Sequence[str], retrain: bool
) -> list[StationOutcome]:
    """Return the outcome of each station of a run from the results of its steps."""
    by_place = {(one.step, one.station, one.target): one for one in results}

    def assess(station: str) -> StationOutcome:
        return _assess(station, lambda step, target: by_place.get((step, station, target)), retrain=retrain)

    return [assess(station) for station in planned]


def _assess(station: str, find: _Find, *, retrain: bool) -> StationOutcome:
    ingest = _ingest(find("ingest", None))
    features, forecast = find("features", None), find("predict", None)
    if features is None or features.status != "ready":
        return StationOutcome(station, "failed", (_why(features, "features"),), ingest=ingest)
    models = tuple(_model(find, target) for target in TARGETS) if retrain else ()
    kept = None
    if forecast is not None and forecast.error is None:
        kept = {"status": forecast.status, "origin": forecast.facts.get("origin")}
    if kept is None or kept["status"] == "no_data":
        why = _why(forecast, "forecast")
        return StationOutcome(station, "failed", (why,), ingest=ingest, models=models, forecast=kept)
    trained = [_trained(find, target) for target in TARGETS] if retrain else []
    failed = [one is None or one.status == "failed" for one in trained]
    reasons = (
        *(forecast.facts.get("degraded_reasons") or () if forecast is not None else ()),
        *(f"training_failed_{target}" for target, lost in zip(TARGETS, failed, strict=False) if lost),
    )
    state: StationState = "degraded" if reasons else "ok"
    return StationOutcome(station, state, reasons, kept["origin"], ingest, models, kept)


def _why(result: StepResult | None, step: str) -> str:
    return f"{step}: {_NO_RESULT if result is None else result.message or result.status}"


def _ingest(result: StepResult | None) -> dict[str, Any]:
    facts = {} if result is None else result.facts
    status = "failed" if result is None else result.status
    kept = {"status": status, **{name: facts.get(name) for name in _INGEST_KEPT}}
    if status == "failed":
        kept["message"] = _NO_RESULT if result is None else result.message
    return kept


def _trained(find: _Find, target: Target) -> StepResult | None:
    """Return the decision on a target's new version; if none was trained, the result of `train`."""
    trained = find("train", target)
    return find("evaluate", target) if trained is not None and trained.status == "trained" else trained


def _model(find: _Find, target: Target) -> dict[str, Any]:
    result = _trained(find, target)
    facts = {} if result is None else result.facts
    why = _NO_RESULT if result is None else result.message
    return {
        "target": target,
        "version": facts.get("version"),
        "promoted": facts.get("promoted") is True,
        "reason_ko": facts.get("reason_ko") or why,
        "reason_en": facts.get("reason_en") or why,
    }


def run_outcome(stations: Sequence[StationOutcome]) -> RunOutcome:
    """`failed` when no station has a forecast, `degraded` when any has less than it should."""
    if all(station.state == "failed" for station in stations):
        return "failed"
    return "succeeded" if all(station.state == "ok" for station in stations) else "degraded"


def describe(stations: Sequence[StationOutcome]) -> tuple[str, str]:
    """Return a message on the run's outcome, in Korean and in English."""
    if not stations:
        return "예보할 지점이 없었어요.", "There was no station to forecast for."
    issued = [station for station in stations if station.state != "failed"]
    if issued:
        past = any(HINDCAST in one.reasons for one in issued)
        word_ko, word_en = (
            ("지난 날짜 계산", "Hindcast computed") if past else ("예보 발표", "Forecast issued")
        )
        ko = f"{word_ko}: {', '.join(station_name(one.station, 'ko') for one in issued)}."
        en = f"{word_en} for {', '.join(station_name(one.station, 'en') for one in issued)}."
    else:
        ko, en = "어느 지점도 예보를 발표하지 못했어요.", "No station has a forecast."
    # Failures first: where not all are named, these are.
    incomplete = sorted((one for one in stations if one.state != "ok"), key=lambda one: one.state != "failed")
    for one in incomplete[:_NAMED]:
        why_ko, why_en = (
            "; ".join(reason.removesuffix(".") for reason in words) for words in reason_texts(one.reasons)
        )
        word_ko, word_en = ("실패", "failed") if one.state == "failed" else ("제한됨", "degraded")
        ko += f" {station_name(one.station, 'ko')} {word_ko}: {why_ko}."
        en += f" {station_name(one.station, 'en')} {word_en}: {why_en}."
    if more := len(incomplete[_NAMED:]):
        ko += f" 그 밖에 {more}개 지점도 실패했거나 제한됐어요."
        en += f" {more} more stations failed or are degraded."
    return ko, en
