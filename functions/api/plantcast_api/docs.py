"""`/docs`: Swagger UI from its package, no CDN, by relative addresses.

The page must work behind any prefix (`/prod` on AWS, `/_aws/execute-api/<id>/<stage>` on an emulator), and
the function knows only part of it. So the page names `openapi.json` and its assets relative to itself,
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
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

OPENAPI: Final = Path(__file__).resolve().parents[1] / "openapi.json"
_PACKAGE: Final = "fastapi_swagger.resources"
# Swagger UI's greys and light colours on white fall below a contrast of 4.5 (WCAG 2.2, 1.4.3).
_CONTRAST: Final = """
.swagger-ui, .swagger-ui .info p, .swagger-ui .opblock-tag small, .swagger-ui .opblock-description-wrapper p,
.swagger-ui .parameter__type, .swagger-ui .parameter__in, .swagger-ui .parameter__extension,
.swagger-ui .prop-format, .swagger-ui .response-col_links, .swagger-ui .tab li, .swagger-ui .model,
.swagger-ui .json-schema-2020-12-expand-deep-button, .swagger-ui .renderedMarkdown p,
.swagger-ui .info .base-url { color: #2b2f36; }
.swagger-ui a, .swagger-ui .info a { color: #1d5fbf; }
.swagger-ui .info .title small { background: #5a6068; }
.swagger-ui .info .title small.version-stamp { background: #4a6410; }
.swagger-ui .opblock.opblock-get .opblock-summary-method { background: #1f5fa8; }
.swagger-ui .opblock.opblock-post .opblock-summary-method { background: #1e7145; }
.swagger-ui .parameter__name.required::after, .swagger-ui .parameter__name.required span { color: #b00020; }
.swagger-ui .microlight span[style*="211, 99, 99"] { color: #ffb3b3 !important; }
"""
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
    text = bytes(made.body).decode()
    return HTMLResponse(
        text.replace("<html>", '<html lang="en">', 1).replace(
            "</head>", f"<style>{_CONTRAST}</style></head>", 1
        )
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
