"""What every answer gets on its way out: an entity tag, how long it may be kept, 304 and gzip.

One layer does all four, because they depend on each other: the tag is that of the body before compression, a
304 must repeat the headers of the 200, and both forms must say that they vary. Starlette's GZipMiddleware
would name `Vary` twice, take `gzip;q=0` for consent, and compress for clients that could not be given it.

Compressed here and not by API Gateway (`MinimumCompressionSize`), because the emulators store that setting
and compress nothing: what is tested there would not be what runs on AWS. The price is the template's
`BinaryMediaTypes: */*`, without which API Gateway hands on base64. LocalStack does so in any case, so that
`COMPRESS` is false there (infra/stack/localize.py).
"""

from __future__ import annotations

import gzip
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from plantcast.common.clock import Clock
from plantcast_api.caching import NO_STORE, cache_control, etag, matches

# Routes whose form (JSON or CSV) the request's `Accept` decides (plantcast_api.parameters).
NEGOTIATED: Final = frozenset({"/api/forecast", "/api/observations"})
# Below, a packet holds the whole answer either way.
WORTH_COMPRESSING: Final = 1024
# Within a tenth of what level 9 makes, in half the time or less.
_LEVEL: Final = 5
_OF_A_BODY: Final = ("content-length", "content-type", "content-encoding")


class Delivery:
    """Completes answers; holds each back until it is whole, as Lambda does in any case.

    HEAD is answered like GET, headers and all, without the body (RFC 9110, 9.3.2).
    """

    def __init__(self, app: ASGIApp, clock: Clock, *, compress: bool) -> None:
        self.app = app
        self._clock = clock
        self._compress = compress

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"
        if head:
            scope["method"] = "GET"  # routes know no other; what is logged is the request's own again
        start: Message = {}
        parts: list[bytes] = []

        async def hold_back(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                body = self._complete(scope, start, b"".join(parts))
                await send(start)
                await send({"type": "http.response.body", "body": b"" if head else body})

        try:
            await self.app(scope, receive, hold_back)
        finally:
            if head:
                scope["method"] = "HEAD"

    def _complete(self, scope: Scope, start: Message, body: bytes) -> bytes:
        """Complete the headers and the status in place; return the body to send."""
        asked, headers = Headers(scope=scope), MutableHeaders(scope=start)
        headers.add_vary_header("Accept-Encoding")
        route = getattr(scope.get("route"), "path", None)
        if route in NEGOTIATED:
            headers.add_vary_header("Accept")
        if scope["method"] != "GET" or start["status"] != 200:
            headers["Cache-Control"] = NO_STORE
        else:
            if "Cache-Control" not in headers:
                headers["Cache-Control"] = cache_control(route, body, self._clock.now())
            tag = etag(body)
            headers["ETag"] = tag
            if matches(asked.get("If-None-Match", ""), tag):
                start["status"] = 304
                for name in _OF_A_BODY:
                    del headers[name]
                return b""
        if self._compress and len(body) >= WORTH_COMPRESSING and _takes_gzip(asked):
            body = gzip.compress(body, _LEVEL, mtime=0)
            headers["Content-Encoding"] = "gzip"
        headers["Content-Length"] = str(len(body))
        return body


def _takes_gzip(asked: Headers) -> bool:
    # API Gateway turns base64 back into bytes by the request's Accept: not for a client that sends none.
    if not asked.get("Accept"):
        return False
    for coding in asked.get("Accept-Encoding", "").lower().split(","):
        name, _, parameters = coding.partition(";")
        if name.strip() in {"gzip", "*"}:
            return parameters.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
