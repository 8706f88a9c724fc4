"""The routes on plants and notices; `/api/alerts` reads the states and as many notices as requested."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import TypeAdapter

from plantcast.common.schema import NOTICE
from plantcast.notifications.alerts import alerts_of
from plantcast.plants.profiles import DEFAULT_PROFILE, profile, profiles
from plantcast_api.http.parameters import FromApp, StationQuery
from plantcast_api.http.problems import documented
from plantcast_api.plants.models import AlertsResponse, Notice, Plant, PlantsResponse
from plantcast_api.plants.parameters import ProfilePath

router = APIRouter(tags=["Plants"], responses=documented(404, 422, 500))

_NOTICE: Final = TypeAdapter(Notice)


@router.get("/api/plants", summary="Plants that advice can be given for")
async def plants() -> PlantsResponse:
    """Every plant profile: comfortable ranges, limits, and their sources."""
    return PlantsResponse.model_validate({"default": DEFAULT_PROFILE, "plants": list(profiles().values())})


@router.get("/api/plants/{profile}", summary="One plant")
async def plant(key: ProfilePath) -> Plant:
    """Comfortable ranges, limits, and their sources."""
    return Plant.model_validate(profile(key))


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
