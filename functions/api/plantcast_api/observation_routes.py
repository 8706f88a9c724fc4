"""The routes on stations and what was observed at them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from plantcast.common.clock import KST_ZONE_NAME
from plantcast_api.csv_answers import OR_CSV, CsvAnswer
from plantcast_api.observation_answers import observations_csv, observations_response, stations_response
from plantcast_api.observation_models import ObservationsResponse, StationsResponse
from plantcast_api.parameters import (
    EndQuery,
    FromApp,
    StartQuery,
    StationQuery,
    TimezoneQuery,
    WantedFormat,
)
from plantcast_api.problems import documented
from plantcast_api.quality import quality_response
from plantcast_api.quality_models import QualityResponse

router = APIRouter()

AllQuery = Annotated[
    bool, Query(alias="all", description="The KMA's whole network, not only what is forecast for.")
]


@router.get("/api/stations", summary="Where there are forecasts", responses=documented(422, 500))
async def stations(deps: FromApp, every: AllQuery = False) -> StationsResponse:
    """The stations this deployment forecasts for, and the hours it holds of each."""
    return stations_response(deps, every=every)


@router.get(
    "/api/observations",
    summary="What was observed",
    response_model=ObservationsResponse,
    responses=documented(404, 422, 500) | OR_CSV,
)
async def observations(
    deps: FromApp,
    station: StationQuery = None,
    start: StartQuery = None,
    end: EndQuery = None,
    timezone: TimezoneQuery = KST_ZONE_NAME,
    format_: WantedFormat = "json",
) -> ObservationsResponse | Response:
    """Hour by hour, of whole days (KST), both included: the last three by default, 31 at most.

    Values as checked: a rejected value is null, and listed with the reason.
    """
    answer = observations_response(deps, deps.station(station), start, end, timezone)
    return observations_csv(answer) if format_ == "csv" else answer


@router.get(
    "/api/observations.csv",
    summary="What was observed, as a CSV file",
    response_class=CsvAnswer,
    response_description="The file",
    responses=documented(404, 422, 500),
)
async def observations_file(
    deps: FromApp,
    station: StationQuery = None,
    start: StartQuery = None,
    end: EndQuery = None,
    timezone: TimezoneQuery = KST_ZONE_NAME,
) -> Response:
    """The same as `/api/observations?format=csv`, at an address that spreadsheets can be given."""
    return observations_csv(observations_response(deps, deps.station(station), start, end, timezone))


@router.get("/api/quality", summary="How good the observations are", responses=documented(404, 422, 500))
async def quality(deps: FromApp, station: StationQuery = None) -> QualityResponse:
    """The newest quality report: completeness by variable, rejected values and why, freshness by now."""
    return quality_response(deps, deps.station(station))
