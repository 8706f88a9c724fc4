"""Forecasts as the API shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from plantcast.common.clock import HOUR, KST, KST_ZONE_NAME, day_label
from plantcast.common.stations import Station
from plantcast.common.vapour import vapour_pressure_deficit
from plantcast.forecasting import LEADS, TARGETS
from plantcast.forecasting.issued import Forecast, attribution, guidance_attribution
from plantcast.plants.advice import SHOWN_DECIMALS, DayAdvice, advise
from plantcast.plants.profiles import VPD_DECIMALS, profile
from plantcast.plants.text import STALE
from plantcast_api.forecast.models import DailyResponse, ForecastResponse, LatestResponse, PredictResponse
from plantcast_api.http.csv_file import CsvFile, csv_file
from plantcast_api.models import located

_CSV_ABOUT: Final = ("origin", "issued_at", "status", "stale", "degraded_reasons", "guidance_reasons")

_SHARE_DECIMALS: Final = 3


def brief(forecast: Forecast, station: Station, now: datetime) -> dict[str, Any]:
    """Return the fields of `IssuedBrief`, beside the forecast's own."""
    return {
        **vars(forecast),
        "station": station,
        "attribution": forecast.attribution,
        "status": forecast.status,
        "stale": forecast.is_stale(now),
    }


def last_day_shown(forecast: Forecast, now: datetime) -> date:
    """Return the last calendar day (KST) of a forecast that answers show: tomorrow, or its second day.

    A path with an origin other than 23:00 reaches into a third day, which is shown once it is tomorrow.
    """
    return max((forecast.origin + HOUR).date(), now.astimezone(KST).date()) + timedelta(days=1)


def forecast_response(
    forecast: Forecast, station: Station, now: datetime, *, hours: int = LEADS, zone: str = KST_ZONE_NAME
) -> ForecastResponse:
    """Return the first `hours` hours of a forecast, in `zone`, and its days, labelled by `now`."""
    return ForecastResponse.model_validate(_whole(forecast, station, now, hours, zone))


def forecast_csv(answer: ForecastResponse) -> CsvFile:
    """Return the same as a file."""
    simulated = ["simulation"] if answer.source == "simulation" else []
    return csv_file(answer, _CSV_ABOUT, answer.station.id, f"{answer.origin:%Y-%m-%dT%H}", *simulated)


def predict_response(
    forecast: Forecast, station: Station, now: datetime, *, computed: bool, message: str
) -> PredictResponse:
    """Return a whole forecast with what the call did."""
    whole = _whole(forecast, station, now, LEADS, KST_ZONE_NAME)
    return PredictResponse.model_validate({**whole, "computed": computed, "message": message})


def latest_response(forecast: Forecast, station: Station, now: datetime) -> LatestResponse:
    """Return the hour of `now` (the nearest one covered) and the days."""
    days = advise(forecast, profile())
    index = min(max((now - forecast.origin) // HOUR - 1, 0), LEADS - 1)
    valid_at = forecast.origin + (index + 1) * HOUR
    needs_water = any(day.day == valid_at.date() and day.state == "water" for day in days)
    return LatestResponse.model_validate(
        {
            **brief(forecast, station, now),
            "days": _days(days, forecast, now),
            "valid_at": valid_at,
            "temperature": _shown(forecast.ta.mean[index]),
            "humidity": _shown(forecast.hm.mean[index]),
            "needs_water": None if forecast.is_stale(now) else needs_water,
        }
    )


def daily_response(forecast: Forecast, station: Station, now: datetime) -> DailyResponse:
    """Return the calendar days (KST) of a forecast up to tomorrow, as far as covered, labelled by `now`."""
    leads: dict[date, list[int]] = {}
    for lead, valid_at in enumerate(forecast.valid_at):
        leads.setdefault(valid_at.date(), []).append(lead)
    last = last_day_shown(forecast, now)
    days = [
        {"date": day, "label": day_label(day, now.astimezone(KST).date()), **_daily(forecast, covered)}
        for day, covered in leads.items()
        if day <= last
    ]
    columns = {name: [day[name] for day in days] for name in days[0]}
    return DailyResponse.model_validate({**brief(forecast, station, now), "daily": columns})


def _whole(forecast: Forecast, station: Station, now: datetime, hours: int, zone: str) -> dict[str, Any]:
    place = located(station, zone, forecast.valid_at[:hours])
    columns: dict[str, list[Any]] = {
        f"{name}{suffix}": [_shown(value) for value in series[:hours]]
        for name, path in (("temperature_2m", forecast.ta), ("relative_humidity_2m", forecast.hm))
        for suffix, series in (("", path.mean), ("_p10", path.p10), ("_p90", path.p90))
    }
    guidance = forecast.guidance
    sky, rain = ([None] * LEADS,) * 2 if guidance is None else (guidance.sky, guidance.pop)
    columns["sky"] = [None if code is None else round(code) for code in sky[:hours]]
    columns["precipitation_probability"] = [*rain[:hours]]
    return {
        **brief(forecast, station, now),
        **place,
        "sources": _sources(forecast, hours),
        "days": _days(advise(forecast, profile()), forecast, now),
        "hourly": {"time": place["time"], "lead": list(range(1, hours + 1)), **columns},
    }


def _sources(forecast: Forecast, hours: int) -> list[dict[str, Any]]:
    guidance, simulated = forecast.guidance, forecast.source != "kma"
    shares = {
        target: [0.0] * hours
        if guidance is None
        else [round(share, _SHARE_DECIMALS) for share in guidance.shares[target][:hours]]
        for target in TARGETS
    }
    model = {
        "name": "station_model",
        "issued_at": forecast.issued_at,
        "attribution": attribution(forecast.source),
        "simulated": simulated,
        "share": {
            target: [round(1 - share, _SHARE_DECIMALS) for share in column]
            for target, column in shares.items()
        },
    }
    if guidance is None:
        return [model]
    published = {
        "name": guidance.source,
        "issued_at": guidance.issued_at,
        "attribution": guidance_attribution(guidance.source, forecast.source),
    }
    return [model, {**model, **published, "share": shares}]


def _daily(forecast: Forecast, leads: Sequence[int]) -> dict[str, Any]:
    # As shown, so that the day's highest temperature is that of an hour in /api/forecast.
    temperature = {lead: _shown(forecast.ta.mean[lead]) for lead in leads}
    humidity = [_shown(forecast.hm.mean[lead]) for lead in leads]
    coldest, warmest = min(leads, key=temperature.__getitem__), max(leads, key=temperature.__getitem__)
    deficits = [
        vapour_pressure_deficit(forecast.ta.mean[lead], min(max(forecast.hm.mean[lead], 0.0), 100.0))
        for lead in leads
    ]
    return {
        "hours": len(leads),
        "temperature_2m_min": temperature[coldest],
        "temperature_2m_max": temperature[warmest],
        "temperature_2m_min_time": forecast.valid_at[coldest],
        "temperature_2m_max_time": forecast.valid_at[warmest],
        "temperature_2m_min_p10": _shown(min(forecast.ta.p10[lead] for lead in leads)),
        "temperature_2m_max_p90": _shown(max(forecast.ta.p90[lead] for lead in leads)),
        "relative_humidity_2m_min": min(humidity),
        "relative_humidity_2m_max": max(humidity),
        "vapour_pressure_deficit_max": round(max(deficits), VPD_DECIMALS),
    }


def _days(days: Sequence[DayAdvice], forecast: Forecast, now: datetime) -> list[dict[str, Any]]:
    today, last, stale = now.astimezone(KST).date(), last_day_shown(forecast, now), forecast.is_stale(now)
    nothing = {"state": "unknown", "reasons_ko": [STALE[0]], "reasons_en": [STALE[1]], "hours": []}
    return [
        {
            **vars(day),
            "label": day_label(day.day, today),
            "plant": {"profile": day.profile, **nothing} if stale else day,
        }
        for day in days
        if day.day <= last
    ]


def _shown(value: float) -> float:
    return round(value, SHOWN_DECIMALS)
