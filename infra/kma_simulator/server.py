"""Serving: the listening socket first, so that the port is known before the first request."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import uvicorn

from infra.kma_simulator.app import create_app
from infra.kma_simulator.service import Simulator
from plantcast.common.errors import InvalidInputError

HOST = "127.0.0.1"


def listen(port: int, host: str = HOST) -> socket.socket:
    """Return a socket listening on `host`:`port` (0: any free one).

    Raises:
        InvalidInputError: the port is taken, or port or host may not be used.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise InvalidInputError(
            f"Port {port} on {host} cannot be used ({error}).", remedy="Give another one, or 0 for any free."
        ) from error
    listener.listen(128)
    return listener


def build_server(simulator: Simulator, *, log_level: str = "warning") -> uvicorn.Server:
    """Return the uvicorn server; it stops cleanly on SIGTERM and SIGINT."""
    config = uvicorn.Config(
        create_app(simulator),
        log_level=log_level,
        # The query string carries the service key, so no request line is ever logged.
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=5,
    )
    return uvicorn.Server(config)


def write_port(path: Path, port: int) -> None:
    """Write `port` to `path` in one step: a reader sees nothing or all of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(f"{port}\n")
    temporary.replace(path)
