"""How a run went: what each station ended with, the run's outcome, and both in words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from plantcast.clock import parse_hour
from plantcast.forecasts import ForecastStore
from plantcast.notices.reasons import in_words
from plantcast.observations.stations import STATIONS

StationState = Literal["ok", "degraded", "failed"]
RunOutcome = Literal["succeeded", "degraded", "failed"]

# A cause can hold a whole traceback; the head says what happened, and an item must stay under 400 KB.
REASON_LENGTH: Final = 300
_INGEST_KEPT: Final = ("status", "hours_new", "hours_corrected", "values_masked")


@dataclass(frozen=True)
class StationOutcome:
    """What one station ended with; `reasons` are empty when `state` is `ok`.

    `told` is what its steps said of it, as far as it is worth keeping (see `_told`).
    """

    station: str
    state: StationState
    reasons: tuple[str, ...]
    origin: str | None = None
    told: Mapping[str, Any] = field(default_factory=dict)

    def fact(self) -> dict[str, Any]:
        """Return what is recorded of it in the run's item."""
        return {
            "station": self.station,
            "state": self.state,
            "reasons": list(self.reasons),
            "origin": self.origin,
            **self.told,
        }


def judge_stations(
    facts: Sequence[Mapping[str, Any]], *, planned: Sequence[str], forecasts: ForecastStore
) -> list[StationOutcome]:
    """Judge each station of a run by its facts and by the forecast it issued.

    A planned station without a fact counts as failed.
    """
    by_station = {str(fact.get("station")): fact for fact in facts}
    stations = list(dict.fromkeys([*planned, *by_station]))
    return [
        replace(_judge(station, fact, forecasts), told=_told(fact or {}))
        for station in stations
        for fact in (by_station.get(station),)
    ]


def run_outcome(stations: Sequence[StationOutcome]) -> RunOutcome:
    """`failed` when no station has a forecast, `degraded` when any has less than it should."""
    if all(station.state == "failed" for station in stations):
        return "failed"
    return "succeeded" if all(station.state == "ok" for station in stations) else "degraded"


def describe(stations: Sequence[StationOutcome]) -> tuple[str, str]:
    """Say how the run went, in Korean and in English."""
    if not stations:
        return "예보할 지점이 없었습니다.", "There was no station to forecast for."
    issued = [station for station in stations if station.state != "failed"]
    if issued:
        ko = f"예보 발표: {', '.join(station_name(one.station, 'ko') for one in issued)}."
        en = f"Forecast issued for {', '.join(station_name(one.station, 'en') for one in issued)}."
    else:
        ko, en = "어느 지점도 예보를 발표하지 못했습니다.", "No station has a forecast."
    for one in stations:
        if one.state != "ok":
            why_ko, why_en = (
                "; ".join(reason.removesuffix(".") for reason in told) for told in in_words(one.reasons)
            )
            word_ko, word_en = ("실패", "failed") if one.state == "failed" else ("제한됨", "degraded")
            ko += f" {station_name(one.station, 'ko')} {word_ko}: {why_ko}."
            en += f" {station_name(one.station, 'en')} {word_en}: {why_en}."
    return ko, en


def describe_error(error: object) -> str:
    """Turn what Step Functions hands on, `{"Error", "Cause"}`, into one line."""
    if isinstance(error, Mapping):
        cause = error.get("Cause") or error.get("message") or ""
        kind = str(error.get("Error") or "")
        text = _cause(str(cause))
        return _shorten(f"{kind}: {text}" if kind and text else text or kind or "unknown error")
    return _shorten(str(error)) if error else "unknown error"


def _judge(station: str, fact: Mapping[str, Any] | None, forecasts: ForecastStore) -> StationOutcome:
    if fact is None:
        return StationOutcome(station, "failed", ("the run ended without a word about it",))
    predicted: Mapping[str, Any] = fact.get("forecast") or {}
    if fact.get("status") != "forecast" or predicted.get("status") not in {"issued", "unchanged"}:
        return StationOutcome(station, "failed", (_why_failed(fact),))
    origin = str(predicted.get("origin"))
    forecast = forecasts.at(station, parse_hour(origin, name="origin"))
    if forecast is None:
        return StationOutcome(station, "failed", (f"the forecast from {origin} is not stored",), origin)
    reasons = (*forecast.degraded_reasons, *_failed_trainings(fact))
    return StationOutcome(station, "degraded" if reasons else "ok", reasons, origin)


def _told(fact: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a run's record keeps of a station's fact: some hundred bytes, of a hundred stations too."""
    ingest, forecast = fact.get("ingest"), fact.get("forecast")
    return {
        "ingest": ingest and {name: ingest.get(name) for name in _INGEST_KEPT},
        "models": [_told_of_model(model) for model in fact.get("models") or ()],
        "forecast": forecast and {"status": forecast.get("status"), "origin": forecast.get("origin")},
    }


def _told_of_model(model: Mapping[str, Any]) -> dict[str, Any]:
    """A decision as it is; of a target that was not trained, or failed, why."""
    why = describe_error(model["error"]) if model.get("error") else _shorten(str(model.get("message") or ""))
    return {
        "target": model.get("target"),
        "version": model.get("version"),
        "promoted": model.get("promoted") is True,
        "reason_ko": _shorten(str(model.get("reason_ko") or why)),
        "reason_en": _shorten(str(model.get("reason_en") or why)),
    }


def _why_failed(fact: Mapping[str, Any]) -> str:
    if fact.get("error"):
        return describe_error(fact["error"])
    for step in ("forecast", "features", "ingest"):
        message = (fact.get(step) or {}).get("message")
        if message:
            return _shorten(f"{step}: {message}")
    return str(fact.get("status") or "no status")


def _failed_trainings(fact: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        f"training_failed_{model.get('target')}"
        for model in fact.get("models") or ()
        if model.get("status") == "failed"
    )


def _cause(text: str) -> str:
    """A Lambda fault's cause is JSON with `errorMessage`; anything else is taken as it stands."""
    try:
        decoded = json.loads(text)
    except ValueError:
        return text
    if isinstance(decoded, Mapping) and decoded.get("errorMessage"):
        return str(decoded["errorMessage"])
    return text


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= REASON_LENGTH else line[: REASON_LENGTH - 1] + "…"


def station_name(number: str, language: Literal["ko", "en"]) -> str:
    """Return a station as messages name it, for example `Seoul(108)`."""
    known = STATIONS.get(number)
    if known is None:
        return number
    return f"{known.name_ko if language == 'ko' else known.name_en}({number})"
