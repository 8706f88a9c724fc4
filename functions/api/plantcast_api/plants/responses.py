"""Plants and advice as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from plantcast.common.clock import KST, day_label
from plantcast.common.stations import Station
from plantcast.forecasting.issued import Forecast
from plantcast.notifications.reasons import reason_texts
from plantcast.plants.advice import DayAdvice, HourAdvice, advise, advise_hours
from plantcast.plants.conditions import Condition
from plantcast.plants.placement import Placement
from plantcast.plants.profiles import KINDS, UNITS, Kind, Profile
from plantcast.plants.text import STALE, advice_notes
from plantcast_api.forecast.responses import brief, last_day_shown
from plantcast_api.plants.models import AdviceResponse

# The weather may be synthetic: stated before anything made from it.
_SOURCES: Final = {
    "synthetic": (
        "합성 자료(모의 날씨)로 만든 예보예요. 실제 날씨가 아니에요.",
        "Made from synthetic weather, not from observations.",
    ),
    "replay": (
        "과거의 관측을 다시 돌린 예보예요. 오늘의 날씨가 아니에요.",
        "Made from a replay of past observations, not from today's weather.",
    ),
}


def advice_response(
    forecast: Forecast,
    station: Station,
    profile: Profile,
    before: Mapping[Kind, bool] | None,
    now: datetime,
) -> AdviceResponse:
    """Return the advice for a plant, hour by hour and day by day; `before` is what was active before."""
    stale = forecast.is_stale(now)
    notes_ko, notes_en = notes(forecast, profile, stale=stale)
    today, last = now.astimezone(KST).date(), last_day_shown(forecast, now)
    return AdviceResponse.model_validate(
        {
            **brief(forecast, station, now),
            "profile": profile,
            "notes_ko": notes_ko,
            "notes_en": notes_en,
            "hourly": _hourly(advise_hours(forecast, profile, before), stale=stale),
            "days": [
                {**_day(day, stale=stale), "label": day_label(day.day, today)}
                for day in advise(forecast, profile, before)
                if day.day <= last
            ],
        }
    )


def notes(forecast: Forecast, profile: Profile, *, stale: bool) -> tuple[list[str], list[str]]:
    """Return what to know before trusting advice, in Korean and in English, with the reasons as text."""
    why_ko, why_en = reason_texts(forecast.degraded_reasons)
    notes_ko, notes_en = advice_notes(forecast, Placement.of(profile), stale=stale)
    sources = [_SOURCES[forecast.source]] if forecast.source in _SOURCES else []
    return (
        [*(ko for ko, _ in sources), *why_ko, *notes_ko],
        [*(en for _, en in sources), *why_en, *notes_en],
    )


def _hourly(hours: Sequence[HourAdvice], *, stale: bool) -> dict[str, list[Any]]:
    probabilities = {f"probability_{kind}": [hour.probability.get(kind) for hour in hours] for kind in KINDS}
    return {
        "time": [hour.valid_at for hour in hours],
        "temperature_2m": [hour.ta for hour in hours],
        "relative_humidity_2m": [hour.hm for hour in hours],
        "vapour_pressure_deficit": [hour.vpd for hour in hours],
        "mood": ["unknown" if stale else hour.mood for hour in hours],
        **probabilities,
    }


def _day(day: DayAdvice, *, stale: bool) -> dict[str, Any]:
    if not stale:
        return {**vars(day), "conditions": [_condition(one) for one in day.conditions]}
    nothing: dict[str, Any] = {"mood": "unknown", "needs_water": None, "conditions": []}
    return {**vars(day), **nothing, "advice_ko": STALE[0], "advice_en": STALE[1]}


def _condition(condition: Condition) -> dict[str, Any]:
    return {**vars(condition), "unit": UNITS[condition.variable]}
