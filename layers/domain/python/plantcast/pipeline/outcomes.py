"""Outcome of a run and of each of its stations, as data and as messages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from plantcast.common.stations import station_name
from plantcast.forecasting.issued import HINDCAST
from plantcast.notifications.reasons import in_words

StationState = Literal["ok", "degraded", "failed"]
RunOutcome = Literal["succeeded", "degraded", "failed"]

# A cause can hold a whole traceback; the head says what happened. With up to seven texts of this length each
# (in UTF-8), a hundred stations stay under the 400 KB of an item.
REASON_BYTES: Final = 400
# Of a hundred stations a message names so many; the run's facts hold them all.
_NAMED: Final = 10
_INGEST_KEPT: Final = ("status", "hours_new", "hours_corrected", "values_masked")


@dataclass(frozen=True)
class StationOutcome:
    """Outcome of one station; `reasons` are empty when `state` is `ok`.

    `details` are the results of its steps that the run's record keeps.
    """

    station: str
    state: StationState
    reasons: tuple[str, ...]
    origin: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def fact(self) -> dict[str, Any]:
        """Return it as stored in the run's item."""
        return {
            "station": self.station,
            "state": self.state,
            "reasons": list(self.reasons),
            "origin": self.origin,
            **self.details,
        }


def assess_stations(facts: Sequence[Mapping[str, Any]], *, planned: Sequence[str]) -> list[StationOutcome]:
    """Return the outcome of each station of a run.

    A planned station without a fact counts as failed.
    """
    by_station = {str(fact.get("station")): fact for fact in facts}
    stations = list(dict.fromkeys([*planned, *by_station]))
    return [
        replace(_assess(station, fact), details=_details(fact or {}))
        for station in stations
        for fact in (by_station.get(station),)
    ]


def run_outcome(stations: Sequence[StationOutcome]) -> RunOutcome:
    """`failed` when no station has a forecast, `degraded` when any has less than it should."""
    if all(station.state == "failed" for station in stations):
        return "failed"
    return "succeeded" if all(station.state == "ok" for station in stations) else "degraded"


def describe(stations: Sequence[StationOutcome]) -> tuple[str, str]:
    """Return a message on the run's outcome, in Korean and in English."""
    if not stations:
        return "예보할 지점이 없었습니다.", "There was no station to forecast for."
    issued = [station for station in stations if station.state != "failed"]
    if issued:
        past = any(HINDCAST in one.reasons for one in issued)
        word_ko, word_en = (
            ("지난 날짜 계산", "Hindcast computed") if past else ("예보 발표", "Forecast issued")
        )
        ko = f"{word_ko}: {', '.join(station_name(one.station, 'ko') for one in issued)}."
        en = f"{word_en} for {', '.join(station_name(one.station, 'en') for one in issued)}."
    else:
        ko, en = "어느 지점도 예보를 발표하지 못했습니다.", "No station has a forecast."
    # Failures first: where not all are named, these are.
    incomplete = sorted((one for one in stations if one.state != "ok"), key=lambda one: one.state != "failed")
    for one in incomplete[:_NAMED]:
        why_ko, why_en = (
            "; ".join(reason.removesuffix(".") for reason in words) for words in in_words(one.reasons)
        )
        word_ko, word_en = ("실패", "failed") if one.state == "failed" else ("제한됨", "degraded")
        ko += f" {station_name(one.station, 'ko')} {word_ko}: {why_ko}."
        en += f" {station_name(one.station, 'en')} {word_en}: {why_en}."
    if more := len(incomplete[_NAMED:]):
        ko += f" 그 밖에 {more}개 지점도 실패했거나 제한됐습니다."
        en += f" {more} more stations failed or are degraded."
    return ko, en


def describe_error(error: object) -> str:
    """Return Step Functions' `{"Error", "Cause"}` as one line."""
    if isinstance(error, Mapping):
        cause = error.get("Cause") or error.get("message") or ""
        kind = str(error.get("Error") or "")
        text = _cause(str(cause))
        return shorten(f"{kind}: {text}" if kind and text else text or kind or "unknown error")
    return shorten(str(error)) if error else "unknown error"


def _assess(station: str, fact: Mapping[str, Any] | None) -> StationOutcome:
    if fact is None:
        return StationOutcome(station, "failed", ("no result reported",))
    predicted: Mapping[str, Any] = fact.get("forecast") or {}
    if fact.get("status") != "forecast" or predicted.get("status") not in {"issued", "unchanged", "hindcast"}:
        return StationOutcome(station, "failed", (_why_failed(fact),))
    reasons = (*(predicted.get("degraded_reasons") or ()), *_failed_trainings(fact))
    return StationOutcome(station, "degraded" if reasons else "ok", reasons, str(predicted.get("origin")))


def _details(fact: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a run's record keeps of a station's fact: some hundred bytes, of a hundred stations too."""
    ingest, forecast = fact.get("ingest"), fact.get("forecast")
    return {
        "ingest": ingest and _ingest_details(ingest),
        "models": [_model_details(model) for model in fact.get("models") or ()],
        "forecast": forecast and {"status": forecast.get("status"), "origin": forecast.get("origin")},
    }


def _ingest_details(ingest: Mapping[str, Any]) -> dict[str, Any]:
    details = {name: ingest.get(name) for name in _INGEST_KEPT}
    if ingest.get("status") == "failed":
        details["message"] = shorten(str(ingest["message"]))
    return details


def _model_details(model: Mapping[str, Any]) -> dict[str, Any]:
    """A decision as it is; of a target that was not trained, or failed, why."""
    why = describe_error(model["error"]) if model.get("error") else shorten(str(model.get("message") or ""))
    return {
        "target": model.get("target"),
        "version": model.get("version"),
        "promoted": model.get("promoted") is True,
        "reason_ko": shorten(str(model.get("reason_ko") or why)),
        "reason_en": shorten(str(model.get("reason_en") or why)),
    }


def _why_failed(fact: Mapping[str, Any]) -> str:
    if fact.get("error"):
        return describe_error(fact["error"])
    for step in ("forecast", "features", "ingest"):
        message = (fact.get(step) or {}).get("message")
        if message:
            return shorten(f"{step}: {message}")
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


def shorten(text: str) -> str:
    """Return `text` as one line of at most `REASON_BYTES` bytes in UTF-8."""
    line = " ".join(text.split())
    encoded = line.encode()
    if len(encoded) <= REASON_BYTES:
        return line
    return encoded[: REASON_BYTES - len("…".encode())].decode(errors="ignore") + "…"
