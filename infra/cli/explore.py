"""The command `explore`: observations and past forecasts as pictures."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from infra.cli.options import AsJson, one_station
from infra.operations.target import find_deployment
from infra.terminal.console import done, print_json, show_lines
from infra.terminal.progress import elapsed
from plantcast.common.clock import parse_day
from plantcast.common.errors import InvalidInputError


def explore_command(
    more: Annotated[list[str] | None, typer.Argument(help="More parquet files.", show_default=False)] = None,
    observations: Annotated[
        list[str] | None,
        typer.Option(
            help="Parquet file of observations; more may follow it (default: the lake of what runs here).",
            show_default=False,
        ),
    ] = None,
    station: Annotated[str, typer.Option(help="ASOS station number.")] = "108",
    start: Annotated[
        str | None,
        typer.Option(help="First day scored (default: 90 days, or the last quarter).", show_default=False),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option(help="Last day scored (default: the last observed).", show_default=False),
    ] = None,
    every: Annotated[int, typer.Option(min=1, help="Score every n-th hour as origin.")] = 1,
    backtest: Annotated[bool, typer.Option(help="Train and score; takes minutes.")] = True,
    synthetic: Annotated[
        bool,
        typer.Option("--synthetic", help="The files hold synthetic weather: label every picture."),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for pictures and index.html (default: explore/<station>).", show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Draw a station's observations, and how well its past days would have been forecast, as SVG pictures."""
    # Here, so that other commands need not wait for pandas and matplotlib.
    from analysis.explore.report import explore
    from analysis.explore.scores import Span
    from analysis.explore.sources import Observed

    number = one_station(station)
    if not backtest and (start or end):
        raise InvalidInputError(
            "--start and --end choose the days to score, which --no-backtest leaves out.",
            remedy="Leave out either --no-backtest or --start and --end.",
        )
    first, last = (
        None if text is None else parse_day(text, name=name)
        for text, name in ((start, "--start"), (end, "--end"))
    )
    files = [*(observations or []), *(more or [])]
    if synthetic and not files:
        raise InvalidInputError(
            "--synthetic is for files; a deployment knows what its lake holds.",
            remedy="Leave it out, or name files with --observations.",
        )
    deployment = None if files else find_deployment(os.environ)
    with elapsed("reading observations"):
        observed = (
            Observed.from_files(files, number, synthetic=synthetic)
            if deployment is None
            else Observed.from_lake(deployment.store, deployment.source, number)
        )
    span = Span.chosen(observed.frame, first, last) if backtest else None
    exploration = explore(observed, span, every=every)
    paths = exploration.write(out or Path("explore") / number)
    done(f"{len(exploration.pictures)} pictures of {observed.name}, {observed.span}")
    if as_json:
        print_json(exploration.details(paths))
    else:
        show_lines([("page", str(paths[0])), *((path.stem, str(path)) for path in paths[1:])])
