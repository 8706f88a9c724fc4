"""Plants and advice as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from plantcast.common.clock import HOUR, KST, day_label
from plantcast.common.stations import Station
from plantcast.forecasting.issued import Forecast
from plantcast.notifications.reasons import reason_texts
from plantcast.plants.advice import DayAdvice, HourAdvice
from plantcast.plants.conditions import Condition
from plantcast.plants.placement import Placement
from plantcast.plants.plan import Plan
from plantcast.plants.profiles import KINDS, UNITS
from plantcast.plants.soil import Answer, Soil
from plantcast.plants.text import STALE, advice_notes
from plantcast_api.forecast.responses import brief
from plantcast_api.plants.advice_models import AdviceResponse, AdvicesResponse, DeviceResponse

# Minutes past the hour: the hourly update begins at 16 and takes seconds.
UPDATED_AT: Final = 20

_WATER: Final[Mapping[Answer, bool | None]] = {"yes": True, "no": False, "check": None}
_STALE_WATER: Final = {
    "answer": None,
    "text_ko": "지금은 알 수 없어요",
    "text_en": "Not known right now",
    "reason_ko": STALE[0],
    "reason_en": STALE[1],
}
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


def advice_response(forecast: Forecast, station: Station, made: Plan, now: datetime) -> AdviceResponse:
    """Return the advice for one plant."""
    return AdviceResponse.model_validate({**brief(forecast, station, now), **_plant(forecast, made, now)})


def advices_response(
    forecast: Forecast, station: Station, made: Sequence[Plan], now: datetime
) -> AdvicesResponse:
    """Return the advice for several plants."""
    plants = [_plant(forecast, one, now) for one in made]
    return AdvicesResponse.model_validate({**brief(forecast, station, now), "plants": plants})


def device_response(forecast: Forecast, made: Plan, now: datetime) -> DeviceResponse:
    """Return the least a device needs."""
    stale, soil = forecast.is_stale(now), made.soil
    known = not stale and soil is not None
    update = now.astimezone(KST).replace(minute=UPDATED_AT, second=0, microsecond=0)
    return DeviceResponse(
        water=None if stale else _WATER[made.water.answer],
        drying=_percent(soil) if known else None,
        due=soil.due if soil is not None and known else None,
        until=update if update > now else update + HOUR,
        stale=stale,
        source=forecast.source,
    )


def _plant(forecast: Forecast, made: Plan, now: datetime) -> dict[str, Any]:
    stale, placement, soil = forecast.is_stale(now), made.care.placement, made.soil
    notes_ko, notes_en = notes(forecast, placement, stale=stale)
    today = now.astimezone(KST).date()
    night = None if stale or made.tonight is None else _conditions(made.tonight)
    return {
        "profile": made.care.profile,
        "place": {
            "place": placement.place,
            "room_temperature": placement.room_temperature if placement.place == "indoor" else None,
            "balcony_offset": placement.balcony_offset if placement.place == "balcony" else None,
        },
        "water": _STALE_WATER if stale else made.water,
        "soil": soil and {**vars(soil), "drying": _percent(soil)},
        "tonight": night,
        "notes_ko": notes_ko,
        "notes_en": notes_en,
        "hourly": _hourly(made.hours, stale=stale),
        "days": [{**_day(day, stale=stale), "label": day_label(day.day, today)} for day in made.days],
    }


def _percent(soil: Soil | None) -> int | None:
    # Down: 100 % means due.
    return None if soil is None or soil.drying is None else int(soil.drying * 100)


def notes(forecast: Forecast, placement: Placement, *, stale: bool) -> tuple[list[str], list[str]]:
    """Return what to know before trusting advice, in Korean and in English, with the reasons as text."""
    why_ko, why_en = reason_texts(forecast.degraded_reasons)
    notes_ko, notes_en = advice_notes(forecast, placement, stale=stale)
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
        return _conditions(day)
    nothing: dict[str, Any] = {"mood": "unknown", "needs_water": None, "conditions": []}
    return {**vars(day), **nothing, "advice_ko": STALE[0], "advice_en": STALE[1]}


def _conditions(day: DayAdvice) -> dict[str, Any]:
    return {**vars(day), "conditions": [_condition(one) for one in day.conditions]}


def _condition(condition: Condition) -> dict[str, Any]:
    return {**vars(condition), "unit": UNITS[condition.variable]}
