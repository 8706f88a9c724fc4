"""The routes. They are coroutines that block: a Lambda instance serves one request at a time, and a thread
for each would only cost time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Header, Query, Request, Response

import plantcast
from plantcast.errors import NotFoundError
from plantcast.forecasting import LEADS, TARGETS
from plantcast.forecasts import Forecast, attribution
from plantcast.observability import logger
from plantcast.observations.stations import Station
from plantcast_api.deps import Deps
from plantcast_api.health import examine
from plantcast_api.models import (
    ForecastResponse,
    HealthResponse,
    IndexResponse,
    LatestResponse,
    PredictResponse,
    ReloadedModel,
    ReloadResponse,
)
from plantcast_api.present import forecast_response, latest_response, moment, predict_response
from plantcast_api.problems import GatewayError, documented
from plantcast_api.quality import quality_response
from plantcast_api.quality_models import QualityResponse

router = APIRouter()


def _deps(request: Request) -> Deps:
    return cast(Deps, request.app.state.deps)


FromApp = Annotated[Deps, Depends(_deps)]
StationQuery = Annotated[
    str | None,
    Query(
        alias="station",
        description="ASOS station number; the first configured one when left out.",
        pattern=r"^[0-9]{2,3}$",
        examples=["108"],
    ),
]
KeyHeader = Annotated[str | None, Header(alias="X-Api-Key", description="Key for calls that write.")]


@router.get("/", summary="What there is")
async def index(deps: FromApp) -> IndexResponse:
    """Links to everything else, relative to the API's base address."""
    return IndexResponse(
        version=plantcast.__version__,
        source=deps.source,
        attribution=attribution(deps.source),
        links={
            "docs": "docs",
            "openapi": "openapi.json",
            "health": "health",
            "latest": "api/latest",
            "forecast": "api/forecast",
            "quality": "api/quality",
            "verification": "api/verification",
            "models": "api/models",
            "predict": "predict",
        },
    )


@router.get(
    "/health",
    summary="Is everything well?",
    responses={503: {"model": HealthResponse, "description": "Something should page someone"}},
)
async def health(deps: FromApp, response: Response) -> HealthResponse:
    """Table, data freshness, forecasts, last run, models: the worst check decides; `fail` is 503."""
    found = examine(deps)
    if found.status == "fail":
        response.status_code = 503
    response.headers["Cache-Control"] = "no-store"
    return found


@router.get("/api/latest", summary="Now, today and tomorrow", responses=documented(404, 422, 500))
async def latest(deps: FromApp, station: StationQuery = None) -> LatestResponse:
    """The present hour of the latest forecast, and whether plants need water today and tomorrow."""
    chosen = deps.station(station)
    return latest_response(_stored(deps, chosen), chosen, deps.clock.now())


@router.get("/api/forecast", summary="Hour by hour", responses=documented(404, 422, 500))
async def forecast(
    deps: FromApp,
    station: StationQuery = None,
    hours: Annotated[int, Query(ge=1, le=LEADS, description="How many hours, from the first.")] = LEADS,
) -> ForecastResponse:
    """The latest forecast in columns, with the 80 % range, and its days."""
    chosen = deps.station(station)
    return forecast_response(_stored(deps, chosen), chosen, hours)


@router.get("/api/quality", summary="How good the observations are", responses=documented(404, 422, 500))
async def quality(deps: FromApp, station: StationQuery = None) -> QualityResponse:
    """The newest quality report: completeness by variable, what is not believed and why, freshness by now."""
    return quality_response(deps, deps.station(station))


@router.get("/predict", summary="The newest forecast", responses=documented(404, 422, 500, 502))
async def predict_if_needed(deps: FromApp, station: StationQuery = None) -> PredictResponse:
    """What is stored; computed now only if nothing is, or if there are newer observations."""
    chosen = deps.station(station)
    stored = deps.forecasts.latest(chosen.number)
    if stored is not None:
        last = deps.last_observation(chosen.number)
        if last is None or last <= stored.origin:
            message = "The stored forecast rests on the newest observations."
            return predict_response(stored, chosen, computed=False, message=message)
    try:
        return _compute(deps, chosen, force=False)
    except GatewayError:
        if stored is None:
            raise
        logger.exception("predict failed; the stored forecast is served")
        message = "There are newer observations, but computing failed; this is the stored forecast."
        return predict_response(stored, chosen, computed=False, message=message)


@router.post("/predict", summary="Compute a forecast", responses=documented(401, 404, 422, 500, 502))
async def predict(
    deps: FromApp,
    station: StationQuery = None,
    force: Annotated[bool, Query(description="Compute even if nothing is new; needs the key.")] = False,
    x_api_key: KeyHeader = None,
) -> PredictResponse:
    """Compute from what is there; the same observations and models give the stored forecast back."""
    chosen = deps.station(station)
    if force:
        deps.api_key.check(x_api_key)
    return _compute(deps, chosen, force=force)


@router.post("/reload_model", summary="Which models are in production?", responses=documented(401, 422, 500))
async def reload_model(deps: FromApp, x_api_key: KeyHeader = None) -> ReloadResponse:
    """Read the production pointers again; say what the latest forecast used and what the next one will."""
    deps.api_key.check(x_api_key)
    models = [model for station in deps.stations for model in _reload(deps, station)]
    changed = sum(model.changed for model in models)
    message = (
        f"{changed} of {len(models)} models changed since the latest forecast; "
        "POST /predict?force=true computes with them."
        if changed
        else "The latest forecast used the models in production."
    )
    return ReloadResponse(models=models, message=message)


def _stored(deps: Deps, station: Station) -> Forecast:
    found = deps.forecasts.latest(station.number)
    if found is None:
        raise NotFoundError(
            f"There is no forecast for station {station.number} yet.",
            remedy="Run the pipeline (its state machine) once, or POST /predict.",
        )
    return found


def _compute(deps: Deps, station: Station, *, force: bool) -> PredictResponse:
    try:
        facts: Mapping[str, Any] = deps.predict({"station": station.number, "force": force})
    except RuntimeError as error:
        raise GatewayError(
            f"The forecast for station {station.number} could not be computed.",
            remedy="Look at the log of the predict function; GET /api/forecast serves what is stored.",
        ) from error
    if facts["status"] == "no_data":
        raise NotFoundError(
            f"There is no data to forecast from for station {station.number}: {facts.get('message')}",
            remedy="Run the pipeline (its state machine) once.",
        )
    computed = facts["status"] == "issued"
    default = "A new forecast was issued." if computed else "Nothing is new; this is the stored forecast."
    return predict_response(
        _stored(deps, station), station, computed=computed, message=str(facts.get("message") or default)
    )


def _reload(deps: Deps, station: str) -> list[ReloadedModel]:
    latest_forecast = deps.forecasts.latest(station)
    models = []
    for target in TARGETS:
        pointer = deps.registry.pointer(station, target)
        old = None if latest_forecast is None else latest_forecast.models[target].version
        new = None if pointer is None else pointer.version
        models.append(
            ReloadedModel(
                station=station,
                target=target,
                old_version=old,
                new_version=new,
                changed=old != new,
                promoted_at=None if pointer is None else moment(pointer.promoted_at),
                reason_ko="" if pointer is None else pointer.reason_ko,
                reason_en="" if pointer is None else pointer.reason_en,
            )
        )
    return models
