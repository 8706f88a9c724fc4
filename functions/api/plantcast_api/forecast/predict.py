"""The routes that have forecasts computed, and the one that reads the production pointers again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query

from plantcast.common.clock import parse_hour
from plantcast.common.errors import NotFoundError
from plantcast.common.logging import logger
from plantcast.common.stations import Station
from plantcast.forecasting import TARGETS
from plantcast.forecasting.issued import Forecast
from plantcast.pipeline.on_demand import OnDemand
from plantcast_api.dependencies import Deps
from plantcast_api.forecast.models import PredictResponse, ReloadedModel, ReloadResponse
from plantcast_api.forecast.responses import predict_response
from plantcast_api.http.parameters import FromApp, KeyHeader, StationQuery
from plantcast_api.http.problems import PredictFailedError, documented

router = APIRouter(tags=["Forecast"], responses=documented(404, 422, 500, 502))
guarded = APIRouter(tags=["Models"], responses=documented(401, 422, 500))


class NoDataError(NotFoundError):
    """There is too little to forecast from."""


@router.get("/predict", summary="The newest forecast")
async def predict_if_needed(deps: FromApp, station: StationQuery = None) -> PredictResponse:
    """What is stored; computed now only if nothing is, or if there are newer observations or models."""
    chosen = deps.station(station)
    try:
        return _predict(deps, chosen, force=False)
    except (PredictFailedError, NoDataError) as error:
        stored = deps.forecasts.latest(chosen.number)
        if stored is None:
            raise
        logger.warning("no new forecast; the stored one is served", exc_info=error)
        why = "there is too little data" if isinstance(error, NoDataError) else "computing failed"
        message = f"There are newer observations or models, but {why}; this is the stored forecast."
        return predict_response(stored, chosen, deps.clock.now(), computed=False, message=message)


@router.post("/predict", summary="Compute a forecast", responses=documented(401))
async def predict(
    deps: FromApp,
    station: StationQuery = None,
    force: Annotated[bool, Query(description="Compute even if nothing is new; needs the key.")] = False,
    x_api_key: KeyHeader = None,
) -> PredictResponse:
    """Compute from what is there; the same observations and models give the stored forecast back."""
    if force:
        deps.api_key.check(x_api_key)
    return _predict(deps, deps.station(station), force=force)


@guarded.post("/reload_model", summary="Which models are in production?")
async def reload_model(deps: FromApp) -> ReloadResponse:
    """Read the production pointers again; return what the latest forecast used and what the next one will."""
    models = [model for station in deps.stations for model in _reload(deps, station)]
    changed = sum(model.changed for model in models)
    message = (
        f"{changed} of {len(models)} models changed since the latest forecast; "
        "POST /predict computes with them."
        if changed
        else "The latest forecast used the models in production."
    )
    return ReloadResponse(models=models, message=message)


def _predict(deps: Deps, station: Station, *, force: bool) -> PredictResponse:
    on_demand = OnDemand(deps.table, deps.registry, deps.clock)
    # Read before predict is invoked: what is stored meanwhile is then new the next time.
    evidence = on_demand.evidence(station.number)
    stored = deps.forecasts.latest(station.number)
    result = None if force else on_demand.known_answer(station.number, stored, evidence)
    if result is None:
        result = _invoke(deps, station, force=force)
        on_demand.remember(station.number, evidence, result)
        stored = _forecast_of(deps, station, result)
    if result["status"] == "no_data" or stored is None:
        raise NoDataError(
            f"There is no data to forecast from for station {station.number}: {result.get('message')}",
            remedy="Run the pipeline (its state machine) once.",
        )
    computed = result["status"] == "issued"
    default = "A new forecast was issued." if computed else "Nothing is new; this is the stored forecast."
    message = str(result.get("message") or default)
    return predict_response(stored, station, deps.clock.now(), computed=computed, message=message)


def _invoke(deps: Deps, station: Station, *, force: bool) -> dict[str, Any]:
    try:
        return dict(deps.predict({"station": station.number, "force": force}))
    except RuntimeError as error:
        raise PredictFailedError(
            f"The forecast for station {station.number} could not be computed.",
            remedy="Look at the log of the predict function; GET /api/forecast serves what is stored.",
        ) from error


def _forecast_of(deps: Deps, station: Station, result: Mapping[str, Any]) -> Forecast | None:
    """Return the forecast named by `predict`, by its key: a query may not show it yet."""
    origin = result.get("origin")
    if origin is None:
        return deps.forecasts.latest(station.number)
    return deps.forecasts.at(station.number, parse_hour(origin, name="origin"))


def _reload(deps: Deps, station: str) -> list[ReloadedModel]:
    latest_forecast = deps.forecasts.latest(station)
    models = []
    for target in TARGETS:
        pointer = deps.registry.pointer(station, target)
        old = None if latest_forecast is None else latest_forecast.models[target].version
        new = None if pointer is None else pointer.version
        versions = {"old_version": old, "new_version": new, "changed": old != new}
        promotion = {} if pointer is None else vars(pointer)
        models.append(
            ReloadedModel.model_validate({"station": station, "target": target, **versions, **promotion})
        )
    return models
