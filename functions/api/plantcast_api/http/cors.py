"""Which web pages may call the API: any page may read, those of the deployment's own origins may write.

What is read is public and needs no key, so a browser need not protect it. Calls that write carry the key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

_READS: Final = ("GET", "HEAD")


class Cors:
    """Starlette's middleware once for each kind of call; `writers` are origins, or `*`."""

    def __init__(self, app: ASGIApp, writers: Sequence[str]) -> None:
        self._reads = _middleware(app, ["*"], [*_READS, "OPTIONS"])
        self._writes = _middleware(app, writers, ["POST", "OPTIONS"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or a preflight for one."""
        method = scope.get("method")
        if method == "OPTIONS":
            method = Headers(scope=scope).get("Access-Control-Request-Method")
        await (self._reads if method in _READS else self._writes)(scope, receive, send)


def _middleware(app: ASGIApp, origins: Sequence[str], methods: Sequence[str]) -> CORSMiddleware:
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=methods,
        allow_headers=["Content-Type", "If-None-Match", "X-Api-Key"],
        expose_headers=["ETag"],
        max_age=3600,
    )
