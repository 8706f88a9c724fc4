"""Pictures of a backtest: errors, reliability of the range, best and worst days."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.explore.data_pictures import SEASONS
from analysis.explore.scores import FORECASTS, Path, Scores
from analysis.explore.sources import Observed
from analysis.explore.style import (
    BLUE,
    GREY,
    INK,
    LINES,
    NAMES,
    SEASON_MARKS,
    UNITS,
    Picture,
    grid,
    hour_axis,
    lead_axis,
    legend_above,
    month_axis,
    picture,
)
from plantcast.common.clock import KST
from plantcast.forecasting import LEADS, Target
from plantcast.forecasting.evaluation.metrics import BLOCKS, DAYS

FORECAST_PICTURES: Final = (
    "error_by_lead",
    "error_by_month",
    "error_by_hour",
    "reliability",
    "examples_ta",
    "examples_hm",
)
_DAY_NAMES: Final = {"leads_1_24": "1–24 h ahead", "leads_25_48": "25–48 h ahead"}
_BEFORE: Final = 24  # hours of observations shown before the origin


def forecast_pictures(
    observed: Observed, scores: Mapping[Target, Scores], span: str
) -> list[Callable[[], Picture]]:
    """Return a function that draws each picture, in the order of the page; `span` names the days scored."""
    both = list(scores.values())
    shown: list[Callable[[], Picture]] = [
        partial(_by_lead, observed, both, span),
        partial(_by_group, observed, both, span, "month"),
        partial(_by_group, observed, both, span, "hour"),
        partial(_reliability, observed, both, span),
    ]
    for one in both:
        if paths := one.examples():
            shown.append(partial(_examples, observed, one, paths, span))
    return shown


def _by_lead(observed: Observed, both: Sequence[Scores], span: str) -> Picture:
    def draw(figure: Figure) -> None:
        row = grid(figure, 1)[0]
        for axes, one in zip(row, both, strict=True):
            for name, errors in one.by_lead().items():
                axes.plot(np.arange(1, LEADS + 1), errors, label=name.replace("_", " "), **LINES[name])
            lead_axis(axes)
            axes.set_ylim(bottom=0)
            axes.set_ylabel(f"RMSE, {UNITS[one.target]}")
            axes.set_title(NAMES[one.target])
        legend_above(figure, row[0])

    return picture(
        "error_by_lead",
        f"{observed.name}: error by lead, {span}",
        "Root mean square error of the model and of the baselines, on the same origins and hours. Lower is "
        "better; the damped anomaly is the bar to beat.",
        draw,
        credit=observed.credit,
        height=3.3,
        legend=True,
    )


def _by_group(observed: Observed, both: Sequence[Scores], span: str, by: str) -> Picture:
    """Draw errors by month or hour: a column for each target, a row for each day ahead."""
    axis, label = (month_axis, "month") if by == "month" else (hour_axis, "hour forecast, KST")
    positions = np.arange(1, 13) if by == "month" else np.arange(24)

    def draw(figure: Figure) -> None:
        rows = grid(figure, len(DAYS), sharey="col")
        for row, (day, leads) in zip(rows, DAYS.items(), strict=True):
            for axes, one in zip(row, both, strict=True):
                errors = one.by_month(*leads) if by == "month" else one.by_hour(*leads)
                for name in FORECASTS:
                    label_of = name.replace("_", " ")
                    axes.plot(
                        positions, errors[name], label=label_of, marker="o", markersize=2.5, **LINES[name]
                    )
                axis(axes)
                axes.set_ylabel(f"RMSE, {UNITS[one.target]}")
                axes.set_title(f"{NAMES[one.target]}, {_DAY_NAMES[day]}")
        for axes in rows[-1]:
            axes.set_xlabel(label)
            axes.set_ylim(bottom=0)  # once both rows are drawn: it ends the automatic scale that they share
        legend_above(figure, rows[0][0])

    return picture(
        f"error_by_{by}",
        f"{observed.name}: error by {'month' if by == 'month' else 'hour of the day'}, {span}",
        f"Root mean square error by the {by} that was forecast. A gap: no hours scored.",
        draw,
        credit=observed.credit,
        height=5.2,
        legend=True,
    )


def _reliability(observed: Observed, both: Sequence[Scores], span: str) -> Picture:
    blocks = [f"{first}–{last}" for first, last in BLOCKS]

    def draw(figure: Figure) -> None:
        quantiles, ranges = grid(figure, 2)
        for axes, one in zip(quantiles, both, strict=True):
            for name, nominal, marker in (("p10", 0.1, "v"), ("p90", 0.9, "^")):
                axes.axhline(nominal, color=INK, linewidth=1)
                axes.plot(blocks, one.at_most(name), marker, color=BLUE, markersize=5)
            _shares(axes, [0, 0.1, 0.5, 0.9, 1])
            axes.set_ylim(0, 1)
            axes.set_ylabel("at or below 10 %, 90 %")
            axes.set_title(NAMES[one.target])
        for axes, one in zip(ranges, both, strict=True):
            _coverage(axes, one, blocks)
        legend_above(figure, ranges[0])

    return picture(
        "reliability",
        f"{observed.name}: nominal and observed shares, {span}",
        "Above: share of observations at or below the 10 % and the 90 % quantile; the lines are nominal. "
        "Below: share within the 80 % range, by lead block and season.",
        draw,
        credit=observed.credit,
        height=5.6,
        legend=True,
    )


def _coverage(axes: Axes, one: Scores, blocks: Sequence[str]) -> None:
    shares, positions = one.coverage(), np.arange(len(blocks))
    axes.axhline(0.8, color=INK, linewidth=1)
    for number, name in enumerate(SEASONS):
        if not np.isnan(shares[name]).all():
            shifted = positions + (number - 1.5) * 0.12
            marks = {**SEASON_MARKS[name], "linestyle": "", "markersize": 4.5}
            axes.plot(shifted, shares[name], label=name, **marks)
    axes.plot(positions, shares["all"], color=INK, linewidth=1.2, linestyle=(0, (1.5, 1.2)), label="all")
    lowest = min(float(np.nanmin(share)) for share in shares.values() if not np.isnan(share).all())
    _shares(axes, [0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
    axes.set_ylim(min(0.5, lowest - 0.05), 1.0)
    axes.set_xticks(positions, blocks)
    axes.set_xlabel("hours ahead")
    axes.set_ylabel("within the 80 % range")


def _examples(observed: Observed, one: Scores, paths: Sequence[Path], span: str) -> Picture:
    rows = -(-len(paths) // 2)

    def draw(figure: Figure) -> None:
        panels = [axes for row in grid(figure, rows, sharey=False) for axes in row]
        for axes, path in zip(panels, paths, strict=False):
            _path(axes, path, observed.frame[one.target], UNITS[one.target])
        for axes in panels[len(paths) :]:
            axes.remove()
        legend_above(figure, panels[0])

    return picture(
        f"examples_{one.target}",
        f"{observed.name}: forecasts of {NAMES[one.target]} and observations, {span}",
        "48-hour paths with their 80 % range, one a day (its last origin): the smallest error of all, the "
        "median one, and the three largest. Dots: observations, hollow where known at the origin.",
        draw,
        credit=observed.credit,
        height=1.0 + 2.1 * rows,
        legend=True,
    )


def _path(axes: Axes, path: Path, truth: pd.Series[float], unit: str) -> None:
    low, high = path.forecasts["p10"], path.forecasts["p90"]
    axes.fill_between(path.leads, low, high, color=BLUE, alpha=0.18, linewidth=0, label="80 % range")
    for name in ("model", "damped_anomaly"):
        axes.plot(path.leads, path.forecasts[name], label=name.replace("_", " "), **LINES[name])
    axes.plot(path.leads, path.truth, ".", color=INK, markersize=3.5, label="observed")
    hours = np.arange(-_BEFORE, 1)
    known = truth.reindex(path.origin + pd.to_timedelta(hours, unit="h")).to_numpy()
    axes.plot(hours, known, ".", color=INK, markerfacecolor="white", markersize=3.5, markeredgewidth=0.5)
    axes.axvline(0, color=GREY, linewidth=0.8)
    times = [
        (hour, (path.origin + pd.Timedelta(hours=hour)).tz_convert(KST))
        for hour in range(-_BEFORE, LEADS + 1)
    ]
    midnights = [(hour, f"{time:%m-%d}") for hour, time in times if time.hour == 0]
    axes.set_xticks([hour for hour, _ in midnights], [label for _, label in midnights])
    axes.set_xlim(-_BEFORE, LEADS)
    axes.set_ylabel(unit)
    axes.set_title(f"{path.label}: {path.origin:%Y-%m-%d %H:00}, RMSE {path.rmse:.1f} {unit}", fontsize=8.5)


def _shares(axes: Axes, ticks: Sequence[float]) -> None:
    axes.set_yticks(list(ticks), [f"{100 * tick:.0f} %" for tick in ticks])
