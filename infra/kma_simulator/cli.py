"""The command line: choose a source, a clock and a port, serve until a signal."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import NoReturn

from infra.kma_simulator.clock import SettableClock
from infra.kma_simulator.replay import ReplayedObservations
from infra.kma_simulator.server import HOST, build_server, listen, write_port
from infra.kma_simulator.service import DEFAULT_KEY, Behaviour, Simulator
from infra.kma_simulator.sources import ObservationSource
from infra.kma_simulator.synthetic import SyntheticWeather
from plantcast.common.errors import InvalidInputError

EXIT_BAD_ARGUMENTS = 2
_LOG_LEVELS = ("critical", "error", "warning", "info", "debug")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; return the exit code (2: bad arguments, named on stderr)."""
    options = _parser().parse_args(arguments)
    try:
        simulator = Simulator(
            source=_source(options),
            key=options.key,
            clock=SettableClock(_moment(options.clock)),
            behaviour=_behaviour(options),
        )
        listener = listen(options.port, options.host)
    except InvalidInputError as error:
        print(f"kma_simulator: {error}", file=sys.stderr)  # noqa: T201 - the command's own answer
        return EXIT_BAD_ARGUMENTS
    port = listener.getsockname()[1]
    if options.port_file:
        try:
            write_port(options.port_file, port)
        except OSError as error:
            listener.close()
            print(f"kma_simulator: --port-file {options.port_file}: {error}", file=sys.stderr)  # noqa: T201
            return EXIT_BAD_ARGUMENTS
    # uvicorn shuts down on a signal, then raises it again: the exit code would be the signal's.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _exit)
    build_server(simulator, log_level=options.log_level).run(sockets=[listener])
    return 0


def _exit(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


class _Parser(argparse.ArgumentParser):
    """Answers wrong arguments with one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_BAD_ARGUMENTS, f"{self.prog}: {message}. See --help.\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="kma_simulator", description="A stand-in for the KMA's ASOS hourly service.")
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    parser.add_argument(
        "--host", default=HOST, help=f"IPv4 address to serve on (default: {HOST}, this machine)"
    )
    parser.add_argument("--port-file", type=Path, help="write the port here once it is listening")
    parser.add_argument(
        "--source", choices=("synthetic", "replay"), help="default: replay with --replay, else synthetic"
    )
    parser.add_argument("--seed", type=int, default=108, help="of the synthetic weather (default: 108)")
    parser.add_argument(
        "--replay", type=Path, nargs="+", metavar="FILE", help="Parquet, or CSV of data.kma.go.kr"
    )
    parser.add_argument(
        "--clock", metavar="TIME", help="where the clock stands at the start, e.g. 2022-08-10T02:00 (KST)"
    )
    parser.add_argument("--key", default=DEFAULT_KEY, help="the service key that is accepted, in either form")
    parser.add_argument("--calls-per-day", type=int, default=10_000, help="daily quota (default: 10000)")
    parser.add_argument(
        "--complete-from-hour", type=int, default=0, help="yesterday is whole from this hour on"
    )
    parser.add_argument("--log-level", choices=_LOG_LEVELS, default="warning")
    return parser


def _source(options: argparse.Namespace) -> ObservationSource:
    kind = options.source or ("replay" if options.replay else "synthetic")
    if kind == "replay":
        if not options.replay:
            raise InvalidInputError(
                "--source replay has no observations.", remedy="Name files with --replay FILE …."
            )
        return ReplayedObservations.from_files(options.replay)
    if options.replay:
        raise InvalidInputError(
            "--replay does not go with --source synthetic.", remedy="Leave one of them out."
        )
    if options.seed < 0:
        raise InvalidInputError(f"--seed {options.seed} is negative.", remedy="Give 0 or more.")
    return SyntheticWeather(options.seed)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInputError(
            f"--clock {text!r} is not a time.", remedy="Write it as 2022-08-10T02:00 (KST)."
        ) from None


def _behaviour(options: argparse.Namespace) -> Behaviour:
    try:
        return Behaviour(
            calls_per_day=options.calls_per_day,
            complete_from_hour=options.complete_from_hour,
        )
    except ValueError as error:
        first = str(error).splitlines()
        raise InvalidInputError(
            f"A quota or hour cannot be used ({first[1]}: {first[2].strip()}).", remedy="See --help."
        ) from error
