"""Advice as a calendar (iCalendar, RFC 5545): an all-day event for each day with something to do.

Made to be subscribed to: a client that reads it anew drops events whose reason is gone, and recognises a
changed one by its UID and higher SEQUENCE. An empty calendar means that there is nothing to do, so a stale
forecast gets an event of its own that says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal

from icalendar import STATUS, TRANSP, Alarm, Calendar, Event, Timezone

from plantcast.common.clock import HOUR, KST, KST_ZONE_NAME, midnight
from plantcast.common.stations import Station
from plantcast.forecasting.issued import Forecast
from plantcast.plants.advice import DayAdvice
from plantcast.plants.plan import Plan
from plantcast.plants.soil import Soil
from plantcast_api.plants.responses import notes

Language = Literal["ko", "en"]

# The forecast is issued at 02:00; nobody waters before breakfast.
REMIND_AT: Final = timedelta(hours=8)
# Half a day: the forecast changes once a night.
REFRESH: Final = timedelta(hours=12)
# A day is first forecast from an origin less than two days before it: counted from there nothing is negative.
_FIRST_FORECAST: Final = timedelta(days=2)

# RFC 5545 demands one component, and most days there is nothing to do.
_ZONE: Final = """\
BEGIN:VTIMEZONE
TZID:Asia/Seoul
BEGIN:STANDARD
DTSTART:19881009T030000
TZOFFSETFROM:+1000
TZOFFSETTO:+0900
TZNAME:KST
END:STANDARD
END:VTIMEZONE
"""
_TITLES: Final[Mapping[Language, Mapping[str, str]]] = {
    "ko": {
        "hot": "더위 피하기",
        "cold": "추위 피하기",
        "dry": "습도 높이기",
        "water": "물 주기",
        "calendar": "돌볼 날",
        "stale": "예보가 오래되었어요",
    },
    "en": {
        "hot": "shelter from heat",
        "cold": "shelter from cold",
        "dry": "raise the humidity",
        "water": "water",
        "calendar": "care",
        "stale": "the forecast is out of date",
    },
}


def calendar(
    forecast: Forecast,
    station: Station,
    made: Plan,
    now: datetime,
    language: Language,
) -> bytes:
    """Return the calendar of a plant as a file."""
    ko, profile = language == "ko", made.care.profile
    name = f"{profile.name_ko} · {station.name_ko}" if ko else f"{profile.name_en} · {station.name_en}"
    titles, stale, today = _TITLES[language], forecast.is_stale(now), now.astimezone(KST).date()
    issued = f"{forecast.issued_at:%Y-%m-%d %H:%M} KST"
    made_from = f"{issued} 예보 기준" if ko else f"By the forecast of {issued}"
    footer = [
        *notes(forecast, made.care.placement, stale=stale)[0 if ko else 1],
        f"{made_from} · {forecast.attribution}",
    ]
    file = Calendar.new(
        prodid="-//Plantcast//Plant care//EN",
        method="PUBLISH",
        name=f"{name}: {titles['calendar']}",
        uid=f"{profile.key}-{station.number}@plantcast",
        subcomponents=[Timezone.from_ical(_ZONE)],
    )
    file.add("X-WR-TIMEZONE", KST_ZONE_NAME)
    file.add("REFRESH-INTERVAL", REFRESH, parameters={"VALUE": "DURATION"})
    file.add("X-PUBLISHED-TTL", f"PT{REFRESH // HOUR}H")
    if stale:
        event = _event(today, profile.key, forecast, station, f"{name}: {titles['stale']}", footer)
        # It replaces the advice that the same forecast gave for the day.
        event.sequence += 1
        file.add_component(event)
        return bytes(file.to_ical())
    due = _due(made, today)
    days = {day.day: day for day in made.days if day.day == due or _to_do(day, made.soil)}
    for at in sorted({*days, *([] if due is None else [due])}):
        day = days.get(at)
        to_do, text = ([], []) if day is None else (_to_do(day, made.soil), _text(day, ko))
        if at == due:
            to_do.append("water")
            text += [made.water.reason_ko if ko else made.water.reason_en]
        summary = f"{name}: {', '.join(titles[key] for key in to_do)}"
        event = _event(at, profile.key, forecast, station, summary, [*text, "", *footer])
        event.status = STATUS.TENTATIVE if at > today else STATUS.CONFIRMED
        event.add_component(_reminder(summary))
        file.add_component(event)
    return bytes(file.to_ical())


def _due(made: Plan, today: date) -> date | None:
    """Return the day of watering by the drying of the soil: today if it is past."""
    soil = made.soil
    return None if soil is None or soil.due is None else max(soil.due, today)


def _text(day: DayAdvice, ko: bool) -> list[str]:
    reasons = [f"- {one.reason_ko if ko else one.reason_en}" for one in day.conditions if one.active]
    return [day.advice_ko if ko else day.advice_en, *reasons]


def _event(
    day: date, profile: str, forecast: Forecast, station: Station, summary: str, text: list[str]
) -> Event:
    issued_at = forecast.issued_at.astimezone(UTC)
    # Seconds since the day was first forecast: more with each forecast, within what clients store.
    sequence = int((issued_at - (midnight(day) - _FIRST_FORECAST)).total_seconds())
    return Event.new(
        uid=f"{day:%Y%m%d}-{profile}-{station.number}@plantcast",
        sequence=max(sequence, 0),
        stamp=issued_at,
        last_modified=issued_at,
        start=day,
        end=day + timedelta(days=1),
        categories=["Plantcast"],
        transparency=TRANSP.TRANSPARENT,
        status=STATUS.CONFIRMED,
        summary=summary,
        description="\n".join(text),
    )


def _reminder(summary: str) -> Alarm:
    alarm = Alarm.new(description=summary)
    alarm.add("ACTION", "DISPLAY")
    alarm.TRIGGER = REMIND_AT
    return alarm


def _to_do(day: DayAdvice, soil: Soil | None) -> list[str]:
    """Return what to do, the most urgent first; where the soil is known, it says when to water."""
    active = {one.kind for one in day.conditions if one.active}
    known = soil is not None and soil.due is not None
    last = ["water"] if day.needs_water and not known else ["dry"] if "dry" in active else []
    return [*(kind for kind in ("cold", "hot") if kind in active), *last]
