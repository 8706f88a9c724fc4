"""The index and the health check."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Response

import plantcast
from plantcast_api.http.parameters import FromApp
from plantcast_api.http.problems import documented
from plantcast_api.service.health import examine
from plantcast_api.service.models import HealthResponse, IndexResponse

router = APIRouter(tags=["Operation"], responses=documented(422))

LINKS: Final = {
    "docs": "docs",
    "openapi": "openapi.json",
    "health": "health",
    "latest": "api/latest",
    "forecast": "api/forecast",
    "forecast_csv": "api/forecast.csv",
    "daily": "api/daily",
    "stations": "api/stations",
    "current": "api/current",
    "observations": "api/observations",
    "observations_csv": "api/observations.csv",
    "quality": "api/quality",
    "verification": "api/verification",
    "models": "api/models",
    "runs": "api/runs",
    "plants": "api/plants",
    "alerts": "api/alerts",
    "push": "api/push",
    "predict": "predict",
}
TEMPLATES: Final = {
    "run": "api/runs/{run_id}",
    "plant": "api/plants/{profile}",
    "advice": "api/plants/{profile}/advice",
    "advice_several": "api/advice",
    "device": "api/plants/{profile}/device",
    "calendar": "api/plants/{profile}/calendar.ics",
}


@router.get("/", summary="The API's routes")
async def index(deps: FromApp) -> IndexResponse:
    """Links to everything else, relative to the API's base address."""
    return IndexResponse(version=plantcast.__version__, source=deps.source, links=LINKS, templates=TEMPLATES)


@router.get(
    "/health",
    summary="Is everything well?",
    responses={503: {"model": HealthResponse, "description": "Something should page someone"}},
)
async def health(deps: FromApp, response: Response) -> HealthResponse:
    """Table, data freshness, feeds, forecasts, last run, models: the worst check decides; `fail` is 503."""
    found = examine(deps)
    if found.status == "fail":
        response.status_code = 503
    return found
