"""The FastAPI application.

All routes are coroutines that block: a Lambda instance serves one request at a time, and a thread for each
would only cost time.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute

import plantcast
from plantcast_api.dependencies import Deps
from plantcast_api.forecast import predict
from plantcast_api.forecast import routes as forecast
from plantcast_api.http import docs, problems
from plantcast_api.http.cors import Cors
from plantcast_api.http.delivery import Delivery
from plantcast_api.http.parameters import check_query, require_key
from plantcast_api.observations import routes as observations
from plantcast_api.plants import advice_routes as advice
from plantcast_api.plants import routes as plants
from plantcast_api.push import routes as push
from plantcast_api.registry import routes as registry
from plantcast_api.runs import routes as runs
from plantcast_api.service import routes as service
from plantcast_api.verification import routes as verification

DESCRIPTION = """\
Temperature and humidity for the next 48 hours from the Korea Meteorological Administration's hourly ASOS
observations and published forecasts, and whether plants need water. Times are KST. Errors
are problem details (RFC 9457) whose `remedy` says what to do. Show `attribution` with the data.

Answers to GET carry `ETag` and `Cache-Control`: cache them that long, then revalidate with `If-None-Match`.
"""
# As /docs lists them.
TAGS: Final = {
    "Forecast": "Temperature and humidity of the next 48 hours.",
    "Plants": "What the weather ahead means for plants, the notices sent, and push messages.",
    "Observations": "What was measured, and how good it is.",
    "Track record": "Forecasts compared with observations.",
    "Models": "What computes the forecasts, and the way back.",
    "Operation": "How this deployment is.",
}
OPEN: Final = (
    service.router,
    forecast.router,
    predict.router,
    plants.router,
    advice.router,
    push.router,
    observations.router,
    runs.router,
    registry.router,
    verification.router,
)
GUARDED: Final = (predict.guarded, registry.guarded)


class Api(FastAPI):
    """FastAPI, with problem details under their own media type in the OpenAPI document."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        document = super().openapi()
        for operations in document["paths"].values():
            for operation in operations.values():
                for response in operation["responses"].values():
                    content = response.get("content", {})
                    # FastAPI lists a model under the media type of the 200.
                    for media_type, body in list(content.items()):
                        if body.get("schema", {}).get("$ref", "").endswith("/Problem"):
                            content[problems.PROBLEM_JSON] = content.pop(media_type)
        return document


def create_app(deps: Deps, *, compress: bool = True) -> FastAPI:
    """Return the application on the given stores, clock and key; `compress`: may answers be gzip?"""
    app = routed()
    app.state.deps = deps
    problems.install(app)
    # The last one added is the outermost: answers of every kind, faults too, carry the headers for browsers.
    app.add_middleware(Delivery, compress=compress)
    app.add_middleware(Cors, writers=deps.allowed_origins)
    return app


def routed() -> Api:
    """Return the application with its routes and nothing behind them: enough for the OpenAPI document."""
    app = Api(
        title="Plantcast API",
        version=plantcast.__version__,
        description=DESCRIPTION,
        openapi_url=None,
        openapi_tags=[{"name": name, "description": text} for name, text in TAGS.items()],
        docs_url=None,
        redoc_url=None,
        # Relative to openapi.json itself: right under every stage path (see plantcast_api.http.docs).
        servers=[{"url": ".", "description": "This deployment"}],
        # A redirect would name an address without the stage.
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
    )
    for router in OPEN:
        app.include_router(router, dependencies=[Depends(check_query)])
    for router in GUARDED:
        app.include_router(router, dependencies=[Depends(require_key), Depends(check_query)])
    app.include_router(docs.router)
    app.state.methods = _methods_by_path()
    return app


def _methods_by_path() -> dict[str, set[str]]:
    """Return the methods of each path; HEAD is answered like GET."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for router in (*OPEN, *GUARDED, docs.router):
        for route in router.routes:
            if isinstance(route, APIRoute):
                methods = route.methods or set()
                found[route.path] |= methods | ({"HEAD"} if "GET" in methods else set())
    return dict(found)


def _operation_id(route: APIRoute) -> str:
    # Clients generated from the document name their methods by it, so it must not change with a path.
    return route.name
