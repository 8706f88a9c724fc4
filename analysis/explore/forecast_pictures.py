"""Pictures of a backtest: where the model errs, and its best and worst days."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.explore.range_pictures import reliability, tails
from analysis.explore.scores import FORECASTS, Path, Scores
from analysis.explore.sources import Observed
from analysis.explore.style import (
    BLUE,
    GREY,
    INK,
    LINES,
    NAMES,
    UNITS,
    VERMILLION,
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
from plantcast.forecasting.evaluation.metrics import DAYS
from plantcast.forecasting.models.baselines import Ints

_DAY_NAMES: Final = {"leads_1_24": "1–24 h ahead", "leads_25_48": "25–48 h ahead"}
_BEFORE: Final = 24  # hours of the observations before the origin that a path is shown with


def forecast_pictures(
    observed: Observed, scores: Mapping[Target, Scores], span: str
) -> list[Callable[[], Picture]]:
    """Return what draws each picture, in the order they are read; `span` says which days were scored."""
    both = list(scores.values())
    kinds = (_by_lead, _by_month, _by_hour, _bias, reliability, tails)
    shown: list[Callable[[], Picture]] = [partial(kind, observed, both, span) for kind in kinds]
    for one in both:
        if paths := one.examples():
            shown.append(partial(_examples, observed, one, paths, span))
    return shown


def _by_lead(observed: Observed, both: Sequence[Scores], span: str) -> Picture:
    def draw(figure: Figure) -> None:
        row = grid(figure, 1)[0]
        for axes, one in zip(row, both, strict=True):
            for name, errors in one.by_lead().items():
                axes.plot(np.arange(1, LEADS + 1), errors, label=_label(name), **LINES[name])
            lead_axis(axes)
            axes.set_ylim(bottom=0)
            _error_axis(axes, one)
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


def _by_month(observed: Observed, both: Sequence[Scores], span: str) -> Picture:
    return _by_group(
        observed,
        both,
        name="error_by_month",
        title=f"{observed.name}: error by month, {span}",
        caption="Root mean square error by the month of the hour forecast. A gap: no hours scored.",
        groups=lambda one: one.months - 1,
        positions=np.arange(1, 13),
        axis=(month_axis, "month"),
    )


def _by_hour(observed: Observed, both: Sequence[Scores], span: str) -> Picture:
    return _by_group(
        observed,
        both,
        name="error_by_hour",
        title=f"{observed.name}: error by hour of the day, {span}",
        caption="Root mean square error by the hour that was forecast (not by the origin's).",
        groups=lambda one: one.hours,
        positions=np.arange(24),
        axis=(hour_axis, "hour forecast, KST"),
    )


def _by_group(
    observed: Observed,
    both: Sequence[Scores],
    *,
    name: str,
    title: str,
    caption: str,
    groups: Callable[[Scores], Ints],
    positions: Ints,
    axis: tuple[Callable[[Axes], None], str],
) -> Picture:
    """Draw the errors of all forecasts in groups: a column for each target, a row for each day ahead."""

    def draw(figure: Figure) -> None:
        rows = grid(figure, len(DAYS), sharey="col")
        for row, (day, leads) in zip(rows, DAYS.items(), strict=True):
            for axes, one in zip(row, both, strict=True):
                errors = one.rmse(groups(one), len(positions), one.in_leads(*leads))
                for forecast in FORECASTS:
                    axes.plot(
                        positions,
                        errors[forecast],
                        label=_label(forecast),
                        marker="o",
                        markersize=2.5,
                        **LINES[forecast],
                    )
                axis[0](axes)
                _error_axis(axes, one, _DAY_NAMES[day])
        for axes in rows[-1]:
            axes.set_xlabel(axis[1])
            axes.set_ylim(bottom=0)  # once both rows are drawn: it ends the automatic scale that they share
        legend_above(figure, rows[0][0])

    return picture(name, title, caption, draw, credit=observed.credit, height=5.2, legend=True)


def _bias(observed: Observed, both: Sequence[Scores], span: str) -> Picture:
    kinds: tuple[tuple[Callable[[Axes], None], str, Ints, Callable[[Scores], Ints]], ...] = (
        (month_axis, "month", np.arange(1, 13), lambda one: one.months - 1),
        (hour_axis, "hour forecast, KST", np.arange(24), lambda one: one.hours),
    )
    lines: dict[str, dict[str, Any]] = {
        "leads_1_24": {"color": BLUE},
        "leads_25_48": {"color": VERMILLION, "linestyle": (0, (5, 1.5))},
    }

    def draw(figure: Figure) -> None:
        rows = grid(figure, len(kinds))
        for row, (axis, label, positions, groups) in zip(rows, kinds, strict=True):
            for axes, one in zip(row, both, strict=True):
                axes.axhline(0, color=GREY, linewidth=0.8)
                for day, leads in DAYS.items():
                    bias = one.bias("model", groups(one), len(positions), one.in_leads(*leads))
                    axes.plot(
                        positions, bias, label=_DAY_NAMES[day], marker="o", markersize=2.5, **lines[day]
                    )
                axis(axes)
                axes.set_xlabel(label)
                axes.set_ylabel(f"bias, {UNITS[one.target]}")
                axes.set_title(NAMES[one.target])
        legend_above(figure, rows[0][0])

    return picture(
        "bias",
        f"{observed.name}: bias of the model by month and hour, {span}",
        "Mean of forecast minus observation: above 0 the forecast was too warm, or too humid.",
        draw,
        credit=observed.credit,
        height=5.2,
        legend=True,
    )


def _examples(observed: Observed, one: Scores, paths: Sequence[Path], span: str) -> Picture:
    truth = observed.frame[one.target]

    def draw(figure: Figure) -> None:
        rows = -(-len(paths) // 2)
        panels = [axes for row in grid(figure, rows, sharey=False) for axes in row]
        for axes, path in zip(panels, paths, strict=False):
            _path(axes, path, truth, UNITS[one.target])
        for axes in panels[len(paths) :]:
            axes.remove()
        legend_above(figure, panels[0])

    return picture(
        f"examples_{one.target}",
        f"{observed.name}: forecasts of {NAMES[one.target]} beside what came, {span}",
        "48-hour paths with their 80 % range, one chosen a day (its last origin): the smallest error of "
        "all, the median one, and the three largest. Dots: observations, hollow where known at the origin.",
        draw,
        credit=observed.credit,
        height=1.0 + 2.1 * -(-len(paths) // 2),
        legend=True,
    )


def _path(axes: Axes, path: Path, truth: pd.Series[float], unit: str) -> None:
    low, high = path.forecasts["p10"], path.forecasts["p90"]
    axes.fill_between(path.leads, low, high, color=BLUE, alpha=0.18, linewidth=0, label="80 % range")
    axes.plot(path.leads, path.forecasts["model"], label="model", **LINES["model"])
    axes.plot(path.leads, path.forecasts["damped_anomaly"], label="damped anomaly", **LINES["damped_anomaly"])
    axes.plot(path.leads, path.truth, ".", color=INK, markersize=3.5, label="observed")
    hours = np.arange(-_BEFORE, 1)
    known = truth.reindex(path.origin + pd.to_timedelta(hours, unit="h")).to_numpy()
    axes.plot(hours, known, ".", color=INK, markerfacecolor="white", markersize=3.5, markeredgewidth=0.5)
    axes.axvline(0, color=GREY, linewidth=0.8)
    shown = range(-_BEFORE, LEADS + 1)
    times = [(hour, (path.origin + pd.Timedelta(hours=hour)).tz_convert(KST)) for hour in shown]
    midnights = [(hour, f"{time:%m-%d}") for hour, time in times if time.hour == 0]
    axes.set_xticks([hour for hour, _ in midnights], [label for _, label in midnights])
    axes.set_xlim(-_BEFORE, LEADS)
    axes.set_ylabel(unit)
    axes.set_title(f"{path.label}: {path.origin:%Y-%m-%d %H:00}, RMSE {path.rmse:.1f} {unit}", fontsize=8.5)


def _label(name: str) -> str:
    return name.replace("_", " ")


def _error_axis(axes: Axes, one: Scores, days: str = "") -> None:
    axes.set_ylabel(f"RMSE, {UNITS[one.target]}")
    axes.set_title(", ".join(part for part in (NAMES[one.target], days) if part))
