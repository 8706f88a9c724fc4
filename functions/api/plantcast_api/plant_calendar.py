"""Advice as a calendar (iCalendar, RFC 5545): an all-day event for each day with something to do.

Made to be subscribed to: a client that reads it anew drops events whose reason is gone, and takes a changed
one by its UID and higher SEQUENCE. An empty calendar means that there is nothing to do, so a stale forecast
gets an event of its own that says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal

from icalendar import Alarm, Calendar, Event, Timezone, TimezoneStandard

from plantcast.common.clock import HOUR, KST, KST_ZONE_NAME, midnight
from plantcast.common.stations import Station
from plantcast.forecasting.issued import Forecast, attribution
from plantcast.plants.advice import DayAdvice, advise
from plantcast.plants.profiles import Kind, Profile
from plantcast_api.plant_answers import notes
from plantcast_api.present import last_day_shown

Language = Literal["ko", "en"]

# The forecast is issued at 02:00; nobody waters before breakfast.
REMIND_AT: Final = timedelta(hours=8)
# Half a day: the forecast changes once a night.
REFRESH: Final = timedelta(hours=12)
# A day is first forecast from an origin less than two days before it: counted from there nothing is negative.
_FIRST_FORECAST: Final = timedelta(days=2)

_TITLES: Final[dict[Language, dict[str, str]]] = {
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
    profile: Profile,
    before: Mapping[Kind, bool] | None,
    now: datetime,
    language: Language,
) -> bytes:
    """Return the calendar of a plant as a file; `before` is what was active before the forecast."""
    name = profile.name_ko if language == "ko" else profile.name_en
    place = station.name_ko if language == "ko" else station.name_en
    title = f"{name} · {place}: {_TITLES[language]['calendar']}"
    made = Calendar()
    for key, value in {
        "PRODID": "-//Plantcast//Plant care//EN",
        "VERSION": "2.0",
        "METHOD": "PUBLISH",
        "NAME": title,
        "X-WR-CALNAME": title,
        "X-WR-TIMEZONE": KST_ZONE_NAME,
    }.items():
        made.add(key, value)
    made.add("REFRESH-INTERVAL", REFRESH, parameters={"VALUE": "DURATION"})
    made.add("X-PUBLISHED-TTL", f"PT{REFRESH // HOUR}H")
    # RFC 5545 demands one component, and most days there is nothing to do.
    made.add_component(_zone())
    stale = forecast.is_stale(now)
    note_lines = notes(forecast, profile, stale=stale)[0 if language == "ko" else 1]
    if stale:
        made.add_component(
            _stale_event(now, forecast, station, profile, f"{name} · {place}", note_lines, language)
        )
    for day in [] if stale else advise(forecast, profile, before):
        if day.day <= last_day_shown(forecast, now) and (day.needs_water or day.mood != "happy"):
            future = day.day > now.astimezone(KST).date()
            made.add_component(
                _event(day, forecast, station, f"{name} · {place}", note_lines, language, future)
            )
    return bytes(made.to_ical())


def _event(
    day: DayAdvice,
    forecast: Forecast,
    station: Station,
    name: str,
    note_lines: list[str],
    language: Language,
    future: bool,
) -> Event:
    reasons = [
        f"- {one.reason_ko if language == 'ko' else one.reason_en}" for one in day.conditions if one.active
    ]
    advice = day.advice_ko if language == "ko" else day.advice_en
    event = Event()
    fields: dict[str, Any] = {
        **_all_day(day.day, day.profile, forecast, station),
        "SUMMARY": f"{name}: {_what(day, language)}",
        "DESCRIPTION": "\n".join([advice, *reasons, "", *note_lines, _footer(forecast, language)]),
        "STATUS": "TENTATIVE" if future else "CONFIRMED",
    }
    for key, value in fields.items():
        event.add(key, value)
    alarm = Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("DESCRIPTION", fields["SUMMARY"])
    alarm.add("TRIGGER", REMIND_AT)
    event.add_component(alarm)
    return event


def _stale_event(
    now: datetime,
    forecast: Forecast,
    station: Station,
    profile: Profile,
    name: str,
    note_lines: list[str],
    language: Language,
) -> Event:
    """Return the event that stands on the present day instead of advice, without a reminder."""
    event = Event()
    fields = _all_day(now.date(), profile.key, forecast, station)
    fields |= {
        "SEQUENCE": fields["SEQUENCE"] + 1,  # it replaces the advice that the same forecast gave for the day
        "SUMMARY": f"{name}: {_TITLES[language]['stale']}",
        "DESCRIPTION": "\n".join([*note_lines, _footer(forecast, language)]),
        "STATUS": "CONFIRMED",
    }
    for key, value in fields.items():
        event.add(key, value)
    return event


def _all_day(day: date, profile: str, forecast: Forecast, station: Station) -> dict[str, Any]:
    return {
        "UID": f"{day:%Y%m%d}-{profile}-{station.number}@plantcast",
        "SEQUENCE": _sequence(day, forecast.issued_at),
        "DTSTAMP": forecast.issued_at.astimezone(UTC),
        "LAST-MODIFIED": forecast.issued_at.astimezone(UTC),
        "DTSTART": day,
        "DTEND": day + timedelta(days=1),
        "CATEGORIES": ["Plantcast"],
        "TRANSP": "TRANSPARENT",
    }


def _footer(forecast: Forecast, language: Language) -> str:
    issued = f"{forecast.issued_at:%Y-%m-%d %H:%M} KST"
    made = f"{issued} 예보 기준" if language == "ko" else f"By the forecast of {issued}"
    return f"{made} · {attribution(forecast.source)}"


def _what(day: DayAdvice, language: Language) -> str:
    """Name everything there is to do, the most urgent first."""
    active = {one.kind for one in day.conditions if one.active}
    keys: list[str] = [kind for kind in ("cold", "hot") if kind in active]
    if day.needs_water:
        keys.append("water")
    elif "dry" in active:
        keys.append("dry")
    return ", ".join(_TITLES[language][key] for key in keys)


def _sequence(day: date, issued_at: datetime) -> int:
    """Return seconds since the day was first forecast: more with each forecast, within what clients store."""
    return max(int((issued_at - (midnight(day) - _FIRST_FORECAST)).total_seconds()), 0)


def _zone() -> Timezone:
    zone, standard = Timezone(), TimezoneStandard()
    zone.add("TZID", KST_ZONE_NAME)
    for key, value in {
        "DTSTART": datetime(1988, 10, 9, 3, 0),  # noqa: DTZ001  # RFC 5545 wants it local: the end of summer time
        "TZOFFSETFROM": timedelta(hours=10),
        "TZOFFSETTO": timedelta(hours=9),
        "TZNAME": "KST",
    }.items():
        standard.add(key, value)
    zone.add_component(standard)
    return zone
