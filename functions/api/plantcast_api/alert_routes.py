"""The route of plant states and notices. It reads the states and as many notices as requested."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query

from plantcast.aws import Item
from plantcast.common.errors import CorruptDataError
from plantcast.forecasting.issued import attribution
from plantcast.notifications.outbox import read_notice
from plantcast.notifications.states import Alert, alerts_of
from plantcast.plants.profiles import Profile, profiles
from plantcast_api.alert_models import AlertsResponse, Notice, PlantState
from plantcast_api.parameters import FromApp, StationQuery
from plantcast_api.present import station_info
from plantcast_api.problems import documented

router = APIRouter()

# By origin, which begins with a digit; notices of the first version, which held no text, began otherwise.
_NOTICES: Final = ("NOTICE#0", "NOTICE#:")
# One being published may not have been sent.
_SHOWN: Final = {"claimed": "waiting"}


@router.get("/api/alerts", summary="Plant states and notices", responses=documented(404, 422, 500))
async def alerts(
    deps: FromApp,
    station: StationQuery = None,
    limit: Annotated[int, Query(ge=1, le=100, description="How many notices, the newest first.")] = 20,
) -> AlertsResponse:
    """How every plant is by the newest run, and the notices sent, waiting or taken back."""
    chosen = deps.station(station)
    known = alerts_of(deps.table, chosen.number)
    notices = deps.table.query(
        f"STATION#{chosen.number}", sk_between=_NOTICES, newest_first=True, limit=limit
    )
    return AlertsResponse(
        station=station_info(chosen),
        source=deps.source,
        quiet_hours=deps.quiet_hours or None,
        alerts=[
            _state(profile, known[key], notified=key in deps.notify_profiles)
            for key, profile in profiles().items()
            if key in known
        ],
        notices=sorted(
            map(_notice, map(read_notice, notices)),
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
        mood=alert.now.state.mood,
        needs_water=alert.now.state.needs_water,
        since=alert.now.since,
        origin=alert.origin,
        day=alert.day,
        notified=notified,
    )


def _notice(item: Item) -> Notice:
    try:
        return Notice.model_validate(
            {
                **{name: item[name] for name in Notice.model_fields if name not in {"before", "status"}},
                "before": item["before"] and item["before"]["mood"],
                "status": _SHOWN.get(item["status"], item["status"]),
            }
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CorruptDataError(
            f"The notice {item['pk']}/{item['sk']} cannot be read ({type(error).__name__}: {error}).",
            remedy="Delete the item.",
        ) from error
