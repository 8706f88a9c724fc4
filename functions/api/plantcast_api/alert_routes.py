"""The route on plants' states and notices. It reads the states and as many notices as requested."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from plantcast.aws import Item
from plantcast.common.errors import CorruptDataError
from plantcast.common.schema import NOTICE
from plantcast.forecasting.issued import attribution
from plantcast.notifications.alerts import Alert, alerts_of
from plantcast.plants.profiles import Profile, profiles
from plantcast_api.alert_models import AlertsResponse, Notice, PlantState
from plantcast_api.parameters import FromApp, StationQuery
from plantcast_api.present import station_info
from plantcast_api.problems import documented

router = APIRouter()


@router.get("/api/alerts", summary="States of plants, and notices", responses=documented(404, 422, 500))
async def alerts(
    deps: FromApp,
    station: StationQuery = None,
    limit: Annotated[int, Query(ge=1, le=100, description="How many notices, the newest first.")] = 20,
) -> AlertsResponse:
    """State of every plant as computed today, and the newest notices."""
    chosen = deps.station(station)
    known = alerts_of(deps.table, chosen.number)
    notices = deps.table.query(
        f"STATION#{chosen.number}", sk_prefix="NOTICE#", newest_first=True, limit=limit
    )
    return AlertsResponse(
        station=station_info(chosen),
        source=deps.source,
        alerts=[
            _state(profile, known[key], notified=key in deps.notify_profiles)
            for key, profile in profiles().items()
            if key in known
        ],
        notices=sorted(
            map(_notice, notices),
            key=lambda notice: (notice.created_at, notice.profile),
            reverse=True,
        ),
        attribution=attribution(deps.source),
    )


def _state(profile: Profile, alert: Alert, *, notified: bool) -> PlantState:
    return PlantState(
        profile=profile.key,
        name_ko=profile.name_ko,
        name_en=profile.name_en,
        mood=alert.state.mood,
        needs_water=alert.state.needs_water,
        since=alert.since,
        origin=alert.origin,
        day=alert.day,
        notified=notified,
    )


def _notice(item: Item) -> Notice:
    where = f"{item['pk']}/{item['sk']}"
    try:
        item = NOTICE.read(item, where)
        before = item["before"] and item["before"]["mood"]
        return Notice.model_validate({**item, "before": before})
    except (KeyError, TypeError, ValueError) as error:
        raise CorruptDataError(
            f"The notice {where} cannot be read ({type(error).__name__}: {error}).", remedy="Delete the item."
        ) from error
