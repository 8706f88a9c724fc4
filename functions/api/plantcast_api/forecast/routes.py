"""The routes on issued forecasts. Each reads one item of the table."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from plantcast.common.clock import KST_ZONE_NAME, iso_hour
from plantcast.common.errors import NotFoundError
from plantcast.common.stations import Station
from plantcast.forecasting import LEADS
from plantcast.forecasting.issued import Forecast
from plantcast.plants.simulation import hot_and_dry
from plantcast_api.dependencies import Deps
from plantcast_api.forecast.models import DailyResponse, ForecastResponse, LatestResponse
from plantcast_api.forecast.responses import daily_response, forecast_csv, forecast_response, latest_response
from plantcast_api.http.csv_file import OR_CSV, CsvFile
from plantcast_api.http.parameters import (
    FromApp,
    HoursQuery,
    OriginQuery,
    SimulateQuery,
    StationQuery,
    TimezoneQuery,
    WantsCsv,
)
from plantcast_api.http.problems import documented

router = APIRouter(tags=["Forecast"], responses=documented(404, 422, 500))


async def _hourly(
    deps: FromApp,
    station: StationQuery = None,
    hours: HoursQuery = LEADS,
    origin: OriginQuery = None,
    timezone: TimezoneQuery = KST_ZONE_NAME,
    simulate: SimulateQuery = None,
) -> ForecastResponse:
    chosen = deps.station(station)
    found = deps.stored_forecast(chosen) if origin is None else _issued_from(deps, chosen, origin)
    shown = found if simulate is None else hot_and_dry(found)
    return forecast_response(shown, chosen, deps.clock.now(), hours=hours, zone=timezone)


HourlyForecast = Annotated[ForecastResponse, Depends(_hourly)]


@router.get("/api/latest", summary="Now, today and tomorrow")
async def latest(deps: FromApp, station: StationQuery = None) -> LatestResponse:
    """The present hour of the latest forecast, and whether plants need water today and tomorrow."""
    chosen = deps.station(station)
    return latest_response(deps.stored_forecast(chosen), chosen, deps.clock.now())


@router.get("/api/forecast", summary="Hour by hour", response_model=ForecastResponse, responses=OR_CSV)
async def forecast(hourly: HourlyForecast, wants_csv: WantsCsv) -> ForecastResponse | Response:
    """The newest forecast, or an earlier one, in columns, with the 80 % range, and its days."""
    return forecast_csv(hourly) if wants_csv else hourly


@router.get(
    "/api/forecast.csv",
    summary="Hour by hour, as a CSV file",
    response_class=CsvFile,
    response_description="The file",
)
async def forecast_file(hourly: HourlyForecast) -> Response:
    """The same as `/api/forecast?format=csv`, at an address that spreadsheets can be given."""
    return forecast_csv(hourly)


@router.get("/api/daily", summary="Day by day")
async def daily(deps: FromApp, station: StationQuery = None, simulate: SimulateQuery = None) -> DailyResponse:
    """Lowest and highest values of each day, their hours, and how far the range reaches."""
    chosen = deps.station(station)
    found = deps.stored_forecast(chosen)
    return daily_response(found if simulate is None else hot_and_dry(found), chosen, deps.clock.now())


def _issued_from(deps: Deps, station: Station, origin: datetime) -> Forecast:
    found = deps.forecasts.first_at(station.number, origin) or deps.forecasts.hindcast(station.number, origin)
    if found is None:
        newest = deps.stored_forecast(station)
        raise NotFoundError(
            f"No forecast was issued from origin {iso_hour(origin)} for station {station.number}.",
            remedy=f"Leave origin out for the newest one, from {iso_hour(newest.origin)}; a night's "
            "origin is 23:00 KST.",
        )
    return found
