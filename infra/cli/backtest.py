"""`plantcast backtest`: observation files in, scores out. Pandas and the model load only when called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from infra.terminal.progress import elapsed
from plantcast.common.errors import InvalidInputError

_SPANS = {"lead_24": "24 h ahead", "leads_1_24": "1–24 h", "leads_25_48": "25–48 h"}
_SOURCES = ("raw", "mos", "combined", "model", "persistence")
_UNITS = {"ta": "temperature °C", "hm": "humidity %"}


def sort_files(files: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return which files hold observations and which published forecasts, by what they hold.

    Raises:
        InvalidInputError: a file cannot be read.
    """
    from plantcast.guidance.files import is_guidance

    forecasts = [file for file in files if is_guidance(Path(file).expanduser())]
    return [file for file in files if file not in forecasts], forecasts


def backtest_report(
    files: Sequence[str],
    *,
    start: date,
    end: date,
    station: str,
    every: int,
    guidance: Sequence[str] = (),
    guidance_station: str | None = None,
) -> dict[str, Any]:
    """Train on what precedes `start`, score `start` to `end`; see `run_backtest` for the scores.

    Raises:
        InvalidInputError: a file cannot be read, does not hold the station, or the span does not fit it.
    """
    if end < start:
        raise InvalidInputError(f"--start={start} is after --end={end}.", remedy="Swap them.")
    from analysis.explore.sources import read_observations
    from plantcast.forecasting.evaluation.backtest import run_backtest
    from plantcast.forecasting.features.origin import build_features
    from plantcast.guidance.files import read_guidance

    with elapsed(f"reading {len(files)} file{'' if len(files) == 1 else 's'} and building features"):
        features = build_features(read_observations(files, station))
        paths = [Path(file).expanduser() for file in guidance]
        table = read_guidance(paths, station, archive_station=guidance_station) if paths else None
    with elapsed(f"training on what precedes {start} and scoring up to {end}; this takes minutes"):
        return run_backtest(features, start, end, station, every, guidance=table)


def render_backtest(report: Mapping[str, Any]) -> Group:
    """Return the scores as tables, RMSE with the best of each row in bold."""
    head = Text(
        f"station {report['station']}: trained on {report['train_hours']} hours, "
        f"{report['origins']} origins scored in {report['seconds']:.0f} s"
    )
    tables = []
    for name, scores in report["targets"].items():
        tables.append(_target_table(name, scores))
        if "guidance" in scores["lead_24"]:
            tables.append(_guidance_table(name, scores))
    return Group(head, *tables)


def _target_table(target: str, scores: Mapping[str, Any]) -> Table:
    names = [name for name in scores["lead_24"] if name != "guidance"]
    table = Table(title=f"RMSE, {_UNITS.get(target, target)}", box=None, title_justify="left")
    table.add_column("leads")
    for name in names:
        table.add_column(name.replace("_", " "), justify="right")
    for span, label in _SPANS.items():
        table.add_row(label, *_best_in_bold([scores[span][name] for name in names]))
    table.caption = f"bias {scores['bias']:+.2f}, 80 % range holds {100 * scores['coverage_80']:.0f} %"
    return table


def _guidance_table(target: str, scores: Mapping[str, Any]) -> Table:
    title = f"RMSE where a published forecast exists, {_UNITS.get(target, target)}"
    table = Table(title=title, box=None, title_justify="left")
    table.add_column("leads")
    for name in (
        "as published",
        "corrected",
        "combined",
        "model",
        "persistence",
        "pairs",
        "80 % range holds",
    ):
        table.add_column(name, justify="right")
    for span, label in _SPANS.items():
        found = scores[span]["guidance"]
        if found["pairs"]:
            cells = _best_in_bold([found[name] for name in _SOURCES])
            table.add_row(label, *cells, str(found["pairs"]), f"{100 * found['coverage_80']:.0f} %")
    return table


def _best_in_bold(values: Sequence[float]) -> list[str]:
    best = min(values)
    return [f"[bold]{value:.2f}[/]" if value == best else f"{value:.2f}" for value in values]
