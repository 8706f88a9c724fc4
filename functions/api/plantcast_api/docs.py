"""`/docs`: Swagger UI from its package, no CDN, by relative addresses.

The page must work behind any prefix (`/prod` on AWS, `/_aws/execute-api/<id>/<stage>` on an emulator), and
the function is not told the whole of it. So the page names `openapi.json` and its assets relative to itself,
and the OpenAPI document names its server as `.`, which is relative to the document.

The document is served from its file (see `plantcast_api.openapi`): a cold function would make it in as long
as it takes to start.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Response
from fastapi.openapi.docs import get_swagger_ui_html

router = APIRouter(include_in_schema=False)

OPENAPI: Final = Path(__file__).resolve().parents[1] / "openapi.json"
_PACKAGE: Final = "fastapi_swagger.resources"
# The assets change only when the function is deployed anew.
_CACHE: Final = {"Cache-Control": "public, max-age=86400"}


@router.get("/docs")
async def page() -> Response:
    """Return the page."""
    return get_swagger_ui_html(
        openapi_url="openapi.json",
        title="Plantcast API",
        swagger_js_url="docs/swagger-ui-bundle.js",
        swagger_css_url="docs/swagger-ui.css",
        swagger_favicon_url="data:,",
    )


@router.get("/openapi.json")
async def document() -> Response:
    """Return the OpenAPI document."""
    return Response(OPENAPI.read_bytes(), media_type="application/json")


@router.get("/docs/swagger-ui-bundle.js")
async def script() -> Response:
    """Return Swagger UI's script."""
    return _asset("swagger-ui-bundle.js", "text/javascript")


@router.get("/docs/swagger-ui.css")
async def style() -> Response:
    """Return Swagger UI's style sheet."""
    return _asset("swagger-ui.css", "text/css")


def _asset(name: str, media_type: str) -> Response:
    body = resources.files(_PACKAGE).joinpath(name).read_bytes()
    return Response(body, media_type=media_type, headers=_CACHE)
