"""The TCP connection under a request: some faults are none of HTTP's."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Mapping
from typing import Any, Final

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_EXTENSION: Final = "plantcast.connection"


class Connection:
    """The server's end of one TCP connection."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def reset(self) -> None:
        """Send a TCP reset and throw away what was not sent yet."""
        # Closing with zero linger is what makes it a reset; otherwise the client would see an orderly end.
        self._transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        self._transport.abort()

    def close(self) -> None:
        """Send what was written, then end the connection in order."""
        self._transport.close()


class ConnectionProtocol(H11Protocol):
    """uvicorn's HTTP/1.1, but requests know their connection (`connection_of`)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inner = self.app

        async def with_connection(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[_EXTENSION] = Connection(self.transport)
            await inner(scope, receive, send)

        self.app = with_connection


def connection_of(scope: Mapping[str, Any]) -> Connection:
    """Return the connection a request came by.

    Raises:
        RuntimeError: the application is not served by `server.build_server`.
    """
    connection = scope.get("extensions", {}).get(_EXTENSION)
    if not isinstance(connection, Connection):
        raise RuntimeError("Faults of the connection need a real one: serve with server.build_server.")  # noqa: TRY004
    return connection


async def client_left(receive: Receive, *, within: float | None = None) -> bool:
    """Wait until the connection is gone, at most `within` seconds; return whether it is."""
    try:
        async with asyncio.timeout(within):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True
