"""From an answer to what goes over the wire, spoilt on the way where a fault says so."""

from __future__ import annotations

import gzip
import zlib

from fastapi import Response
from starlette.types import Receive, Scope, Send

from infra.kma_simulator.connection import client_left, connection_of
from infra.kma_simulator.faults import BAD_GATEWAY_HTML, Fault
from infra.kma_simulator.service import Reply

_WITHOUT_BODY = (204, 304)
_GZIP_WINDOW = 16 + zlib.MAX_WBITS  # what makes zlib write gzip's header and checksum


class Unanswered(Response):
    """No answer: the connection is reset."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reset the connection; nothing was sent."""
        connection_of(scope).reset()
        await client_left(receive)


class CutShort(Response):
    """Promises its whole body, and ends the connection after `kept` bytes of it."""

    def __init__(self, content: bytes, status: int, media_type: str, *, kept: int) -> None:
        super().__init__(content, status, media_type=media_type)
        self._kept = kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the headers and the first bytes, then close."""
        await send(_start(self))
        await send(_piece(bytes(self.body[: self._kept]), more=True))
        connection_of(scope).close()
        await client_left(receive)


class Dripping(Response):
    """Sends its body in `pieces`, `seconds` from the first to the last."""

    def __init__(self, content: bytes, status: int, media_type: str, *, pieces: int, seconds: float) -> None:
        super().__init__(content, status, media_type=media_type)
        self._pieces = [
            content[len(content) * number // pieces : len(content) * (number + 1) // pieces]
            for number in range(pieces)
        ]
        self._pause = seconds / (pieces - 1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send piece by piece for as long as the client stays."""
        first, *others = self._pieces
        await send(_start(self))
        await send(_piece(first, more=True))
        for piece in others:
            if await client_left(receive, within=self._pause):
                return
            await send(_piece(piece, more=True))
        await send(_piece(b"", more=False))


def deliver(reply: Reply | None, fault: Fault | None, url: str) -> Response:
    """Return the HTTP response for a call of `url`, as `fault` has it.

    `reply` is None for a fault that is met before the service is (`faults.BEFORE_GATEWAY`).
    """
    if fault is None:
        return _whole(reply)
    response = _before(fault, url) if reply is None else _spoilt(reply, fault)
    if fault.retry_after is not None:
        response.headers["Retry-After"] = str(fault.retry_after)
    return response


def status_of(response: Response) -> int | None:
    """Return the HTTP status the client sees, None where it sees none."""
    return None if isinstance(response, Unanswered) else response.status_code


def _whole(reply: Reply | None) -> Response:
    """Send as the KMA does: HTTP 200 also for a refusal."""
    if reply is None:
        raise ValueError("Without a fault there is an answer.")
    return Response(reply.answer.body, media_type=reply.answer.media_type)


def _before(fault: Fault, url: str) -> Response:
    if fault.kind == "reset":
        return Unanswered()
    if fault.kind == "redirect":
        return Response(status_code=fault.status or 302, headers={"Location": fault.location or url})
    status = fault.status or 502
    body = BAD_GATEWAY_HTML if fault.body is None else fault.body
    return Response("" if status in _WITHOUT_BODY else body, status, media_type="text/html")


def _spoilt(reply: Reply, fault: Fault) -> Response:
    text, media_type, status = reply.answer.body, reply.answer.media_type, fault.status or 200
    body = text.encode("cp949", "replace") if fault.kind == "charset" else text.encode()
    kept = max(1, int(len(body) * fault.keep_fraction))
    if fault.kind == "cut":
        return CutShort(body, status, media_type, kept=kept)
    if fault.kind == "drip":
        return Dripping(body, status, media_type, pieces=fault.pieces, seconds=fault.delay_seconds)
    if fault.kind == "truncated":
        return Response(body[:kept], status, media_type=media_type)
    if fault.kind in ("gzip", "gzip_broken"):
        packed = gzip.compress(body, mtime=0) if fault.kind == "gzip" else _damaged(body, kept)
        return Response(packed, status, {"Content-Encoding": "gzip"}, media_type=media_type)
    return Response(body, status, media_type=media_type)


def _damaged(body: bytes, kept: int) -> bytes:
    """Compress the first `kept` bytes; what follows no decoder can take for anything."""
    packer = zlib.compressobj(wbits=_GZIP_WINDOW)
    # Flushed to a whole byte, so that the next bits are a block's head; type 3 does not exist.
    return packer.compress(body[:kept]) + packer.flush(zlib.Z_SYNC_FLUSH) + b"\xff" * 64


def _start(response: Response) -> dict[str, object]:
    return {
        "type": "http.response.start",
        "status": response.status_code,
        "headers": response.raw_headers,
    }


def _piece(body: bytes, *, more: bool) -> dict[str, object]:
    return {"type": "http.response.body", "body": body, "more_body": more}
