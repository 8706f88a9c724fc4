"""The `plantcast` command line: results on stdout, progress on stderr, one message on a fault."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer

from infra.cli.backfill import backfill_command
from infra.cli.backtest import backtest_report, render_backtest, sort_files
from infra.cli.backup import backup_command, restore_command
from infra.cli.explore import explore_command
from infra.cli.flows import bring_up, run_demo, run_pipeline, show_demo, show_urls
from infra.cli.forecast_table import fetch_forecast, print_forecast
from infra.cli.guidance import backfill_guidance_command, import_guidance_command
from infra.cli.logs import logs_command
from infra.cli.models import models_command
from infra.cli.observations import forget_command, import_command, rebuild_command
from infra.cli.options import (
    AsJson,
    SomeStations,
    Stack,
    deployed_stations,
    one_station,
)
from infra.cli.rollback import rollback_command
from infra.cli.status import gather_status, status_lines, urls
from infra.cli.update import update_command
from infra.emulator.lifecycle import DEFAULT_HISTORY_DAYS, UpOptions, down
from infra.emulator.sources import plan_observations
from infra.emulator.state import StateFolder, exclusive
from infra.operations.cost import cost_command
from infra.operations.target import find_deployment
from infra.terminal.console import done, guarded, out, print_json, say, show_lines
from plantcast.common.clock import parse_day
from plantcast.pipeline.prepare import plan_run

app = typer.Typer(
    name="plantcast",
    help="Plantcast on this machine: start it, feed it, run it, read it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

Stations = Annotated[
    str | None,
    typer.Option(
        envvar="PLANTCAST_STATIONS",
        help="ASOS station numbers, joined by commas.",
        show_default="108",
    ),
]
ClockAt = Annotated[
    str | None,
    typer.Option(
        envvar="PLANTCAST_CLOCK",
        help="Date or time at which the deployment's clock starts.",
        show_default="the real time; with a replay, the day after its end",
    ),
]
Seed = Annotated[int, typer.Option(envvar="PLANTCAST_SEED", help="Seed of the synthetic weather.")]
HistoryDays = Annotated[
    int,
    typer.Option(
        envvar="PLANTCAST_HISTORY_DAYS",
        min=2,
        max=20_000,
        help="Days before the origin that training may use.",
    ),
]
Port = Annotated[
    int | None,
    typer.Option(
        envvar="PLANTCAST_PORT",
        min=1,
        max=65_535,
        help="The emulator's port.",
        show_default="a free one",
    ),
]


def _options(
    stations: str | None, clock: str | None, seed: int, history_days: int, port: int | None
) -> UpOptions:
    plan = plan_observations(os.environ, stations=stations, seed=seed, clock=clock)
    return UpOptions(plan, history_days=history_days, port=port)


@app.command("up")
@guarded
def up_command(
    stations: Stations = None,
    clock: ClockAt = None,
    seed: Seed = 108,
    history_days: HistoryDays = DEFAULT_HISTORY_DAYS,
    port: Port = None,
    as_json: AsJson = False,
) -> None:
    """Start the emulator and the simulated KMA, deploy the template; what runs already is used."""
    folder = StateFolder.locate(os.environ)
    options = _options(stations, clock, seed, history_days, port)
    with exclusive(folder):
        deployment = bring_up(folder, options)
    if as_json:
        print_json({"source": deployment.state.plan.source, "urls": urls(deployment.outputs)})
    else:
        show_urls(deployment)


@app.command("down")
@guarded
def down_command() -> None:
    """Stop everything started here and remove the state folder, data included."""
    folder = StateFolder.locate(os.environ)
    existed = folder.root.exists()
    with exclusive(folder):
        stopped = down(folder)
    if stopped or existed:
        done(f"stopped {stopped} processes and removed {folder.root}")
    else:
        say("Nothing runs here.")


@app.command()
@guarded
def demo(
    days: Annotated[
        int,
        typer.Option(envvar="PLANTCAST_DEMO_DAYS", min=2, max=20_000, help="Days of observations to fetch."),
    ] = 365,
    stations: Stations = None,
    clock: ClockAt = None,
    seed: Seed = 108,
    history_days: HistoryDays = DEFAULT_HISTORY_DAYS,
    port: Port = None,
    as_json: AsJson = False,
) -> None:
    """From nothing to a forecast: up, backfill, the nightly run, an hourly update; it is left running."""
    folder = StateFolder.locate(os.environ)
    options = _options(stations, clock, seed, history_days, port)
    with exclusive(folder):
        report = run_demo(folder, options, days)
    if as_json:
        print_json(report.details())
    else:
        show_demo(report)


@app.command()
@guarded
def status(as_json: AsJson = False) -> None:
    """Show what runs, where, on which data, and how old the forecast is."""
    details = gather_status(StateFolder.locate(os.environ))
    if as_json:
        print_json(details)
    elif details["processes"]:
        show_lines(status_lines(details))
    else:
        say("Nothing runs here. Start it with `make demo`.")


@app.command()
@guarded
def run(
    as_of: Annotated[
        str | None, typer.Option(help="Day to run for, YYYY-MM-DD.", show_default="today")
    ] = None,
    station: SomeStations = None,
    retrain: Annotated[bool, typer.Option(help="Train new models before forecasting.")] = True,
    stack: Stack = None,
    as_json: AsJson = False,
) -> None:
    """Run the state machine once and follow its steps."""
    if as_of is not None:
        parse_day(as_of, name="--as-of")
    deployment = find_deployment(os.environ, stack)
    chosen = None if station is None else deployed_stations(station, deployment.stations)
    # As the state machine would check it, before anything is started.
    plan_run(
        {"as_of": as_of} if as_of is not None else None,
        configured=deployment.stations,
        today=deployment.now().date(),
    )
    report = run_pipeline(deployment, stations=chosen, retrain=retrain, as_of=as_of)
    if as_json:
        print_json(report.details())
    report.raise_if_failed()


app.command("update")(guarded(update_command))
app.command("backfill")(guarded(backfill_command))
app.command("import")(guarded(import_command))
app.command("backfill-guidance")(guarded(backfill_guidance_command))
app.command("import-guidance")(guarded(import_guidance_command))
app.command("rebuild")(guarded(rebuild_command))
app.command("forget")(guarded(forget_command))
app.command("explore")(guarded(explore_command))
app.command("models")(guarded(models_command))
app.command("rollback")(guarded(rollback_command))
app.command("backup")(guarded(backup_command))
app.command("restore")(guarded(restore_command))
app.command("logs")(guarded(logs_command))
app.command("cost")(guarded(cost_command))


@app.command()
@guarded
def forecast(station: SomeStations = None, as_json: AsJson = False) -> None:
    """Show the newest forecast: 48 hours with their ranges, and advice for plants."""
    deployment = find_deployment(os.environ)
    chosen = deployed_stations(station, deployment.stations)
    forecasts = [fetch_forecast(deployment.outputs, number) for number in chosen]
    if as_json:
        print_json(forecasts[0] if len(forecasts) == 1 else forecasts)
        return
    for found in forecasts:
        print_forecast(found)


@app.command()
@guarded
def backtest(
    observations: Annotated[
        list[str], typer.Option(help="Parquet file of observations; more may follow it.")
    ],
    start: Annotated[str, typer.Option(help="First day scored; training uses only what precedes it.")],
    end: Annotated[str, typer.Option(help="Last day scored.")],
    more: Annotated[
        list[str] | None, typer.Argument(help="More files of either kind.", show_default=False)
    ] = None,
    guidance: Annotated[
        list[str] | None,
        typer.Option(
            help="Table of published forecasts or archive file of data.kma.go.kr; more may follow it.",
            show_default=False,
        ),
    ] = None,
    guidance_station: Annotated[
        str | None, typer.Option(help="Station of the archive files' grid cell.", show_default=False)
    ] = None,
    station: Annotated[str, typer.Option(help="ASOS station number.")] = "108",
    every: Annotated[int, typer.Option(min=1, help="Score every n-th hour as origin.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Train on the past, score a span of days beside persistence, climatology and the damped anomaly."""
    number = one_station(station)
    more_observations, more_guidance = sort_files(more or [])
    report: dict[str, Any] = backtest_report(
        [*observations, *more_observations],
        start=parse_day(start, name="--start"),
        end=parse_day(end, name="--end"),
        station=number,
        every=every,
        guidance=[*(guidance or []), *more_guidance],
        guidance_station=None if guidance_station is None else one_station(guidance_station),
    )
    if as_json:
        print_json(report)
    else:
        out.print(render_backtest(report))


def main() -> None:
    """Run the command line."""
    app(prog_name=os.environ.get("PLANTCAST_PROGRAM", "plantcast"))
