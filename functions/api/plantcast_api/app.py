"""The FastAPI application."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

import plantcast
from plantcast_api import docs, problems, registry_routes, routes, verification_routes
from plantcast_api.deps import Deps

DESCRIPTION = """\
Temperature and humidity for the next 48 hours from the Korea Meteorological Administration's hourly ASOS
observations, and whether plants need water. Times are KST. Errors are problem details (RFC 9457) whose
`remedy` says what to do. Show `attribution` with the data.
"""


class Api(FastAPI):
    """FastAPI, with problem details under their own media type in the OpenAPI document."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        return problems.name_media_type(super().openapi())


def create_app(deps: Deps) -> FastAPI:
    """Return the application on the given stores, clock and key."""
    app = Api(
        title="Plantcast API",
        version=plantcast.__version__,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        # Relative to openapi.json itself: right under every stage path (see plantcast_api.docs).
        servers=[{"url": ".", "description": "This deployment"}],
        # A redirect would name an address without the stage.
        redirect_slashes=False,
    )
    app.state.deps = deps
    app.include_router(routes.router)
    app.include_router(registry_routes.router)
    app.include_router(verification_routes.router)
    app.include_router(docs.router)
    problems.install(app)
    # Added last, so outermost: answers of every kind, faults too, carry the headers a browser asks for.
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(deps.allowed_origins),
        allow_methods=["GET", "POST", "OPTIONS"],
        allow_headers=["Content-Type", "X-Api-Key"],
        expose_headers=["Date"],  # the dashboard judges staleness by it
        max_age=3600,
    )
    return app
