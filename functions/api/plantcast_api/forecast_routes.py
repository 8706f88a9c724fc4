"""The routes on issued forecasts. Each reads one item of the table."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Response

from plantcast.common.clock import KST_ZONE_NAME, iso_hour
from plantcast.common.errors import NotFoundError
from plantcast.common.stations import Station
from plantcast.forecasting import LEADS
from plantcast.forecasting.issued import Forecast
from plantcast.plants.simulation import hot_and_dry
from plantcast_api.csv_answers import OR_CSV, CsvAnswer
from plantcast_api.deps import Deps
from plantcast_api.forecast_answers import daily_response, forecast_csv, forecast_response, latest_response
from plantcast_api.forecast_models import DailyResponse, ForecastResponse, LatestResponse
from plantcast_api.parameters import (
    FromApp,
    HoursQuery,
    OriginQuery,
    SimulateQuery,
    Simulation,
    StationQuery,
    TimezoneQuery,
    WantedFormat,
)
from plantcast_api.problems import documented

router = APIRouter()


@router.get("/api/latest", summary="Now, today and tomorrow", responses=documented(404, 422, 500))
async def latest(deps: FromApp, station: StationQuery = None) -> LatestResponse:
    """The present hour of the latest forecast, and whether plants need water today and tomorrow."""
    chosen = deps.station(station)
    return latest_response(deps.stored_forecast(chosen), chosen, deps.clock.now())


@router.get(
    "/api/forecast",
    summary="Hour by hour",
    response_model=ForecastResponse,
    responses=documented(404, 422, 500) | OR_CSV,
)
async def forecast(
    deps: FromApp,
    station: StationQuery = None,
    hours: HoursQuery = LEADS,
    origin: OriginQuery = None,
    timezone: TimezoneQuery = KST_ZONE_NAME,
    simulate: SimulateQuery = None,
    format_: WantedFormat = "json",
) -> ForecastResponse | Response:
    """The newest forecast, or an earlier one, in columns, with the 80 % range, and its days."""
    chosen = deps.station(station)
    found = _simulated(_issued(deps, chosen, origin), simulate)
    answer = forecast_response(found, chosen, deps.clock.now(), hours=hours, zone=timezone)
    return forecast_csv(answer, found.origin) if format_ == "csv" else answer


@router.get(
    "/api/forecast.csv",
    summary="Hour by hour, as a CSV file",
    response_class=CsvAnswer,
    response_description="The file",
    responses=documented(404, 422, 500),
)
async def forecast_file(
    deps: FromApp,
    station: StationQuery = None,
    hours: HoursQuery = LEADS,
    origin: OriginQuery = None,
    timezone: TimezoneQuery = KST_ZONE_NAME,
    simulate: SimulateQuery = None,
) -> Response:
    """The same as `/api/forecast?format=csv`, at an address that spreadsheets can be given."""
    chosen = deps.station(station)
    found = _simulated(_issued(deps, chosen, origin), simulate)
    answer = forecast_response(found, chosen, deps.clock.now(), hours=hours, zone=timezone)
    return forecast_csv(answer, found.origin)


@router.get("/api/daily", summary="Day by day", responses=documented(404, 422, 500))
async def daily(deps: FromApp, station: StationQuery = None, simulate: SimulateQuery = None) -> DailyResponse:
    """Lowest and highest values of each day, when they come, and how far the range reaches."""
    chosen = deps.station(station)
    return daily_response(_simulated(deps.stored_forecast(chosen), simulate), chosen, deps.clock.now())


def _issued(deps: Deps, station: Station, origin: datetime | None) -> Forecast:
    if origin is None:
        return deps.stored_forecast(station)
    found = deps.forecasts.at(station.number, origin) or deps.forecasts.hindcast(station.number, origin)
    if found is None:
        newest = deps.stored_forecast(station)
        raise NotFoundError(
            f"No forecast was issued from origin {iso_hour(origin)} for station {station.number}.",
            remedy=f"Leave origin out for the newest one, from {iso_hour(newest.origin)}; most origins are "
            "23:00 KST of a day.",
        )
    return found


def _simulated(forecast: Forecast, wish: Simulation | None) -> Forecast:
    return forecast if wish is None else hot_and_dry(forecast)
