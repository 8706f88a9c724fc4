"""The routes on advice.

They read the newest forecast, the plants' states, and the days observed since the first watering named.
Nothing about a plant is kept: each request says where it stands and when it was watered.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from plantcast.common.clock import KST
from plantcast.common.stations import Station
from plantcast.forecasting.issued import Forecast
from plantcast.notifications.alerts import alert_of, alerts_of, plans_of
from plantcast.observations.published import DAYS_PUBLISHED, ObservedDay, ObservedDays
from plantcast.plants.care import Care
from plantcast.plants.plan import Plan
from plantcast.plants.simulation import hot_and_dry
from plantcast_api.dependencies import Deps
from plantcast_api.http.parameters import FromApp, SimulateQuery, Simulation, StationQuery
from plantcast_api.http.problems import documented
from plantcast_api.plants.advice_models import AdviceResponse, AdvicesResponse, DeviceResponse
from plantcast_api.plants.parameters import OneCare, SeveralCares
from plantcast_api.plants.responses import advice_response, advices_response, device_response

router = APIRouter(tags=["Plants"], responses=documented(404, 422, 500))


class CalendarFile(Response):
    """An iCalendar file."""

    media_type = "text/calendar"


@router.get("/api/plants/{profile}/advice", summary="What to do for a plant")
async def plant_advice(
    deps: FromApp, care: OneCare, station: StationQuery = None, simulate: SimulateQuery = None
) -> AdviceResponse:
    """Water or not, tonight, hour by hour and day by day, with reasons as text. Only hours to come count."""
    place = deps.station(station)
    forecast, (made,) = _plans(deps, place, [care], simulate)
    return advice_response(forecast, place, made, deps.clock.now())


@router.get("/api/advice", summary="What to do for several plants")
async def advice(
    deps: FromApp, cares: SeveralCares, station: StationQuery = None, simulate: SimulateQuery = None
) -> AdvicesResponse:
    """As `/api/plants/{profile}/advice`, for up to 20 plants at once."""
    place = deps.station(station)
    forecast, made = _plans(deps, place, cares, simulate)
    return advices_response(forecast, place, made, deps.clock.now())


@router.get("/api/plants/{profile}/device", summary="Water or not, in brief")
async def device(deps: FromApp, care: OneCare, station: StationQuery = None) -> DeviceResponse:
    """Less than 300 bytes, for smart pots and pumps."""
    forecast, (made,) = _plans(deps, deps.station(station), [care])
    return device_response(forecast, made, deps.clock.now())


@router.get(
    "/api/plants/{profile}/calendar.ics",
    summary="A calendar to subscribe to",
    response_class=CalendarFile,
    response_description="iCalendar (RFC 5545)",
)
async def plant_calendar(
    deps: FromApp,
    care: OneCare,
    station: StationQuery = None,
    lang: Annotated[Literal["ko", "en"], Query(description="Language of the events.")] = "ko",
) -> Response:
    """An all-day event, with a reminder at 08:00, for each day with something to do."""
    # Here, because icalendar takes a twentieth of a second to import, and no other route needs it.
    from plantcast_api.plants.calendar import calendar

    place = deps.station(station)
    forecast, (made,) = _plans(deps, place, [care])
    return CalendarFile(calendar(forecast, place, made, deps.clock.now(), lang))


def _plans(
    deps: Deps, station: Station, cares: Sequence[Care], simulate: Simulation | None = None
) -> tuple[Forecast, list[Plan]]:
    """Return the forecast shown, and what to do for each plant."""
    issued, now = deps.stored_forecast(station), deps.clock.now()
    forecast = issued if simulate is None else hot_and_dry(issued)
    if len(cares) == 1:
        key = cares[0].profile.key
        alert = alert_of(deps.table, station.number, key)
        alerts = {} if alert is None else {key: alert}
    else:
        alerts = alerts_of(deps.table, station.number, skip_damaged=True)
    return forecast, plans_of(forecast, _observed(deps, station, cares), cares, alerts, now)


def _observed(deps: Deps, station: Station, cares: Sequence[Care]) -> list[ObservedDay]:
    """Return the days since the first watering, as far back as days are published."""
    waterings = [care.watered[0] for care in cares if care.watered]
    if not waterings:
        return []
    today = deps.clock.now().astimezone(KST).date()
    oldest = today - timedelta(days=DAYS_PUBLISHED - 1)
    first = max(min(waterings).astimezone(KST).date(), oldest)
    return ObservedDays(deps.table).between(station.number, first, today)
