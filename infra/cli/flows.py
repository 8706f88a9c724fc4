"""What the commands do: bring up, backfill with a bar, run with its steps, and the demo made of them."""

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
from infra.emulator.lifecycle import Deployment, Wishes, is_running, up
from infra.emulator.processes import stop_all_owned
from infra.emulator.state import StateFolder
from infra.operations.backfill_report import BackfillReport
from infra.stack.deployed import LocalCloud
from infra.stack.execution import RunReport, follow_execution, start_execution
from infra.terminal.console import done, out, say, show_lines, step, warn
from infra.terminal.progress import StepDisplay
from plantcast.common.errors import PlantcastError
from plantcast.observations.status import read_status


@dataclass(frozen=True)
class DemoReport:
    """What a demo made."""

    deployment: Deployment
    backfill: BackfillReport
    run: RunReport
    forecasts: Mapping[str, dict[str, Any]]
    seconds: Mapping[str, float]

    def facts(self) -> dict[str, Any]:
        """Return it as JSON-ready facts."""
        return {
            "source": self.deployment.state.plan.source,
            "source_label": self.deployment.state.plan.label,
            "urls": urls(self.deployment.outputs),
            "backfill": self.backfill.facts(),
            "run": self.run.facts(),
            "forecasts": dict(self.forecasts),
            "seconds": {name: round(value, 1) for name, value in self.seconds.items()},
        }


def bring_up(folder: StateFolder, wishes: Wishes) -> Deployment:
    """`up`, telling its steps."""
    deployment = up(folder, wishes, os.environ, step)
    plan = deployment.state.plan
    done(f"deployed; it stands at {plan.now():%Y-%m-%d %H:%M} KST, on {plan.label}")
    return deployment


def run_pipeline(
    cloud: LocalCloud, *, stations: Sequence[str] | None, retrain: bool | None, as_of: str | None
) -> RunReport:
    """Run the state machine and show its steps; the report may be of a failed run."""
    run_id, arn = start_execution(cloud, stations=stations, retrain=retrain, as_of=as_of)
    step(f"running the state machine ({run_id})")
    with StepDisplay().shown() as display:
        report = follow_execution(cloud, run_id, arn, display.update)
    if report.status == "SUCCEEDED":
        done(f"the run took {report.seconds:.1f} s: {report.message_en or report.outcome}")
        for failure in report.ingest_failures:
            warn(failure)
        if report.outcome == "degraded":
            warn("the run is degraded; the reasons stand above and with the forecast")
    return report


@contextmanager
def stopped_if_empty(folder: StateFolder, deployment: Deployment) -> Iterator[None]:
    """If the block fails, stop what this call has started, unless it holds observations by then.

    A deployment with data keeps running, so that the next call continues; so does one that ran before.
    """
    try:
        yield
    except BaseException:
        if _holds_data(folder, deployment):
            warn(
                "the deployment keeps running with what it holds; `make demo` continues, `make down` ends it"
            )
        elif deployment.fresh:
            try:
                keep_function_logs(folder, deployment.outputs)
            except (BotoCoreError, ClientError, OSError):
                warn("the functions' logs could not be kept: the emulator no longer answers")
            stop_all_owned(folder.owner)
            folder.state_file.unlink(missing_ok=True)
            folder.outputs_file.unlink(missing_ok=True)
            warn(
                f"no observations were fetched: stopped what this call had started; logs are in {folder.logs}"
            )
        raise


def _holds_data(folder: StateFolder, deployment: Deployment) -> bool:
    table = LocalCloud(deployment.outputs).table
    try:
        held = (read_status(table, station) for station in deployment.state.plan.stations)
        return any(status and status["hours_present"] for status in held)
    except (BotoCoreError, ClientError, PlantcastError):
        return is_running(folder)  # busy or not, it may hold data


def run_demo(folder: StateFolder, wishes: Wishes, days: int) -> DemoReport:
    """Bring up, backfill `days`, run the state machine, fetch the forecast."""
    began = time.monotonic()
    seconds: dict[str, float] = {}

    @contextmanager
    def timed(name: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        seconds[name] = time.monotonic() - started

    with timed("up"):
        deployment = bring_up(folder, wishes)
    with stopped_if_empty(folder, deployment):
        plan, cloud = deployment.state.plan, LocalCloud(deployment.outputs)
        yesterday = plan.now().date() - timedelta(days=1)
        with timed("backfill"):
            fetched = run_backfill(cloud, plan.stations, yesterday - timedelta(days=days - 1), yesterday)
        fetched.raise_if_failed()
        if not fetched.hours_present:
            raise PlantcastError(
                f"There are no observations from {fetched.start} to {fetched.end}.",
                remedy="Choose other days (PLANTCAST_DEMO_DAYS, --clock) or another station.",
            )
        with timed("run"):
            run = run_pipeline(cloud, stations=None, retrain=None, as_of=None)
        run.raise_if_failed()
        forecasts = {station: fetch_forecast(deployment.outputs, station) for station in plan.stations}
    seconds["total"] = time.monotonic() - began
    return DemoReport(deployment, fetched, run, forecasts, seconds)


def show_demo(report: DemoReport) -> None:
    """Print the forecast, where everything is, and how to stop it."""
    for forecast in report.forecasts.values():
        print_forecast(forecast)
    show_urls(report.deployment)
    taken = ", ".join(f"{name} {value:.0f} s" for name, value in report.seconds.items())
    say(f"[dim]{taken}[/]")


def show_urls(deployment: Deployment) -> None:
    """Print where everything answers and how to stop it."""
    found = urls(deployment.outputs)
    show_lines(
        (
            ("dashboard", found["dashboard"]),
            ("API docs", found["docs"]),
            ("weather", deployment.state.plan.label),
            ("stop it", "make down"),
        )
    )
    outputs = deployment.outputs
    say("\n[dim]For the examples of README.md, to paste into a shell:[/]")
    for variable, value in (
        ("API", outputs.api_url),
        ("ENDPOINT", outputs.endpoint),
        ("ARN", outputs.state_machine_arn),
        ("BACKFILL_ARN", outputs.backfill_state_machine_arn),
    ):
        out.print(f"{variable}={shlex.quote(value)}", soft_wrap=True, markup=False)
