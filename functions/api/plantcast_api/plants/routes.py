"""The routes on plants and notices.

Advice reads two items of the table, the newest forecast and the plant's state; `/api/alerts` reads the states
and as many notices as requested.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import TypeAdapter

from plantcast.common.schema import NOTICE
from plantcast.common.stations import Station
from plantcast.forecasting.issued import Forecast
from plantcast.notifications.alerts import active_before, alert_of, alerts_of
from plantcast.plants.profiles import DEFAULT_PROFILE, Kind, profile, profiles
from plantcast.plants.simulation import hot_and_dry
from plantcast_api.dependencies import Deps
from plantcast_api.http.parameters import FromApp, SimulateQuery, StationQuery
from plantcast_api.http.problems import documented
from plantcast_api.plants.models import AdviceResponse, AlertsResponse, Notice, Plant, PlantsResponse
from plantcast_api.plants.responses import advice_response

router = APIRouter(tags=["Plants"], responses=documented(404, 422, 500))

_NOTICE: Final = TypeAdapter(Notice)

ProfilePath = Annotated[
    str, Path(alias="profile", description="Id of a plant profile.", max_length=64, examples=["monstera"])
]


class CalendarFile(Response):
    """An iCalendar file."""

    media_type = "text/calendar"


@router.get("/api/plants", summary="Plants that advice can be given for")
async def plants() -> PlantsResponse:
    """Every plant profile: comfortable ranges, limits, and their sources."""
    return PlantsResponse.model_validate({"default": DEFAULT_PROFILE, "plants": list(profiles().values())})


@router.get("/api/plants/{profile}", summary="One plant")
async def plant(key: ProfilePath) -> Plant:
    """Comfortable ranges, limits, and their sources."""
    return Plant.model_validate(profile(key))


@router.get("/api/plants/{profile}/advice", summary="What to do for a plant")
async def plant_advice(
    deps: FromApp, key: ProfilePath, station: StationQuery = None, simulate: SimulateQuery = None
) -> AdviceResponse:
    """What the weather ahead means for the plant, hour by hour and day by day, with reasons as text."""
    chosen, place = profile(key), deps.station(station)
    forecast, before = _forecast_and_before(deps, place, key)
    shown = forecast if simulate is None else hot_and_dry(forecast)
    return advice_response(shown, place, chosen, before, deps.clock.now())


@router.get(
    "/api/plants/{profile}/calendar.ics",
    summary="A calendar to subscribe to",
    response_class=CalendarFile,
    response_description="iCalendar (RFC 5545)",
)
async def plant_calendar(
    deps: FromApp,
    key: ProfilePath,
    station: StationQuery = None,
    lang: Annotated[Literal["ko", "en"], Query(description="Language of the events.")] = "ko",
) -> Response:
    """An all-day event, with a reminder at 08:00, for each day with something to do."""
    # Here, because icalendar takes a twentieth of a second to import, and no other route needs it.
    from plantcast_api.plants.calendar import calendar

    chosen, place = profile(key), deps.station(station)
    forecast, before = _forecast_and_before(deps, place, key)
    return CalendarFile(calendar(forecast, place, chosen, before, deps.clock.now(), lang))


@router.get("/api/alerts", summary="States of plants, and notices")
async def alerts(
    deps: FromApp,
    station: StationQuery = None,
    limit: Annotated[int, Query(ge=1, le=100, description="How many notices, the newest first.")] = 20,
) -> AlertsResponse:
    """State of every plant as computed today, and the newest notices."""
    chosen = deps.station(station)
    known = alerts_of(deps.table, chosen.number)
    items = deps.table.query(f"STATION#{chosen.number}", sk_prefix="NOTICE#", newest_first=True, limit=limit)
    notices = [NOTICE.parse(item, _NOTICE) for item in items]
    states = [
        {
            **vars(known[key]),
            "name_ko": profile.name_ko,
            "name_en": profile.name_en,
            "notified": key in deps.notify_profiles,
        }
        for key, profile in profiles().items()
        if key in known
    ]
    return AlertsResponse.model_validate(
        {
            "station": chosen,
            "source": deps.source,
            "alerts": states,
            "notices": sorted(notices, key=lambda one: (one.created_at, one.profile), reverse=True),
        }
    )


def _forecast_and_before(
    deps: Deps, station: Station, profile_key: str
) -> tuple[Forecast, Mapping[Kind, bool] | None]:
    """Return the newest forecast and the limits active before its first day."""
    forecast = deps.stored_forecast(station)
    alert = alert_of(deps.table, station.number, profile_key)
    return forecast, active_before(alert, forecast.valid_at[0].date())
