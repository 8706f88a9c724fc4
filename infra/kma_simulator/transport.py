"""How HTTP carries a reply, whole or with a fault."""

from __future__ import annotations

from typing import Final

from fastapi import Response
from starlette.types import Receive, Scope, Send

from infra.kma_simulator.calls import Reply

_MAINTENANCE: Final = "<!DOCTYPE html><html><body><h1>서비스 점검 중입니다.</h1></body></html>"


class ClosedConnection(Response):
    """Announces a body and closes the connection without it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the headers only; the server closes a connection whose response is incomplete."""
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})


def response_to(reply: Reply, *, source: str, fault: str | None = None) -> Response:
    """Return the HTTP response; `source` is the kind of weather."""
    if fault == "away":
        return ClosedConnection()
    if fault == "error":
        return Response("Internal Server Error", 500, media_type="text/plain")
    if fault == "html":
        return Response(_MAINTENANCE, media_type="text/html")
    body = reply.body[: len(reply.body) // 2] if fault == "cut" else reply.body
    headers = {"X-Plantcast-Source": source}
    return Response(body, reply.status, headers=headers, media_type=reply.media_type)
