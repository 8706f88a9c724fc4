"""Plants and advice as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from plantcast.common.clock import KST, DayLabel, day_label, iso_hour
from plantcast.common.stations import Station
from plantcast.forecasting.issued import Forecast
from plantcast.notifications.reasons import in_words
from plantcast.notifications.texts import VARIABLE_NAMES, condition_facts, shown_probability
from plantcast.plants.advice import DayAdvice, HourAdvice, advise, advise_hours
from plantcast.plants.conditions import Condition
from plantcast.plants.profiles import KINDS, Kind, Profile
from plantcast.plants.text import STALE, advice_notes
from plantcast_api.forecast_answers import brief
from plantcast_api.plant_models import (
    AdviceCondition,
    AdviceDay,
    AdviceResponse,
    Plant,
    PlantBrief,
    PlantComfort,
    PlantHourly,
    PlantLimit,
    PlantSource,
)
from plantcast_api.present import last_day_shown

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


def plant_answer(profile: Profile) -> Plant:
    """Return a profile."""
    return Plant(
        id=profile.key,
        name_ko=profile.name_ko,
        name_en=profile.name_en,
        scientific_name=profile.scientific_name,
        place=profile.place,
        comfortable=PlantComfort(
            temperature=profile.comfortable.ta,
            humidity=profile.comfortable.hm,
            vapour_pressure_deficit=profile.comfortable.vpd,
        ),
        basis=profile.basis,
        limits=[
            PlantLimit.model_validate(
                {
                    "kind": limit.kind,
                    "variable": VARIABLE_NAMES[limit.variable],
                    "comparison": limit.comparison,
                    "threshold": limit.threshold,
                    "unit": limit.unit,
                    "waters": limit.waters,
                    "basis": limit.basis,
                }
            )
            for limit in profile.limits
        ],
        sources=[PlantSource(title=source.title, url=source.url) for source in profile.sources],
    )


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
    return AdviceResponse(
        **brief(forecast, station, now),
        profile=PlantBrief(
            id=profile.key, name_ko=profile.name_ko, name_en=profile.name_en, place=profile.place
        ),
        notes_ko=notes_ko,
        notes_en=notes_en,
        hourly=_hourly(advise_hours(forecast, profile, before), stale=stale),
        days=[
            _day(day, day_label(day.day, today), stale=stale)
            for day in advise(forecast, profile, before)
            if day.day <= last
        ],
    )


def notes(forecast: Forecast, profile: Profile, *, stale: bool) -> tuple[list[str], list[str]]:
    """Return what to know before trusting advice, in Korean and in English, with the reasons as text."""
    why_ko, why_en = in_words(forecast.degraded_reasons)
    notes_ko, notes_en = advice_notes(forecast, profile, stale=stale)
    sources = [_SOURCES[forecast.source]] if forecast.source in _SOURCES else []
    return (
        [*(ko for ko, _ in sources), *why_ko, *notes_ko],
        [*(en for _, en in sources), *why_en, *notes_en],
    )


def _hourly(hours: list[HourAdvice], *, stale: bool) -> PlantHourly:
    columns = {
        f"probability_{kind}": [
            shown_probability(hour.probability[kind]) if kind in hour.probability else None for hour in hours
        ]
        for kind in KINDS
    }
    return PlantHourly.model_validate(
        {
            "time": [iso_hour(hour.valid_at) for hour in hours],
            "temperature_2m": [hour.ta for hour in hours],
            "relative_humidity_2m": [hour.hm for hour in hours],
            "vapour_pressure_deficit": [hour.vpd for hour in hours],
            "mood": ["unknown" if stale else hour.mood for hour in hours],
            **columns,
        }
    )


def _day(day: DayAdvice, label: DayLabel | None, *, stale: bool) -> AdviceDay:
    advice_ko, advice_en = STALE if stale else (day.advice_ko, day.advice_en)
    return AdviceDay(
        date=day.day.isoformat(),
        label=label,
        mood="unknown" if stale else day.mood,
        needs_water=None if stale else day.needs_water,
        advice_ko=advice_ko,
        advice_en=advice_en,
        conditions=[] if stale else [_condition(condition) for condition in day.conditions],
        temperature_min=day.temperature_min,
        temperature_max=day.temperature_max,
        humidity_min=day.humidity_min,
        humidity_max=day.humidity_max,
        vapour_pressure_deficit_max=day.vpd_max,
    )


def _condition(condition: Condition) -> AdviceCondition:
    return AdviceCondition.model_validate(
        {
            **condition_facts(condition),
            "hours": [iso_hour(hour) for hour in condition.hours],
            "reason_ko": condition.reason_ko,
            "reason_en": condition.reason_en,
        }
    )
