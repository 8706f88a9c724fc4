"""Forecasts as the API shows them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from fastapi import Response

from plantcast.common.clock import HOUR, KST, KST_ZONE_NAME, DayLabel, day_label, iso_hour
from plantcast.common.stations import Station
from plantcast.common.vapour import vapour_pressure_deficit
from plantcast.forecasting import LEADS
from plantcast.forecasting.issued import Forecast, attribution
from plantcast.plants.advice import SHOWN_DECIMALS, DayAdvice, advise
from plantcast.plants.profiles import VPD_DECIMALS, profile
from plantcast.plants.text import STALE
from plantcast_api.csv_answers import about_place, csv_response, file_name, with_units
from plantcast_api.forecast_models import (
    Daily,
    DailyResponse,
    ForecastDay,
    ForecastResponse,
    Hourly,
    LatestResponse,
    ModelInfo,
    PlantAdvice,
    PredictResponse,
)
from plantcast_api.present import last_day_shown, located, moment, station_info, zoned_hours


def forecast_response(
    forecast: Forecast, station: Station, now: datetime, *, hours: int = LEADS, zone: str = KST_ZONE_NAME
) -> ForecastResponse:
    """Return the first `hours` hours of a forecast, in `zone`, and its days, labelled by `now`."""
    return ForecastResponse(**_whole(forecast, station, now, hours, zone))


def forecast_csv(answer: ForecastResponse, origin: datetime) -> Response:
    """Return the same as a file."""
    about = about_place(answer) | {
        "origin": answer.origin,
        "issued_at": answer.issued_at,
        "status": answer.status,
        "stale": answer.stale,
        "degraded_reasons": answer.degraded_reasons,
    }
    name = file_name(answer.station.id, origin, *(["simulation"] if answer.source == "simulation" else []))
    return csv_response(about, with_units(answer.hourly, answer.hourly_units), name=name)


def predict_response(
    forecast: Forecast, station: Station, now: datetime, *, computed: bool, message: str
) -> PredictResponse:
    """Return a whole forecast with what the call did."""
    return PredictResponse(
        **_whole(forecast, station, now, LEADS, KST_ZONE_NAME), computed=computed, message=message
    )


def latest_response(forecast: Forecast, station: Station, now: datetime) -> LatestResponse:
    """Return the hour of `now` (the nearest one covered) and the days."""
    stale = forecast.is_stale(now)
    days = advise(forecast, profile())
    position = int((now - forecast.valid_at[0]) // HOUR)
    index = min(max(position, 0), LEADS - 1)
    valid_at = forecast.valid_at[index]
    needs_water = any(day.day == valid_at.date() and day.state == "water" for day in days)
    return LatestResponse(
        **brief(forecast, station, now),
        days=_days(days, forecast, now),
        valid_at=iso_hour(valid_at),
        temperature=_shown(forecast.ta.mean[index]),
        humidity=_shown(forecast.hm.mean[index]),
        needs_water=None if stale else needs_water,
    )


def daily_response(forecast: Forecast, station: Station, now: datetime) -> DailyResponse:
    """Return the calendar days (KST) of a forecast up to tomorrow, as far as covered, labelled by `now`."""
    leads: dict[date, list[int]] = {}
    for lead, valid_at in enumerate(forecast.valid_at):
        leads.setdefault(valid_at.date(), []).append(lead)
    days = [
        {"date": day.isoformat(), "label": day_label(day, now.astimezone(KST).date())}
        | _daily(forecast, covered)
        for day, covered in leads.items()
        if day <= last_day_shown(forecast, now)
    ]
    return DailyResponse(
        **brief(forecast, station, now),
        daily=Daily(**{name: [day[name] for day in days] for name in days[0]}),
    )


def _whole(forecast: Forecast, station: Station, now: datetime, hours: int, zone: str) -> dict[str, Any]:
    columns = {
        f"{name}{suffix}": [_shown(value) for value in series[:hours]]
        for name, path in (("temperature_2m", forecast.ta), ("relative_humidity_2m", forecast.hm))
        for suffix, series in (("", path.mean), ("_p10", path.p10), ("_p90", path.p90))
    }
    return {
        **brief(forecast, station, now),
        **located(station, forecast.source, zone, forecast.valid_at[0]),
        "days": _days(advise(forecast, profile()), forecast, now),
        "history_hours": forecast.history_hours,
        "models": {
            target: ModelInfo(kind=used.kind, version=used.version)
            for target, used in forecast.models.items()
        },
        "hourly": Hourly(
            time=zoned_hours(forecast.valid_at[:hours], zone), lead=list(range(1, hours + 1)), **columns
        ),
    }


def brief(forecast: Forecast, station: Station, now: datetime) -> dict[str, Any]:
    """Return the fields of `IssuedBrief`."""
    return {
        "station": station_info(station),
        "source": forecast.source,
        "origin": iso_hour(forecast.origin),
        "issued_at": moment(forecast.issued_at),
        "status": forecast.status,
        "degraded_reasons": list(forecast.degraded_reasons),
        "stale": forecast.is_stale(now),
        "attribution": attribution(forecast.source),
    }


def _daily(forecast: Forecast, leads: list[int]) -> dict[str, Any]:
    # As shown, so that the day's highest temperature is that of an hour in /api/forecast.
    temperature = {lead: _shown(forecast.ta.mean[lead]) for lead in leads}
    humidity = {lead: _shown(forecast.hm.mean[lead]) for lead in leads}
    coldest, warmest = min(leads, key=temperature.__getitem__), max(leads, key=temperature.__getitem__)
    deficits = [
        vapour_pressure_deficit(forecast.ta.mean[lead], min(max(forecast.hm.mean[lead], 0.0), 100.0))
        for lead in leads
    ]
    return {
        "hours": len(leads),
        "temperature_2m_min": temperature[coldest],
        "temperature_2m_max": temperature[warmest],
        "temperature_2m_min_time": iso_hour(forecast.valid_at[coldest]),
        "temperature_2m_max_time": iso_hour(forecast.valid_at[warmest]),
        "temperature_2m_min_p10": _shown(min(forecast.ta.p10[lead] for lead in leads)),
        "temperature_2m_max_p90": _shown(max(forecast.ta.p90[lead] for lead in leads)),
        "relative_humidity_2m_min": min(humidity.values()),
        "relative_humidity_2m_max": max(humidity.values()),
        "vapour_pressure_deficit_max": round(max(deficits), VPD_DECIMALS),
    }


def _days(days: list[DayAdvice], forecast: Forecast, now: datetime) -> list[ForecastDay]:
    today, last, stale = now.astimezone(KST).date(), last_day_shown(forecast, now), forecast.is_stale(now)
    return [_day(day, day_label(day.day, today), stale=stale) for day in days if day.day <= last]


def _day(day: DayAdvice, label: DayLabel | None, *, stale: bool) -> ForecastDay:
    reasons_ko, reasons_en = ([STALE[0]], [STALE[1]]) if stale else (day.reasons_ko, day.reasons_en)
    return ForecastDay(
        date=day.day.isoformat(),
        label=label,
        temperature_min=day.temperature_min,
        temperature_max=day.temperature_max,
        humidity_min=day.humidity_min,
        humidity_max=day.humidity_max,
        plant=PlantAdvice(
            profile=day.profile,
            state="unknown" if stale else day.state,
            reasons_ko=list(reasons_ko),
            reasons_en=list(reasons_en),
            hours=[] if stale else [iso_hour(hour) for hour in day.hours],
        ),
    )


def _shown(value: float) -> float:
    return round(value, SHOWN_DECIMALS)
