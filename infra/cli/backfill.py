"""The command `backfill`: what to bring, a bar while it comes, what came of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from typing import Annotated

import typer

from infra.cli.backfill_progress import BackfillDisplay
from infra.emulator.lifecycle import running
from infra.emulator.sources import parse_stations
from infra.emulator.state import StateFolder
from infra.operations.backfill import backfill
from infra.operations.backfill_report import BackfillReport
from infra.stack.deployed import LocalCloud
from infra.terminal.console import done, print_json, step, warn
from plantcast.common.stations import station as known_station
from plantcast.pipeline.backfill import check_span

_NAMED = 10


def backfill_command(
    start: Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD.")],
    end: Annotated[str | None, typer.Option("--to", help="Last day.", show_default="yesterday")] = None,
    stations: Annotated[
        str | None,
        typer.Option(
            "--stations",
            "--station",
            help="ASOS station numbers, joined by commas.",
            show_default="all deployed",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document on stdout, nothing else.")
    ] = False,
) -> None:
    """Fetch past years; it can be cut off and called again: what is there is not asked for again."""
    wanted = parse_stations(stations) if stations is not None else None
    for number in wanted or ():
        known_station(number)  # an unknown one is a slip of the keyboard, not a station that fails
    state, outputs = running(StateFolder.locate(os.environ))
    first, last = check_span(start, end, today=state.plan.now().date(), names=("--from", "--to"))
    try:
        report = run_backfill(LocalCloud(outputs), wanted or state.plan.stations, first, last)
    except KeyboardInterrupt:
        warn("what was fetched is kept; the same command continues from there")
        raise
    if as_json:
        print_json(report.facts())
    report.raise_if_failed()


def run_backfill(cloud: LocalCloud, stations: Sequence[str], start: date, end: date) -> BackfillReport:
    """Backfill behind a progress bar counted in days; the report may be of one that failed."""
    step(f"fetching observations from {start} to {end}")
    display = BackfillDisplay(len(stations) * ((end - start).days + 1))
    with display.shown():
        report = backfill(cloud, stations, start, end, lambda chunk: display.advance(chunk.days))
    tell = done if report.finished and report.hours_present else warn
    tell(
        f"observations {start} to {end} for {_named(stations)}: "
        f"{report.hours_present} of {report.hours_expected} hours, {report.hours_new} of them new"
    )
    if report.finished and (without := report.without_hours):
        warn(f"the source has no observations of {_named(without)} on these days; check both")
    return report


def _named(stations: Sequence[str]) -> str:
    return f"station {', '.join(stations)}" if len(stations) <= _NAMED else f"{len(stations)} stations"
