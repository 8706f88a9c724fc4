"""Forecasts as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from plantcast.clock import HOUR, iso_hour
from plantcast.forecasting import LEADS
from plantcast.forecasts import Forecast, attribution
from plantcast.observations.stations import Station
from plantcast.plants.advice import SHOWN_DECIMALS, DayAdvice, advise
from plantcast.plants.profiles import profile
from plantcast_api.models import (
    Day,
    ForecastResponse,
    Hourly,
    LatestResponse,
    ModelInfo,
    PlantAdvice,
    PredictResponse,
    StationInfo,
)


def moment(when: datetime) -> str:
    """Format a moment to the second."""
    return when.isoformat(timespec="seconds")


def station_info(station: Station) -> StationInfo:
    """Return a station as every answer names it."""
    return StationInfo(id=station.number, name_ko=station.name_ko, name_en=station.name_en)


def forecast_response(forecast: Forecast, station: Station, hours: int = LEADS) -> ForecastResponse:
    """Return the first `hours` hours of a forecast and its days."""
    return ForecastResponse(
        **_issued(forecast, station, advise(forecast, profile())), **_path(forecast, hours)
    )


def predict_response(
    forecast: Forecast, station: Station, *, computed: bool, message: str
) -> PredictResponse:
    """Return a whole forecast with what the call did."""
    return PredictResponse(
        **_issued(forecast, station, advise(forecast, profile())),
        **_path(forecast, LEADS),
        computed=computed,
        message=message,
    )


def latest_response(forecast: Forecast, station: Station, now: datetime) -> LatestResponse:
    """Return the hour of `now` (the nearest one covered) and the days."""
    days = advise(forecast, profile())
    position = int((now - forecast.valid_at[0]) // HOUR)
    index = min(max(position, 0), LEADS - 1)
    valid_at = forecast.valid_at[index]
    needs_water = any(day.day == valid_at.date() and day.state == "water" for day in days)
    return LatestResponse(
        **_issued(forecast, station, days),
        valid_at=iso_hour(valid_at),
        temperature=_shown(forecast.ta.mean[index]),
        humidity=_shown(forecast.hm.mean[index]),
        stale=position >= LEADS,
        needs_water=needs_water,
    )


def _issued(forecast: Forecast, station: Station, days: list[DayAdvice]) -> dict[str, Any]:
    return {
        "station": station_info(station),
        "source": forecast.source,
        "origin": iso_hour(forecast.origin),
        "issued_at": moment(forecast.issued_at),
        "status": forecast.status,
        "degraded_reasons": list(forecast.degraded_reasons),
        "days": [_day(day) for day in days],
        "attribution": attribution(forecast.source),
    }


def _path(forecast: Forecast, hours: int) -> dict[str, Any]:
    columns = {
        f"{name}{suffix}": [_shown(value) for value in series[:hours]]
        for name, path in (("temperature_2m", forecast.ta), ("relative_humidity_2m", forecast.hm))
        for suffix, series in (("", path.mean), ("_p10", path.p10), ("_p90", path.p90))
    }
    return {
        "history_hours": forecast.history_hours,
        "models": {
            target: ModelInfo(kind=used.kind, version=used.version)
            for target, used in forecast.models.items()
        },
        "hourly": Hourly(
            time=[iso_hour(hour) for hour in forecast.valid_at[:hours]],
            lead=list(range(1, hours + 1)),
            **columns,
        ),
    }


def _day(day: DayAdvice) -> Day:
    return Day(
        date=day.day.isoformat(),
        label=day.label,
        temperature_min=day.temperature_min,
        temperature_max=day.temperature_max,
        humidity_min=day.humidity_min,
        humidity_max=day.humidity_max,
        plant=PlantAdvice(
            profile=day.profile,
            state=day.state,
            reasons_ko=list(day.reasons_ko),
            reasons_en=list(day.reasons_en),
            hours=[iso_hour(hour) for hour in day.hours],
        ),
    )


def _shown(value: float) -> float:
    return round(value, SHOWN_DECIMALS)
