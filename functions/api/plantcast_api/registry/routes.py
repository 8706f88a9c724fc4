"""The routes on the registry: which models there are, which serve, and the way back to an earlier one."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from plantcast_api.http.parameters import FromApp, StationQuery
from plantcast_api.http.problems import documented
from plantcast_api.registry.models import ModelsResponse, RollbackRequest, RollbackResponse
from plantcast_api.registry.responses import champion_info, models_response

router = APIRouter(tags=["Models"], responses=documented(404, 422, 500))
guarded = APIRouter(tags=["Models"], responses=documented(401, 404, 409, 422, 500))

_RUN_ID: Final = "api"


@router.get("/api/models", summary="Models and how they scored")
async def models(deps: FromApp, station: StationQuery = None) -> ModelsResponse:
    """Of each target: the champion, why and since when it serves, and the newest versions with scores."""
    return models_response(deps.registry, deps.station(station))


@guarded.post("/api/models/rollback", summary="Put an earlier model back")
async def rollback(deps: FromApp, options: RollbackRequest) -> RollbackResponse:
    """Needs the key. The stored forecast stays as it is; the next one is computed with the model put back.

    It stays until a challenger passes every gate: the next run trains one.
    """
    station = deps.station(options.station)
    before = deps.registry.pointer(station.number, options.target)
    pointer = deps.registry.rollback(
        station.number,
        options.target,
        at=deps.clock.now(),
        run_id=_RUN_ID,
        to=options.version,
        expected=options.expected,
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
        target=options.target,
        changed=changed,
        replaced=before.version if before is not None and changed else None,
        champion=champion_info(pointer),
        message=message,
    )
