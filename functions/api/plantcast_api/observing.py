"""One log line a request. The logger adds correlation id and trace id (see the handler).

API Gateway counts requests, errors and latency of the whole API; by route, Logs Insights does from these
lines (docs/operations.md). A metric a route and status would be dozens of paid ones.
"""

from __future__ import annotations

from time import perf_counter
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from plantcast.common.logging import logger

UNMATCHED: Final = "none"  # one name for all that scanners try
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


def _route(scope: Scope) -> str:
    if scope["method"] == "OPTIONS":
        return PREFLIGHT
    route = getattr(scope.get("route"), "path", None)
    return UNMATCHED if route is None else str(route)
