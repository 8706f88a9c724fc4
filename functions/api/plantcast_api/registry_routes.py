"""The routes on the registry: which models there are, which serve, and the way back to an earlier one."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from plantcast_api.parameters import FromApp, KeyHeader, KeyRoute, StationQuery
from plantcast_api.problems import documented
from plantcast_api.registry_answers import champion_info, models_response
from plantcast_api.registry_models import ModelsResponse, RollbackRequest, RollbackResponse

router = APIRouter()
guarded = APIRouter(route_class=KeyRoute)

_RUN_ID: Final = "api"


@router.get("/api/models", summary="Models and how they scored", responses=documented(404, 422, 500))
async def models(deps: FromApp, station: StationQuery = None) -> ModelsResponse:
    """Of each target: the champion, why and since when it serves, and the newest versions with scores."""
    return models_response(deps.registry, deps.station(station))


@guarded.post(
    "/api/models/rollback",
    summary="Put an earlier model back",
    responses=documented(401, 404, 409, 422, 500),
)
async def rollback(deps: FromApp, wish: RollbackRequest, _key: KeyHeader = None) -> RollbackResponse:
    """Needs the key. The stored forecast stays as it is; the next one is computed with the model put back.

    It holds until a challenger passes every gate: the next run trains one.
    """
    station = deps.station(wish.station)
    before = deps.registry.pointer(station.number, wish.target)
    pointer = deps.registry.rollback(
        station.number,
        wish.target,
        at=deps.clock.now(),
        run_id=_RUN_ID,
        to=wish.version,
        expected=wish.expected,
    )
    changed = before is None or before.version != pointer.version
    message = (
        f"{pointer.version} is in production; the stored forecast is not computed again: the next run or "
        "POST /predict does that."
        if changed
        else f"{pointer.version} was in production already; nothing changed."
    )
    return RollbackResponse(
        station=station.number,
        target=wish.target,
        changed=changed,
        replaced=before.version if before is not None and changed else None,
        champion=champion_info(pointer),
        message=message,
    )
