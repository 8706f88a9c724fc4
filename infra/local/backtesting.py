"""`plantcast backtest`: observation files in, scores out. Pandas and the model load only when called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from infra.local.display import elapsed
from plantcast.errors import InvalidInputError
from plantcast.observations import VARIABLES

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
    from plantcast.forecasting.backtest import run_backtest
    from plantcast.forecasting.features import build_features

    with elapsed(f"reading {len(files)} file{'' if len(files) == 1 else 's'} and building features"):
        features = build_features(read_observations(files, station))
    with elapsed(f"training on what precedes {start} and scoring up to {end}; this takes minutes"):
        return run_backtest(features, start, end, station, every)


def read_observations(files: Sequence[str], station: str) -> pd.DataFrame:
    """Read one station's hours from parquet files (tm naive KST, stnId, ta, hm, … as the KMA names them).

    Returns the columns of `plantcast.observations.VARIABLES` that are there, as floats, indexed by `time`
    (Asia/Seoul, ascending). Of an hour that several files hold, the last file's row is taken.

    Raises:
        InvalidInputError: a file cannot be read, or none holds the station.
    """
    import pandas as pd

    from plantcast.observations.frame import KMA_TIME, hour_index

    frames = [_read(Path(file).expanduser()) for file in files]
    rows = pd.concat(frames, ignore_index=True)
    numbers = rows["stnId"].astype("string").str.strip()
    own = rows[numbers == station]
    if own.empty:
        held = ", ".join(sorted(numbers.dropna().unique())[:20])
        raise InvalidInputError(
            f"The files hold no station {station}; they hold {held}.",
            remedy="Choose one of these with --station.",
        )
    columns = [name for name in VARIABLES if name in own.columns]
    values = own[columns].apply(pd.to_numeric, errors="coerce").astype("float64")
    values.index = hour_index(pd.DatetimeIndex(pd.to_datetime(own["tm"])).tz_localize(KMA_TIME))
    kept: pd.DataFrame = values[~values.index.duplicated(keep="last")].sort_index()
    return kept


def _read(path: Path) -> pd.DataFrame:
    import pandas as pd
    from pyarrow import ArrowException

    try:
        frame = pd.read_parquet(path)
    except (OSError, ArrowException) as error:
        raise InvalidInputError(
            f"{path} cannot be read as parquet ({type(error).__name__}).",
            remedy="Give parquet files with the columns tm, stnId, ta, hm, …",
        ) from error
    if missing := [name for name in ("tm", "stnId", "ta", "hm") if name not in frame.columns]:
        raise InvalidInputError(
            f"{path} has no column {', '.join(missing)}.",
            remedy="Give parquet files with the columns tm (naive KST), stnId, ta, hm, …",
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
