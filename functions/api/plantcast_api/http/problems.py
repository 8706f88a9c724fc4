"""Errors as problem details (RFC 9457), each with a remedy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from plantcast.common.errors import (
    ConflictError,
    InvalidInputError,
    KeyRejectedError,
    NotFoundError,
    NotYetAvailableError,
    PlantcastError,
    RateLimitedError,
    SchemaVersionError,
    TemporaryError,
)
from plantcast.common.logging import logger
from plantcast_api.models import InvalidValue, Problem

PROBLEM_JSON: Final = "application/problem+json"


class PredictFailedError(PlantcastError):
    """The predict function failed."""


# Status, last part of the type, title.
Kind = tuple[int, str, str]
_FAULT: Final[Kind] = (500, "internal", "Internal error")
_INVALID: Final[Kind] = (422, "invalid-input", "Invalid input")
_KINDS: Final[Mapping[type[PlantcastError], Kind]] = {
    InvalidInputError: _INVALID,
    KeyRejectedError: (401, "key-rejected", "Key rejected"),
    NotFoundError: (404, "not-found", "Not found"),
    NotYetAvailableError: (404, "not-yet-available", "Not yet available"),
    ConflictError: (409, "conflict", "Conflict"),
    RateLimitedError: (429, "rate-limited", "Too many requests"),  # before what it is a kind of
    TemporaryError: (503, "temporary", "Temporarily unavailable"),
    SchemaVersionError: (500, "schema-version", "Stored by newer code"),
    PredictFailedError: (502, "predict-failed", "Forecasting failed"),
}
_HTTP: Final[Mapping[int, tuple[Kind, str]]] = {
    # FastAPI's, of a body that is not text.
    400: (_INVALID, "Send JSON in UTF-8 with Content-Type: application/json; /docs shows an example."),
    404: ((404, "not-found", "Not found"), "GET / lists the routes."),
    405: ((405, "method-not-allowed", "Method not allowed"), "Use a method that the header Allow names."),
}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return OpenAPI responses for the problems that a route can answer."""
    return {status: {"model": Problem, "description": "Problem details with a remedy"} for status in statuses}


def install(app: FastAPI) -> None:
    """Make `app` answer every error but a fault as problem details; `fault` is for `Delivery`."""
    app.add_exception_handler(PlantcastError, _domain)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)


def fault(path: str) -> JSONResponse:
    """Return the answer to a request that failed for a reason nobody foresaw, without internals."""
    remedy = "Try again; if it stays, look at /health and at the log of the api function."
    return _problem(path, _FAULT, "Something went wrong inside Plantcast.", remedy)


def _problem(path: str, kind: Kind, detail: str, remedy: str, **more: Any) -> JSONResponse:
    status, slug, title = kind
    problem = Problem(
        type=f"urn:plantcast:problem:{slug}",
        title=title,
        status=status,
        detail=detail,
        remedy=remedy,
        instance=path,
        errors=more.pop("errors", None),
    )
    body = problem.model_dump(exclude_none=True)
    return JSONResponse(body, status_code=status, media_type=PROBLEM_JSON, **more)


async def _domain(request: Request, raised: Exception) -> JSONResponse:
    error = cast(PlantcastError, raised)
    kind = next((kind for known, kind in _KINDS.items() if isinstance(error, known)), _FAULT)
    if kind[0] >= 500:
        logger.error("request failed", exc_info=error)
    headers = {"WWW-Authenticate": "ApiKey"} if kind[0] == 401 else None
    return _problem(request.url.path, kind, error.message, error.remedy, headers=headers)


async def _validation(request: Request, raised: Exception) -> JSONResponse:
    errors = [
        InvalidValue(
            # `("query", "hours")`; `("body",)` or, where it is not JSON, `("body", <position>)`.
            name=".".join(str(part) for part in error["loc"][1:] if isinstance(part, str)) or error["loc"][0],
            value=str(error.get("input"))[:100],
            message=error["msg"],
        )
        for error in cast(RequestValidationError, raised).errors()
    ]
    detail = "; ".join(f"{one.name}={one.value!r}: {one.message}" for one in errors)
    names = ", ".join(dict.fromkeys(one.name for one in errors))
    return _problem(
        request.url.path, _INVALID, detail, f"Correct {names}; /docs says what is allowed.", errors=errors
    )


async def _http(request: Request, raised: Exception) -> JSONResponse:
    error = cast(HTTPException, raised)
    other = (error.status_code, "http", "Request refused"), "See /docs."
    kind, remedy = _HTTP.get(error.status_code, other)
    detail = f"{request.method} {request.url.path}: {error.detail}"
    headers = error.headers
    if error.status_code == 405:
        # Starlette's names the methods of one route, and GET and POST of a path are two.
        headers = {"Allow": ", ".join(sorted(request.app.state.methods[request.scope["route"].path]))}
    return _problem(request.url.path, kind, detail, remedy, headers=headers)
