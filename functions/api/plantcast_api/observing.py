"""One log line and one metric a request. The logger adds correlation id and trace id (see the handler)."""

from __future__ import annotations

from time import perf_counter
from typing import Final

from aws_lambda_powertools.metrics import MetricUnit
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from plantcast.monitoring.emf import metric
from plantcast.observability import logger

LATENCY: Final = "RequestLatency"
UNMATCHED: Final = "none"  # one name for all that scanners try, so that they cannot make up metrics
PREFLIGHT: Final = "preflight"


class RequestLog:
    """Outermost: it sees what the client gets. Never logged: headers (the key), queries, bodies."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = perf_counter()
        status = 500  # what the adapter answers if nothing was

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watch)
        finally:
            milliseconds = round((perf_counter() - started) * 1000, 2)
            route = _route(scope)
            logger.info(
                "request",
                extra={
                    "method": scope["method"],
                    "route": route,
                    "path": scope["path"],
                    "status": status,
                    "milliseconds": milliseconds,
                },
            )
            dimensions = {"Route": route, "Status": f"{status // 100}xx"}
            metric(LATENCY, milliseconds, dimensions, unit=MetricUnit.Milliseconds)


def _route(scope: Scope) -> str:
    if scope["method"] == "OPTIONS":
        return PREFLIGHT
    route = getattr(scope.get("route"), "path", None)
    return UNMATCHED if route is None else str(route)
