"""`python -m infra.kma_simulator`: choose a source, a clock and a port, serve until a signal."""

from __future__ import annotations

import argparse
import signal
import socket
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import FrameType

import uvicorn

from infra.kma_simulator.app import create_app
from infra.kma_simulator.replay import ReplayedObservations
from infra.kma_simulator.service import DEFAULT_HUB_KEY, DEFAULT_KEY, Simulator
from infra.kma_simulator.synthetic import SyntheticWeather
from plantcast.common.clock import KST, SystemClock
from plantcast.common.errors import InvalidInputError

HOST = "127.0.0.1"


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; return the exit code (2: bad arguments, named on stderr)."""
    options = _parser().parse_args(arguments)
    try:
        replay = ReplayedObservations.from_files(options.replay) if options.replay else None
        listener = listen(options.port, options.host)
    except (InvalidInputError, OSError, OverflowError) as error:
        print(f"kma_simulator: {error} (port {options.port})", file=sys.stderr)  # noqa: T201
        return 2
    source = replay or SyntheticWeather(options.seed)
    clock = SystemClock(options.clock - datetime.now(KST)) if options.clock else SystemClock()
    simulator = Simulator(source, options.key, clock, hub_key=options.hub_key, seed=options.seed)
    # uvicorn shuts down on a signal, then raises it again: the exit code would be the signal's.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _exit)
    build_server(simulator).run(sockets=[listener])
    return 0


def listen(port: int, host: str = HOST) -> socket.socket:
    """Return a socket listening on `host`:`port` (0: any free one).

    Raises:
        OSError, OverflowError: the port is taken, or port or host may not be used.
    """
    return socket.create_server((host, port), backlog=128)


def build_server(simulator: Simulator) -> uvicorn.Server:
    """Return the uvicorn server; it stops cleanly on SIGTERM and SIGINT."""
    config = uvicorn.Config(
        create_app(simulator),
        log_level="warning",
        # The query string carries the service key, so no request line is ever logged.
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=5,
    )
    return uvicorn.Server(config)


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    return time.replace(tzinfo=KST) if time.tzinfo is None else time


def _exit(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kma_simulator", description="A stand-in for the KMA's services and Open-Meteo."
    )
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--host", default=HOST, help=f"IPv4 address to serve on (default: {HOST})")
    parser.add_argument(
        "--seed", type=int, default=108, help="of synthetic weather and of forecasts' errors (default: 108)"
    )
    parser.add_argument(
        "--replay",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="serve these instead of synthetic weather: Parquet, or CSV of data.kma.go.kr",
    )
    parser.add_argument(
        "--clock",
        type=_time,
        metavar="TIME",
        help="time at the start, KST: 2022-08-10T02:00",
    )
    parser.add_argument("--key", default=DEFAULT_KEY, help="the data.go.kr key that is accepted, decoded")
    parser.add_argument("--hub-key", default=DEFAULT_HUB_KEY, help="the API Hub's key that is accepted")
    return parser


if __name__ == "__main__":
    sys.exit(main())
