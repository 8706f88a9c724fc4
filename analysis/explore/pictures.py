"""Pictures as SVG: the observations, and the scores of a backtest.

Colours are those of Okabe and Ito (2008), distinct for colour-blind readers too; lines differ in their
dashes as well.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import matplotlib.style
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.explore.scores import Scores, path_rmse
from analysis.explore.sources import Observed
from plantcast.common.clock import KST
from plantcast.forecasting import LEADS, TARGETS, Target
from plantcast.forecasting.evaluation.metrics import BLOCKS, DAYS
from plantcast.forecasting.features.windows import Floats
from plantcast.forecasting.models.baselines import DampedAnomaly, HourlySeries
from plantcast.observations import VARIABLES

BLUE: Final = "#0072B2"
VERMILLION: Final = "#D55E00"
GREEN: Final = "#009E73"
ORANGE: Final = "#E69F00"
GREY: Final = "#767676"
INK: Final = "#222222"

# The model is what the eye should find first; the damped anomaly is the baseline to beat.
LINES: Final[dict[str, dict[str, Any]]] = {
    "model": {"color": BLUE, "linewidth": 2.0},
    "damped_anomaly": {"color": VERMILLION, "linewidth": 1.3, "linestyle": "--"},
    "persistence": {"color": GREEN, "linewidth": 1.2, "linestyle": ":"},
    "climatology": {"color": GREY, "linewidth": 1.2, "linestyle": "-."},
}
SEASONS: Final[dict[str, dict[str, Any]]] = {
    "winter": {"color": BLUE, "linestyle": "-"},
    "spring": {"color": GREEN, "linestyle": "--"},
    "summer": {"color": VERMILLION, "linestyle": "-."},
    "autumn": {"color": ORANGE, "linestyle": ":"},
}
NAMES: Final[dict[Target, str]] = {"ta": "temperature", "hm": "humidity"}
UNITS: Final[dict[Target, str]] = {"ta": "°C", "hm": "%"}
_DAY_NAMES: Final = {"leads_1_24": "1–24 h ahead", "leads_25_48": "25–48 h ahead"}
_WIDTH: Final = 8.4  # inches of 72 points: the width of a README's column
_TITLE_INCHES: Final = 0.28
_ANY_YEAR: Final = 2023  # of 365 days: the climatology is the same every year
_HOURS_BEFORE: Final = 24  # observations shown before an origin
_STYLE: Final[dict[str, Any]] = {
    "svg.fonttype": "none",  # text stays text: searchable, and small
    "svg.hashsalt": "plantcast",  # element ids are hashes salted with this instead of with a random number
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E4E4E4",
    "legend.frameon": False,
}


@dataclass(frozen=True)
class Picture:
    """A picture: the name of its file without `.svg`, what it shows and how to read it, the file's bytes."""

    name: str
    title: str
    caption: str
    svg: bytes


def data_pictures(observed: Observed) -> list[Callable[[], Picture]]:
    """Return a function that draws each picture of the observations, in the order of the page."""
    return [
        lambda: _picture(
            observed,
            "completeness",
            "share of hours observed",
            "Share of a month's hours with a value, by variable. The KMA leaves rain empty on dry hours, "
            "sunshine and radiation at night, snow depth without snow.",
            3.6,
            lambda figure: _completeness(figure, observed.frame),
        ),
        lambda: _picture(
            observed,
            "climatology",
            "climatology by day of the year and hour",
            "The harmonic climatology that anomalies are counted from (3 waves a year × 4 waves a day, "
            "fitted to the whole record). Days of the year that were never observed are left white.",
            2.9,
            lambda figure: _climatology(figure, observed.frame),
        ),
        lambda: _picture(
            observed,
            "diurnal_cycle",
            "mean day by season",
            "Means of the observations at each hour; winter is December to February, and so on.",
            3.2,
            lambda figure: _diurnal(figure, observed.frame),
        ),
    ]


def forecast_pictures(
    observed: Observed, scores: Mapping[Target, Scores], span: str
) -> list[Callable[[], Picture]]:
    """Return a function that draws each picture of a backtest; `span` names the days scored."""
    return [
        lambda: _picture(
            observed,
            "error_by_lead",
            f"error by lead, {span}",
            "Root mean square error of the model and of the baselines, on the same origins and hours. Lower "
            "is better; the damped anomaly is the baseline to beat.",
            3.3,
            lambda figure: _by_lead(figure, scores),
        ),
        lambda: _picture(
            observed,
            "error_by_month",
            f"error by month, {span}",
            "Root mean square error by the month that was forecast. A gap: no hours scored.",
            5.2,
            lambda figure: _by_group(figure, scores, Scores.by_month, "month"),
        ),
        lambda: _picture(
            observed,
            "error_by_hour",
            f"error by hour of the day, {span}",
            "Root mean square error by the hour that was forecast. A gap: no hours scored.",
            5.2,
            lambda figure: _by_group(figure, scores, Scores.by_hour, "hour forecast, KST"),
        ),
        lambda: _picture(
            observed,
            "reliability",
            f"nominal and observed shares, {span}",
            "Share of observations at or below the 10 % and the 90 % quantile, and within the 80 % range, by "
            "lead block; the lines are nominal.",
            3.3,
            lambda figure: _reliability(figure, scores),
        ),
        lambda: _picture(
            observed,
            "examples",
            f"forecasts and observations, {span}",
            "48-hour paths with their 80 % range, one a day (its last origin): the smallest error, the "
            "median, the largest. Dots: observations, hollow where known at the origin.",
            6.6,
            lambda figure: _examples(figure, observed.frame, scores),
        ),
    ]


def completeness(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the share of hours with a value: a row for each month, a column for each variable."""
    months = pd.DatetimeIndex(frame.index).tz_localize(None).to_period("M")
    shares: pd.DataFrame = frame.notna().groupby(months).mean()
    return shares


def climatology(frame: pd.DataFrame, target: Target) -> Floats:
    """Return the harmonic climatology, [24 hours, 365 days], NaN on days of the year never observed."""
    damped = DampedAnomaly.fit(HourlySeries.of(frame, target))
    year = pd.date_range(f"{_ANY_YEAR}-01-01", f"{_ANY_YEAR}-12-31 23:00", freq="h", tz=KST)
    expected = damped.climatology.at(year).reshape(-1, 24).T
    # By month and day: the number of a day differs in leap years.
    seen = pd.DatetimeIndex(frame[target].dropna().index).strftime("%m%d").unique()
    known = np.isin(year[::24].strftime("%m%d"), seen)
    return np.where(known[None, :], expected, np.nan)


def diurnal_cycle(frame: pd.DataFrame, target: Target) -> pd.DataFrame:
    """Return means: a row for each hour 0…23 KST, a column for each of `SEASONS`."""
    hours = pd.DatetimeIndex(frame.index)
    means = frame[target].groupby([hours.hour, hours.month % 12 // 3]).mean().unstack()
    return means.rename(columns=dict(enumerate(SEASONS))).reindex(index=range(24), columns=list(SEASONS))


def _picture(
    observed: Observed,
    name: str,
    title: str,
    caption: str,
    height: float,
    draw: Callable[[Figure], None],
) -> Picture:
    """Let `draw` fill a figure of `height` inches and return it as SVG, no date in it."""
    title = f"{observed.name}: {title}"
    # "default" first: a matplotlibrc of the user's must not change what is drawn.
    with matplotlib.style.context(["default", _STYLE]):
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        draw(figure)
        figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
        figure.supxlabel(observed.credit, x=0.99, ha="right", fontsize=7, color=GREY)
        written = io.BytesIO()
        figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    return Picture(name, title, caption, written.getvalue())


def _completeness(figure: Figure, frame: pd.DataFrame) -> None:
    axes = figure.subplots()
    shares = completeness(frame)
    image = _heat_map(axes, shares.to_numpy().T, vmin=0, vmax=1)
    axes.set_yticks(range(len(VARIABLES)), [f"{name}, {VARIABLES[name]}" for name in shares.columns])
    months = shares.index
    every = max(1, len(months) // 8)
    axes.set_xticks(range(0, len(months), every), [str(month) for month in months[::every]], fontsize=8)
    axes.set_xlabel("month")
    figure.colorbar(image, ax=axes, format=lambda share, _: f"{100 * share:.0f} %")


def _climatology(figure: Figure, frame: pd.DataFrame) -> None:
    starts = pd.date_range(f"{_ANY_YEAR}-01-01", periods=12, freq="MS").day_of_year.to_numpy() - 1
    for axes, target in zip(figure.subplots(1, 2), TARGETS, strict=True):
        image = _heat_map(axes, climatology(frame, target), origin="lower")
        axes.set_xticks(starts + 15, "JFMAMJJASOND", fontsize=8)
        axes.set_yticks([0, 6, 12, 18, 23])
        axes.set_xlabel("day of the year")
        axes.set_ylabel("hour, KST")
        axes.set_title(f"{NAMES[target]}, {UNITS[target]}")
        figure.colorbar(image, ax=axes)


def _diurnal(figure: Figure, frame: pd.DataFrame) -> None:
    for axes, target in zip(figure.subplots(1, 2), TARGETS, strict=True):
        means = diurnal_cycle(frame, target)
        for name, line in SEASONS.items():
            axes.plot(means.index, means[name], label=name, **line)
        axes.set_xticks(range(0, 25, 6))
        axes.set_xlabel("hour, KST")
        axes.set_ylabel(UNITS[target])
        axes.set_title(NAMES[target])
    _legend(figure, axes)


def _by_lead(figure: Figure, scores: Mapping[Target, Scores]) -> None:
    for axes, one in zip(figure.subplots(1, 2), scores.values(), strict=True):
        _lines(axes, one.by_lead())
        axes.set_xticks([1, *range(6, LEADS + 1, 6)])
        axes.set_ylim(bottom=0)
        axes.set_xlabel("hours ahead (lead)")
        axes.set_ylabel(f"RMSE, {UNITS[one.target]}")
        axes.set_title(NAMES[one.target])
    _legend(figure, axes)


def _by_group(
    figure: Figure,
    scores: Mapping[Target, Scores],
    group: Callable[[Scores, int, int], pd.DataFrame],
    label: str,
) -> None:
    """Draw errors: a column for each target, a row for each day ahead."""
    rows = figure.subplots(len(DAYS), 2, sharex=True, sharey="col")
    for row, (day, leads) in zip(rows, DAYS.items(), strict=True):
        for axes, one in zip(row, scores.values(), strict=True):
            errors = group(one, *leads)
            _lines(axes, errors, marker="o", markersize=2.5)
            axes.set_xticks(errors.index[:: len(errors) // 12])
            axes.set_ylabel(f"RMSE, {UNITS[one.target]}")
            axes.set_title(f"{NAMES[one.target]}, {_DAY_NAMES[day]}")
    for axes in rows[-1]:
        axes.set_xlabel(label)
        axes.set_ylim(bottom=0)  # once both rows are drawn: it ends the automatic scale that they share
    _legend(figure, axes)


def _reliability(figure: Figure, scores: Mapping[Target, Scores]) -> None:
    blocks = [f"{first}–{last}" for first, last in BLOCKS]
    marks = {
        "p10": (0.1, "v", "at most the 10 % quantile"),
        "p90": (0.9, "^", "at most the 90 % quantile"),
        "range": (0.8, "o", "within the 80 % range"),
    }
    for axes, one in zip(figure.subplots(1, 2), scores.values(), strict=True):
        shares = one.reliability().reindex(range(len(BLOCKS)))
        for name, (nominal, marker, label) in marks.items():
            axes.axhline(nominal, color=INK, linewidth=0.8)
            color = VERMILLION if name == "range" else BLUE
            axes.plot(blocks, shares[name], marker, color=color, markersize=5, label=label)
        axes.set_yticks([0, 0.1, 0.5, 0.8, 0.9, 1], ["0 %", "10 %", "50 %", "80 %", "90 %", "100 %"])
        axes.set_xlabel("hours ahead")
        axes.set_title(NAMES[one.target])
    _legend(figure, axes)


def _examples(figure: Figure, frame: pd.DataFrame, scores: Mapping[Target, Scores]) -> None:
    """Draw paths: a column for each target, a row for each example."""
    grid = figure.subplots(3, 2)
    for column, one in enumerate(scores.values()):
        for axes, (label, path) in zip(grid[:, column], one.examples().items(), strict=False):
            _path(axes, path, frame[one.target], label, UNITS[one.target])
    _legend(figure, grid[0][0])


def _path(axes: Axes, path: pd.DataFrame, truth: pd.Series[float], label: str, unit: str) -> None:
    origin, leads = path["origin"].iloc[0], path["lead"]
    axes.fill_between(
        leads, path["p10"], path["p90"], color=BLUE, alpha=0.18, linewidth=0, label="80 % range"
    )
    for name in ("model", "damped_anomaly"):
        axes.plot(leads, path[name], label=name.replace("_", " "), **LINES[name])
    axes.plot(leads, path["truth"], ".", color=INK, markersize=3.5, label="observed")
    hours = np.arange(-_HOURS_BEFORE, 1)
    known = truth.reindex(origin + pd.to_timedelta(hours, unit="h"))
    axes.plot(hours, known, ".", color=INK, markerfacecolor="white", markersize=3.5, markeredgewidth=0.5)
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set_xticks(range(-_HOURS_BEFORE, LEADS + 1, 12))
    axes.set_ylabel(unit)
    axes.set_title(f"{label}: {origin:%Y-%m-%d %H:00}, RMSE {path_rmse(path):.1f} {unit}", fontsize=8.5)


def _lines(axes: Axes, errors: pd.DataFrame, **marks: Any) -> None:
    for name, line in LINES.items():
        axes.plot(errors.index, errors[name], label=name.replace("_", " "), **line, **marks)


def _legend(figure: Figure, axes: Axes) -> None:
    """Name the lines of one of the axes, for all of them, between the title and the axes."""
    top = 1 - _TITLE_INCHES / figure.get_figheight()
    figure.set_layout_engine("constrained", rect=(0, 0, 1, top))
    handles, labels = axes.get_legend_handles_labels()
    legend = figure.legend(
        handles, labels, loc="upper left", bbox_to_anchor=(0, top), borderpad=0, ncols=5, fontsize=8.5
    )
    legend.set_in_layout(False)


def _heat_map(axes: Axes, values: Floats, **options: Any) -> Any:
    """Draw one pixel a value: as shapes, a year of hours would be a megabyte."""
    axes.grid(visible=False)
    return axes.imshow(values, aspect="auto", cmap="cividis", interpolation="none", **options)
