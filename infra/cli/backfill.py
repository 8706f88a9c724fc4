"""The command `backfill`: progress while observations are fetched, and the result."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final

import typer

from infra.cli.options import AsJson, SomeStations
from infra.emulator.sources import parse_stations
from infra.operations.backfill import BackfillReport, backfill
from infra.operations.target import find_deployment
from infra.stack.deployment import Deployment
from infra.terminal.console import done, err, print_json, progress, say, step, warn
from plantcast.pipeline.backfill import Chunk, check_span

_MAX_NAMED: Final = 10
_LINE_EVERY_SECONDS: Final = 15.0


def backfill_command(
    start: Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD.")],
    end: Annotated[str | None, typer.Option("--to", help="Last day.", show_default="yesterday")] = None,
    stations: SomeStations = None,
    as_json: AsJson = False,
) -> None:
    """Fetch past years; can be interrupted and repeated: stored hours are not requested again."""
    wanted = parse_stations(stations) if stations is not None else None
    deployment = find_deployment(os.environ)
    first, last = check_span(start, end, today=deployment.now().date(), names=("--from", "--to"))
    try:
        report = run_backfill(deployment, wanted or deployment.stations, first, last)
    except KeyboardInterrupt:
        warn("fetched hours are kept; the same command continues from there")
        raise
    if as_json:
        print_json(report.details())
    report.raise_if_failed()


def run_backfill(deployment: Deployment, stations: Sequence[str], start: date, end: date) -> BackfillReport:
    """Backfill behind a progress bar counted in days; the report may be of one that failed."""
    step(f"fetching observations from {start} to {end}")
    total, completed, printed = len(stations) * ((end - start).days + 1), 0, time.monotonic()
    with progress() as bar:
        task = bar.add_task("days of observations", total=total)

        def advance(chunk: Chunk) -> None:
            nonlocal completed, printed
            completed += chunk.days
            bar.advance(task, chunk.days)
            if not err.is_terminal and time.monotonic() - printed >= _LINE_EVERY_SECONDS:
                printed = time.monotonic()
                say(f"  {completed} of {total} days")

        report = backfill(deployment, stations, start, end, advance)
    present = report.total("hours_present")
    tell = done if report.finished and present else warn
    tell(
        f"observations {start} to {end} for {_named(stations)}: "
        f"{present} of {report.total('hours_expected')} hours, {report.total('hours_new')} of them new"
    )
    empty = [number for number, one in report.by_station.items() if not one.hours_present]
    if report.finished and empty:
        warn(f"the source has no observations of {_named(empty)} on these days; check both")
    return report


def _named(stations: Sequence[str]) -> str:
    return f"station {', '.join(stations)}" if len(stations) <= _MAX_NAMED else f"{len(stations)} stations"
