"""Flows behind `up`, `run` and `demo`."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.cli.backfill import run_backfill
from infra.cli.forecast_table import fetch_forecast, print_forecast
from infra.cli.logs import keep_function_logs
from infra.cli.status import urls
from infra.cli.update import follow_update
from infra.emulator.lifecycle import Running, UpOptions, is_running, up
from infra.emulator.processes import stop
from infra.emulator.state import StateFolder
from infra.operations.backfill import BackfillReport
from infra.stack.deployment import Deployment
from infra.stack.execution import RunReport, follow_execution, start_execution
from infra.stack.update import UpdateReport
from infra.terminal.console import done, out, say, show_lines, step, warn
from infra.terminal.progress import StepDisplay
from plantcast.common.errors import PlantcastError
from plantcast.observations.status import read_status


@dataclass(frozen=True)
class DemoReport:
    """Result of a demo."""

    running: Running
    backfill: BackfillReport
    run: RunReport
    update: UpdateReport
    forecasts: Mapping[str, dict[str, Any]]
    seconds: Mapping[str, float]

    def details(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "source": self.running.state.plan.source,
            "source_label": self.running.state.plan.label,
            "urls": urls(self.running.outputs),
            "backfill": self.backfill.details(),
            "run": self.run.details(),
            "update": self.update.details(),
            "forecasts": dict(self.forecasts),
            "seconds": {name: round(value, 1) for name, value in self.seconds.items()},
        }


def bring_up(folder: StateFolder, options: UpOptions) -> Running:
    """`up`, printing its steps."""
    running = up(folder, options, os.environ, step)
    plan = running.state.plan
    done(f"deployed at {plan.now():%Y-%m-%d %H:%M} KST with {plan.label}")
    return running


def run_pipeline(
    deployment: Deployment, *, stations: Sequence[str] | None, retrain: bool | None, as_of: str | None
) -> RunReport:
    """Run the state machine and show its steps; the report may be of a failed run."""
    run_id, arn = start_execution(deployment, stations=stations, retrain=retrain, as_of=as_of)
    step(f"running the state machine ({run_id})")
    report = follow_execution(deployment, run_id, arn, StepDisplay().update)
    if report.status == "SUCCEEDED":
        done(f"the run took {report.seconds:.1f} s: {report.message_en or report.outcome}")
        for failure in report.ingest_failures:
            warn(failure)
        if report.outcome == "degraded":
            warn("the run is degraded; the reasons stand above and with the forecast")
    return report


@contextmanager
def stopped_if_empty(folder: StateFolder, running: Running) -> Iterator[None]:
    """If the block fails, stop what this call has started, unless it holds observations by then.

    A deployment with data keeps running, so that the next call continues; so does one that ran before.
    """
    try:
        yield
    except BaseException:
        deployment = running.deployment
        if _holds_data(folder, deployment):
            warn("the deployment keeps running with its data; `make demo` continues, `make down` stops it")
        elif running.fresh:
            try:
                keep_function_logs(folder, deployment)
            except (BotoCoreError, ClientError, OSError):
                warn("the functions' logs could not be kept: the emulator no longer answers")
            stop(folder.owner)
            folder.state_file.unlink(missing_ok=True)
            folder.outputs_file.unlink(missing_ok=True)
            warn(f"no observations were fetched: stopped what this call had started; logs: {folder.logs}")
        raise


def _holds_data(folder: StateFolder, deployment: Deployment) -> bool:
    try:
        held = (read_status(deployment.table, station) for station in deployment.stations)
        return any(status and status["hours_present"] for status in held)
    except (BotoCoreError, ClientError, PlantcastError):
        return is_running(folder)  # busy or not, it may hold data


def run_demo(folder: StateFolder, options: UpOptions, days: int) -> DemoReport:
    """Bring up, backfill `days`, run the nightly state machine and the hourly one, fetch the forecast."""
    began = time.monotonic()
    seconds: dict[str, float] = {}

    @contextmanager
    def timed(name: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        seconds[name] = time.monotonic() - started

    with timed("up"):
        running = bring_up(folder, options)
    with stopped_if_empty(folder, running):
        deployment = running.deployment
        yesterday = deployment.now().date() - timedelta(days=1)
        first = yesterday - timedelta(days=days - 1)
        with timed("backfill"):
            fetched = run_backfill(deployment, deployment.stations, first, yesterday)
        fetched.raise_if_failed()
        if not fetched.total("hours_present"):
            raise PlantcastError(
                f"There are no observations from {fetched.start} to {fetched.end}.",
                remedy="Choose other days (PLANTCAST_DEMO_DAYS, --clock) or another station.",
            )
        with timed("run"):
            run = run_pipeline(deployment, stations=None, retrain=None, as_of=None)
        run.raise_if_failed()
        with timed("update"):
            update = follow_update(deployment)
        if update.status != "SUCCEEDED":  # the forecast of the run stands
            warn(f"the update ended {update.status}: {update.cause}")
        forecasts = {station: fetch_forecast(running.outputs, station) for station in deployment.stations}
    seconds["total"] = time.monotonic() - began
    return DemoReport(running, fetched, run, update, forecasts, seconds)


def show_demo(report: DemoReport) -> None:
    """Print the forecast, where everything is, and how to stop it."""
    for forecast in report.forecasts.values():
        print_forecast(forecast)
    show_urls(report.running)
    taken = ", ".join(f"{name} {value:.0f} s" for name, value in report.seconds.items())
    say(f"[dim]{taken}[/]")


def show_urls(running: Running) -> None:
    """Print where everything answers and how to stop it."""
    found = urls(running.outputs)
    show_lines(
        (
            ("dashboard", found["dashboard"]),
            ("API docs", found["docs"]),
            ("weather", running.state.plan.label),
            ("guidance", running.state.plan.guidance_label),
            ("stop it", "make down"),
        )
    )
    outputs = running.outputs
    say("\n[dim]For the examples of README.md, to paste into a shell:[/]")
    for variable, value in (
        ("API", outputs.api_url),
        ("ENDPOINT", outputs.endpoint),
        ("ARN", outputs.state_machine_arn),
        ("UPDATE_ARN", outputs.update_state_machine_arn),
        ("BACKFILL_ARN", outputs.backfill_state_machine_arn),
    ):
        out.print(f"{variable}={shlex.quote(value)}", soft_wrap=True, markup=False)
