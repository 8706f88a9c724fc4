"""`plantcast backtest`: observation files in, scores out. Pandas and the model load only when called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from infra.terminal.progress import elapsed
from plantcast.common.clock import SystemClock
from plantcast.common.errors import InvalidInputError
from plantcast.forecasting import TARGETS

if TYPE_CHECKING:
    import pandas as pd

_SPANS = {"lead_24": "24 h ahead", "leads_1_24": "1–24 h", "leads_25_48": "25–48 h"}
_UNITS = {"ta": "temperature °C", "hm": "humidity %"}


def backtest_report(
    files: Sequence[str], *, start: date, end: date, station: str, every: int
) -> dict[str, Any]:
    """Train on what precedes `start`, score `start` to `end`; return the scores as DESIGN.md shapes them.

    Raises:
        InvalidInputError: a file cannot be read, does not hold the station, or the span does not fit it.
    """
    if end < start:
        raise InvalidInputError(f"--start={start} lies after --end={end}.", remedy="Swap them.")
    from plantcast.forecasting.evaluation.backtest import run_backtest
    from plantcast.forecasting.features.origin import build_features

    with elapsed(f"reading {len(files)} file{'' if len(files) == 1 else 's'} and building features"):
        features = build_features(read_observations(files, station))
    with elapsed(f"training on what precedes {start} and scoring up to {end}; this takes minutes"):
        return run_backtest(features, start, end, station, every)


def read_observations(files: Sequence[str], station: str) -> pd.DataFrame:
    """Return one station's hours in files as a lake frame, quality-controlled as the lake's are.

    Files are read as `plantcast import` reads them (`plantcast.observations.files`). Where several hold an
    hour, the last file that has a variable counts.

    Raises:
        InvalidInputError: a file cannot be read, none holds the station, or one of the targets has no value.
    """
    from plantcast.observations.files import read_station

    paths = [Path(file).expanduser() for file in files]
    frame = read_station(paths, station, until=SystemClock().now())
    if missing := [name for name in TARGETS if frame[name].isna().all()]:
        raise InvalidInputError(
            f"The files hold no valid {' and no '.join(missing)} of station {station}.",
            remedy="Give files with hourly temperature (ta, 기온) and humidity (hm, 습도).",
        )
    return frame


def render_backtest(report: Mapping[str, Any]) -> Group:
    """Return the scores as tables, RMSE with the best of each row in bold."""
    head = Text(
        f"station {report['station']}: trained on {report['train_hours']} hours, "
        f"{report['origins']} origins scored in {report['seconds']:.0f} s"
    )
    return Group(head, *(_target_table(name, scores) for name, scores in report["targets"].items()))


def _target_table(target: str, scores: Mapping[str, Any]) -> Table:
    names = list(scores["lead_24"])
    table = Table(title=f"RMSE, {_UNITS.get(target, target)}", box=None, title_justify="left")
    table.add_column("leads")
    for name in names:
        table.add_column(name.replace("_", " "), justify="right")
    for span, label in _SPANS.items():
        best = min(scores[span].values())
        cells = (
            f"[bold]{value:.2f}[/]" if value == best else f"{value:.2f}" for value in scores[span].values()
        )
        table.add_row(label, *cells)
    table.caption = f"bias {scores['bias']:+.2f}, 80 % range holds {100 * scores['coverage_80']:.0f} %"
    return table
