"""Errors as problem details (RFC 9457): every one says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from plantcast.common.errors import (
    ConflictError,
    InvalidInputError,
    KeyRejectedError,
    NotFoundError,
    NotYetAvailableError,
    PlantcastError,
    SchemaVersionError,
    TemporaryError,
)
from plantcast.common.logging import logger
from plantcast_api.models import InvalidValue, Problem

PROBLEM_JSON: Final = "application/problem+json"

_KINDS: Final[Mapping[type[PlantcastError], tuple[int, str, str]]] = {
    InvalidInputError: (422, "invalid-input", "Invalid input"),
    KeyRejectedError: (401, "key-rejected", "Key rejected"),
    NotFoundError: (404, "not-found", "Not found"),
    NotYetAvailableError: (404, "not-yet-available", "Not yet available"),
    ConflictError: (409, "conflict", "Conflict"),
    TemporaryError: (503, "temporary", "Temporarily unavailable"),
    SchemaVersionError: (500, "schema-version", "Stored by newer code"),
}
_FAULT: Final = (500, "internal", "Internal error")
_FAULT_DETAIL: Final = "Something went wrong inside Plantcast."
_FAULT_REMEDY: Final = "Try again; if it stays, look at /health and at the log of the api function."
_BODY_DETAIL: Final = "The body is not a readable JSON object."
_BODY_REMEDY: Final = "Send JSON in UTF-8 with Content-Type: application/json; /docs shows an example."
_HTTP: Final[Mapping[int, tuple[str, str, str]]] = {
    404: ("not-found", "Not found", "GET / lists what there is."),
    405: ("method-not-allowed", "Method not allowed", "Use a method that the header Allow names."),
}


class GatewayError(PlantcastError):
    """The predict function failed."""


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return OpenAPI responses for the problems that a route can answer."""
    return {status: {"model": Problem, "description": "Problem details with a remedy"} for status in statuses}


def name_media_type(document: dict[str, Any]) -> dict[str, Any]:
    """Correct an OpenAPI document in place: FastAPI files models under the type of the answer."""
    for operations in document["paths"].values():
        for operation in operations.values():
            for response in operation["responses"].values():
                content = response.get("content", {})
                for media_type, body in list(content.items()):
                    if body.get("schema", {}).get("$ref", "").endswith("/Problem"):
                        content[PROBLEM_JSON] = content.pop(media_type)
    return document


def install(app: FastAPI) -> None:
    """Make `app` answer every error as problem details."""
    app.add_exception_handler(PlantcastError, _domain)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_middleware(FaultGuard)


class FaultGuard:
    """A fault becomes a 500 without internals.

    Starlette's handler for `Exception` raises again after answering, which Mangum would turn into its own
    plain-text 500; so faults are caught here.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def watch(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception:
            logger.exception("request failed")
            if begun:
                raise
            answer = _answer(scope["path"], _FAULT, _FAULT_DETAIL, _FAULT_REMEDY)
            await answer(scope, receive, send)


def _answer(
    path: str,
    kind: tuple[int, str, str],
    detail: str,
    remedy: str,
    *,
    errors: list[InvalidValue] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    status, slug, title = kind
    problem = Problem(
        type=f"urn:plantcast:problem:{slug}",
        title=title,
        status=status,
        detail=detail,
        remedy=remedy,
        instance=path,
        errors=errors,
    )
    body = problem.model_dump(exclude_none=True)
    return JSONResponse(body, status_code=status, media_type=PROBLEM_JSON, headers=headers)


async def _domain(request: Request, raised: Exception) -> JSONResponse:
    error = cast(PlantcastError, raised)
    if isinstance(error, GatewayError):
        kind = (502, "predict-failed", "Forecasting failed")
    else:
        kind = next((known for cls, known in _KINDS.items() if isinstance(error, cls)), _FAULT)
    if kind[0] >= 500:
        logger.error("request failed", exc_info=error)
    headers = {"WWW-Authenticate": "ApiKey"} if kind[0] == 401 else None
    return _answer(request.url.path, kind, error.message, error.remedy, headers=headers)


async def _validation(request: Request, raised: Exception) -> JSONResponse:
    errors = cast(RequestValidationError, raised).errors()
    if any(tuple(error["loc"]) == ("body",) or error["type"] == "json_invalid" for error in errors):
        # No JSON, none at all, no object, or another Content-Type: nothing in it can be named.
        return _answer(request.url.path, _KINDS[InvalidInputError], _BODY_DETAIL, _BODY_REMEDY)
    found = [
        InvalidValue(
            name=".".join(str(part) for part in error["loc"][1:]) or str(error["loc"][0]),
            value=str(error.get("input"))[:100],
            message=error["msg"],
        )
        for error in errors
    ]
    detail = "; ".join(f"{one.name}={one.value!r}: {one.message}" for one in found)
    names = ", ".join(dict.fromkeys(one.name for one in found))
    remedy = f"Correct {names}; /docs says what is allowed."
    return _answer(request.url.path, _KINDS[InvalidInputError], detail, remedy, errors=found)


async def _http(request: Request, raised: Exception) -> JSONResponse:
    error = cast(HTTPException, raised)
    if error.status_code == 400:
        # FastAPI's, of a body that is no text at all; one that is no JSON is a validation error.
        return _answer(request.url.path, _KINDS[InvalidInputError], _BODY_DETAIL, _BODY_REMEDY)
    slug, title, remedy = _HTTP.get(error.status_code, ("http", "Request refused", "See /docs."))
    detail = f"{request.method} {request.url.path}: {error.detail}"
    headers = error.headers
    if error.status_code == 405:
        # FastAPI names those of one route only, and GET and POST of a path are two.
        methods = request.app.state.methods[request.scope["route"].path]
        headers = {"Allow": ", ".join(sorted(methods | {"HEAD"} if "GET" in methods else methods))}
    return _answer(request.url.path, (error.status_code, slug, title), detail, remedy, headers=headers)
