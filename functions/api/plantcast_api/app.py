"""The FastAPI application."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute

import plantcast
from plantcast_api import (
    alert_routes,
    docs,
    forecast_routes,
    observation_routes,
    plant_routes,
    predict_routes,
    problems,
    registry_routes,
    routes,
    run_routes,
    verification_routes,
)
from plantcast_api.cors import Cors
from plantcast_api.delivery import Delivery
from plantcast_api.deps import Deps
from plantcast_api.observing import RequestLog
from plantcast_api.parameters import check_query
from plantcast_api.tags import group

DESCRIPTION = """\
Temperature and humidity for the next 48 hours from the Korea Meteorological Administration's hourly ASOS
observations, and whether plants need water. Times are KST. Errors are problem details (RFC 9457) whose
`remedy` says what to do. Show `attribution` with the data.

Answers to GET carry `ETag` and `Cache-Control`: cache them that long, then revalidate with `If-None-Match`.
"""

ROUTERS: Final = (
    routes.router,
    forecast_routes.router,
    predict_routes.router,
    predict_routes.guarded,
    plant_routes.router,
    alert_routes.router,
    observation_routes.router,
    run_routes.router,
    registry_routes.router,
    registry_routes.guarded,
    verification_routes.router,
)


class Api(FastAPI):
    """FastAPI, with problem details under their own media type in the OpenAPI document."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        return group(problems.name_media_type(super().openapi()))


def create_app(deps: Deps, *, compress: bool = True) -> FastAPI:
    """Return the application on the given stores, clock and key; `compress`: may answers be gzip?"""
    app = routed()
    app.state.deps = deps
    # The last one added is the outermost: what is logged is what the client gets, and answers of every kind,
    # faults too, carry the headers a browser asks for.
    problems.install(app)
    app.add_middleware(Delivery, clock=deps.clock, compress=compress)
    app.add_middleware(Cors, writers=deps.allowed_origins)
    app.add_middleware(RequestLog)
    return app


def routed() -> Api:
    """Return the application with its routes and nothing behind them: enough for the OpenAPI document."""
    app = Api(
        title="Plantcast API",
        version=plantcast.__version__,
        description=DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        # Relative to openapi.json itself: right under every stage path (see plantcast_api.docs).
        servers=[{"url": ".", "description": "This deployment"}],
        # A redirect would name an address without the stage.
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
    )
    for router in ROUTERS:
        app.include_router(router, dependencies=[Depends(check_query)])
    app.include_router(docs.router)
    app.state.methods = _methods_by_path()
    return app


def _operation_id(route: APIRoute) -> str:
    # Clients generated from the document name their methods by it, so it must not change with a path.
    return route.name


def _methods_by_path() -> dict[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for router in (*ROUTERS, docs.router):
        for route in router.routes:
            if isinstance(route, APIRoute):
                found[route.path] |= route.methods or set()
    return dict(found)
