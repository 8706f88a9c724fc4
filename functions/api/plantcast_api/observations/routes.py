"""The routes on stations and what was observed at them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from plantcast.common.clock import KST_ZONE_NAME
from plantcast_api.http.csv_file import OR_CSV, CsvFile
from plantcast_api.http.parameters import (
    EndQuery,
    FromApp,
    StartQuery,
    StationQuery,
    TimezoneQuery,
    WantsCsv,
)
from plantcast_api.http.problems import documented
from plantcast_api.observations.models import (
    CurrentResponse,
    ObservationsResponse,
    QualityResponse,
    StationsResponse,
)
from plantcast_api.observations.quality import quality_response
from plantcast_api.observations.responses import (
    current_response,
    observations_csv,
    observations_response,
    stations_response,
)

router = APIRouter(tags=["Observations"], responses=documented(404, 422, 500))

AllQuery = Annotated[
    bool, Query(alias="all", description="The KMA's whole network, not only what is forecast for.")
]


async def _observed(
    deps: FromApp,
    station: StationQuery = None,
    start: StartQuery = None,
    end: EndQuery = None,
    timezone: TimezoneQuery = KST_ZONE_NAME,
) -> ObservationsResponse:
    return observations_response(deps, deps.station(station), start, end, timezone)


Observed = Annotated[ObservationsResponse, Depends(_observed)]


@router.get("/api/stations", summary="Where there are forecasts")
async def stations(deps: FromApp, every: AllQuery = False) -> StationsResponse:
    """The stations this deployment forecasts for, and the first and last hour of each in the lake."""
    return stations_response(deps, every=every)


@router.get("/api/current", summary="The last hour observed")
async def current(deps: FromApp, station: StationQuery = None) -> CurrentResponse:
    """What was observed last, how long ago, and whether it is provisional."""
    return current_response(deps, deps.station(station))


@router.get(
    "/api/observations",
    summary="What was observed",
    response_model=ObservationsResponse,
    responses=OR_CSV,
)
async def observations(observed: Observed, wants_csv: WantsCsv) -> ObservationsResponse | Response:
    """Hour by hour, of whole days (KST), both included: the last three by default, 31 at most.

    Values as checked: a rejected value is null, and listed with the reason.
    """
    return observations_csv(observed) if wants_csv else observed


@router.get(
    "/api/observations.csv",
    summary="What was observed, as a CSV file",
    response_class=CsvFile,
    response_description="The file",
)
async def observations_file(observed: Observed) -> Response:
    """The same as `/api/observations?format=csv`, at an address that spreadsheets can be given."""
    return observations_csv(observed)


@router.get("/api/quality", summary="How good the observations are")
async def quality(deps: FromApp, station: StationQuery = None) -> QualityResponse:
    """The newest quality report: completeness by variable, rejected values and why, freshness by now."""
    return quality_response(deps, deps.station(station))
