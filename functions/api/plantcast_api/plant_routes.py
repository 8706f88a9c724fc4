"""The routes on plants. Advice reads two items of the table: the newest forecast and the plant's state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response

from plantcast.common.stations import Station
from plantcast.forecasting.issued import Forecast
from plantcast.notifications.alerts import active_before, alert_of
from plantcast.plants.profiles import DEFAULT_PROFILE, Kind, Profile, profile, profiles
from plantcast.plants.simulation import hot_and_dry
from plantcast_api.deps import Deps
from plantcast_api.parameters import FromApp, SimulateQuery, Simulation, StationQuery
from plantcast_api.plant_answers import advice_response, plant_answer
from plantcast_api.plant_models import AdviceResponse, Plant, PlantsResponse
from plantcast_api.problems import documented

router = APIRouter()

ProfilePath = Annotated[
    str, Path(alias="profile", description="Id of a plant profile.", max_length=64, examples=["monstera"])
]


class CalendarAnswer(Response):
    """An iCalendar file."""

    media_type = "text/calendar"


@router.get("/api/plants", summary="Plants that advice can be given for", responses=documented(422, 500))
async def plants() -> PlantsResponse:
    """Every plant profile: what it likes, the limits it must not cross, and who says so."""
    return PlantsResponse(
        default=DEFAULT_PROFILE, plants=[plant_answer(each) for each in profiles().values()]
    )


@router.get("/api/plants/{profile}", summary="One plant", responses=documented(404, 422, 500))
async def plant(chosen: ProfilePath) -> Plant:
    """What the plant likes, the limits it must not cross, and who says so."""
    return plant_answer(profile(chosen))


@router.get(
    "/api/plants/{profile}/advice",
    summary="What to do for a plant",
    responses=documented(404, 422, 500),
)
async def plant_advice(
    deps: FromApp,
    chosen: ProfilePath,
    station: StationQuery = None,
    simulate: SimulateQuery = None,
) -> AdviceResponse:
    """What the weather ahead means for the plant, hour by hour and day by day, with reasons as text."""
    asked = profile(chosen)
    place = deps.station(station)
    forecast, before = _forecast_and_before(deps, place, asked, simulate)
    return advice_response(forecast, place, asked, before, deps.clock.now())


@router.get(
    "/api/plants/{profile}/calendar.ics",
    summary="A calendar to subscribe to",
    response_class=CalendarAnswer,
    response_description="iCalendar (RFC 5545)",
    responses=documented(404, 422, 500),
)
async def plant_calendar(
    deps: FromApp,
    chosen: ProfilePath,
    station: StationQuery = None,
    lang: Annotated[Literal["ko", "en"], Query(description="Language of the events.")] = "ko",
) -> Response:
    """An all-day event, with a reminder at 08:00, for each day with something to do."""
    # Here, because the package takes a twentieth of a second to import, and every other route starts without.
    from plantcast_api.plant_calendar import calendar

    asked = profile(chosen)
    place = deps.station(station)
    forecast, before = _forecast_and_before(deps, place, asked, None)
    return CalendarAnswer(calendar(forecast, place, asked, before, deps.clock.now(), lang))


def _forecast_and_before(
    deps: Deps, station: Station, profile: Profile, simulate: Simulation | None
) -> tuple[Forecast, Mapping[Kind, bool] | None]:
    """Return the newest forecast (simulated on request) and the limits active before its first day."""
    forecast = deps.stored_forecast(station)
    alert = alert_of(deps.table, station.number, profile.key)
    before = active_before(alert, forecast.valid_at[0].date())
    return forecast if simulate is None else hot_and_dry(forecast), before
