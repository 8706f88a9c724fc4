"""What every request and answer passes: log line, faults, ETag and Cache-Control, 304, gzip, HEAD."""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from hashlib import blake2b
from time import perf_counter
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from plantcast.common.logging import logger
from plantcast_api.http.problems import fault

# Short enough that nobody misses a run or a rollback, long enough to take a burst of visitors off the table.
CACHED_BRIEFLY: Final = "public, max-age=60"
NO_STORE: Final = "no-store"
# By route, where not `CACHED_BRIEFLY`. Runs and alerts change during a run; GET /predict computes if needed.
CACHE_CONTROL: Final[Mapping[str, str]] = {
    "/api/runs": "no-cache",
    "/api/runs/{run_id}": "no-cache",
    "/api/alerts": "no-cache",
    "/predict": "no-cache",
    "/health": NO_STORE,
}
# A smaller answer fits into one packet either way.
GZIP_FROM_BYTES: Final = 1024
# Within a tenth of the size of level 9, in half the time or less.
GZIP_LEVEL: Final = 5
_TAG: Final = re.compile(r'"([^"]*)"')


class Delivery:
    """Completes answers, each buffered until it is whole, as Lambda does in any case.

    Gzip is done here and not by API Gateway's `MinimumCompressionSize`, which the emulators ignore;
    `compress` is false where a gateway does not turn base64 back into bytes. HEAD is answered like GET
    without the body (RFC 9110, 9.3.2). Never logged: headers (the key), queries, bodies.
    """

    def __init__(self, app: ASGIApp, *, compress: bool) -> None:
        self.app = app
        self._compress = compress

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, method = perf_counter(), scope["method"]
        start: Message = {}
        body = bytearray()

        async def buffer(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                body.extend(message.get("body", b""))

        routed = {**scope, "method": "GET"} if method == "HEAD" else scope
        try:
            await self.app(routed, receive, buffer)
        except Exception:
            logger.exception("request failed")
            body.clear()
            await fault(scope["path"])(routed, receive, buffer)
        route = getattr(routed.get("route"), "path", None)
        content = self._complete(routed, route, start, bytes(body))
        await send(start)
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else content})
        line = {
            "method": method,
            "route": route or "none",  # one name for everything that scanners try
            "path": scope["path"],
            "status": start["status"],
            "milliseconds": round((perf_counter() - started) * 1000, 2),
        }
        logger.info("request", extra=line)

    def _complete(self, scope: Scope, route: str | None, start: Message, body: bytes) -> bytes:
        """Complete status and headers in place; return the body to send."""
        request, headers = Headers(scope=scope), MutableHeaders(scope=start)
        headers.add_vary_header("Accept, Accept-Encoding")
        if scope["method"] != "GET" or start["status"] != 200:
            headers["Cache-Control"] = NO_STORE
        else:
            headers.setdefault("Cache-Control", CACHE_CONTROL.get(route or "", CACHED_BRIEFLY))
            tag = blake2b(body, digest_size=12).hexdigest()
            headers["ETag"] = f'W/"{tag}"'  # weak: the compressed form has the same one (RFC 9110, 8.8.1)
            known = request.get("If-None-Match", "")
            if known.strip() == "*" or tag in _TAG.findall(known):  # weak comparison (RFC 9110, 13.1.2)
                start["status"] = 304
                del headers["Content-Type"]
                del headers["Content-Length"]
                return b""
        # API Gateway turns base64 back into bytes by the request's Accept: not for a client that sends none.
        takes_gzip = "gzip" in request.get("Accept-Encoding", "") and request.get("Accept")
        if self._compress and takes_gzip and len(body) >= GZIP_FROM_BYTES:
            body = gzip.compress(body, GZIP_LEVEL, mtime=0)
            headers["Content-Encoding"] = "gzip"
        headers["Content-Length"] = str(len(body))
        return body
