"""The command `update`: the hourly update by hand."""

from __future__ import annotations

import os

from infra.cli.options import AsJson, SomeStations, Stack, deployed_stations
from infra.operations.target import find_deployment
from infra.stack.deployment import Deployment
from infra.stack.update import UpdateReport, run_update
from infra.terminal.console import done, print_json, step, warn


def update_command(station: SomeStations = None, stack: Stack = None, as_json: AsJson = False) -> None:
    """Fetch published forecasts and observations of today; forecast anew where something changed."""
    deployment = find_deployment(os.environ, stack)
    chosen = None if station is None else deployed_stations(station, deployment.stations)
    report = follow_update(deployment, chosen)
    if as_json:
        print_json(report.details())
    report.raise_if_failed()


def follow_update(deployment: Deployment, stations: tuple[str, ...] | None = None) -> UpdateReport:
    """Run the update and print its result, which may be a failure."""
    step("fetching published forecasts and observations of today")
    report = run_update(deployment, stations)
    for feed in report.feeds:
        if feed["failed"]:
            warn(f"{feed['feed']}, of {feed['failed']} stations: {feed['message']}")
    if report.status == "SUCCEEDED":
        done(f"the update took {report.seconds:.1f} s: {report.message}")
    return report
