"""`/docs`: Swagger UI from its package, no CDN, by relative addresses.

The page must work behind any prefix (`/prod` on AWS, `/_aws/execute-api/<id>/<stage>` on an emulator), and
the function knows only part of it. So the page names `openapi.json` and its assets relative to itself,
and the OpenAPI document names its server as `.`, which is relative to the document.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

# From its file, since a cold function would take as long to make it as to start.
OPENAPI: Final = Path(__file__).resolve().parents[2] / "openapi.json"
_CONTRAST: Final = Path(__file__).with_name("contrast.css")
# The assets change only when the function is deployed anew.
_CACHE: Final = {"Cache-Control": "public, max-age=86400"}


@router.get("/docs")
async def page() -> Response:
    """Return the page."""
    made = get_swagger_ui_html(
        openapi_url="openapi.json",
        title="Plantcast API",
        swagger_js_url="docs/swagger-ui-bundle.js",
        swagger_css_url="docs/swagger-ui.css",
        swagger_favicon_url="data:,",
    )
    return HTMLResponse(bytes(made.body).decode().replace("<html>", '<html lang="en">', 1))


@router.get("/openapi.json")
async def document() -> Response:
    """Return the OpenAPI document."""
    return Response(OPENAPI.read_bytes(), media_type="application/json")


@router.get("/docs/swagger-ui-bundle.js")
async def script() -> Response:
    """Return Swagger UI's script."""
    return Response(_asset("swagger-ui-bundle.js"), media_type="text/javascript", headers=_CACHE)


@router.get("/docs/swagger-ui.css")
async def style() -> Response:
    """Return Swagger UI's style sheet with darker colours."""
    style_sheet = _asset("swagger-ui.css") + _CONTRAST.read_bytes()
    return Response(style_sheet, media_type="text/css", headers=_CACHE)


def _asset(name: str) -> bytes:
    return resources.files("fastapi_swagger.resources").joinpath(name).read_bytes()
