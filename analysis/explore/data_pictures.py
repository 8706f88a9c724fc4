"""Pictures of the observations themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.explore.climate import SEASONS, Climate, completeness, half_life
from analysis.explore.sources import Observed
from analysis.explore.style import (
    BLUE,
    GREY,
    INK,
    NAMES,
    SEASON_MARKS,
    UNITS,
    VERMILLION,
    Picture,
    grid,
    hour_axis,
    legend_above,
    month_axis,
    picture,
)
from plantcast.observations import VARIABLES

_VARIABLE_NAMES: Final = {
    "ta": "temperature",
    "hm": "humidity",
    "td": "dew point",
    "ws": "wind speed",
    "wd": "wind direction",
    "pa": "station pressure",
    "ps": "sea-level pressure",
    "rn": "rain *",
    "ss": "sunshine *",
    "icsr": "radiation *",
    "dc10Tca": "cloud",
    "vs": "visibility",
    "pv": "vapour pressure",
    "ts": "ground temperature",
    "dsnw": "snow depth *",
}


def data_pictures(observed: Observed, climates: Sequence[Climate]) -> list[Callable[[], Picture]]:
    """Return what draws each picture, in the order they are read; `climates` are of ta and hm."""
    kinds = (_climatology, _distribution, _diurnal, _memory)
    return [partial(_completeness, observed), *(partial(kind, observed, climates) for kind in kinds)]


def _completeness(observed: Observed) -> Picture:
    shares = completeness(observed.frame)

    def draw(figure: Figure) -> None:
        ((axes,),) = grid(figure, 1, 1)
        image = _heat_map(axes, shares.to_numpy().T, vmin=0, vmax=1)
        axes.set_yticks(
            range(len(VARIABLES)),
            [f"{_VARIABLE_NAMES[name]} ({name})" for name in shares.columns],
        )
        ticks = _month_ticks(pd.PeriodIndex(shares.index))
        axes.set_xticks([position for position, _ in ticks], [label for _, label in ticks])
        axes.set_xlabel("month")
        bar = figure.colorbar(image, ax=axes, pad=0.01, aspect=30)
        bar.set_ticks([0, 0.25, 0.5, 0.75, 1], labels=["0 %", "25 %", "50 %", "75 %", "100 %"])
        bar.outline.set_visible(False)

    return picture(
        "completeness",
        f"{observed.name}: share of hours observed",
        "How many of a month's hours have a value, by variable. The KMA leaves * empty when there is "
        "nothing to measure: rain on dry hours, sunshine and radiation at night, snow without snow.",
        draw,
        credit=observed.credit,
        height=3.6,
    )


def _climatology(observed: Observed, climates: Sequence[Climate]) -> Picture:
    starts = pd.date_range("2023-01-01", periods=12, freq="MS").day_of_year.to_numpy() - 1

    def draw(figure: Figure) -> None:
        for axes, climate in zip(grid(figure, 1)[0], climates, strict=True):
            image = _heat_map(axes, climate.climatology, origin="lower")
            axes.set_xticks(starts + 15, "JFMAMJJASOND", fontsize=8)
            axes.tick_params(axis="x", length=0)
            axes.set_yticks([0, 6, 12, 18, 23])
            axes.set_xlabel("day of the year")
            axes.set_ylabel("hour, KST")
            axes.set_title(f"{NAMES[climate.target]}, {UNITS[climate.target]}")
            figure.colorbar(image, ax=axes, pad=0.02, aspect=25).outline.set_visible(False)

    return picture(
        "climatology",
        f"{observed.name}: what is usual, by day of the year and hour",
        "The harmonic climatology that anomalies are counted from (3 waves a year × 4 waves a day, fitted to "
        "the whole record). Days of the year that were never observed are left white.",
        draw,
        credit=observed.credit,
        height=2.9,
    )


def _distribution(observed: Observed, climates: Sequence[Climate]) -> Picture:
    def draw(figure: Figure) -> None:
        for axes, climate in zip(grid(figure, 1)[0], climates, strict=True):
            months = climate.by_month.dropna()
            low, lower, middle, upper, high = months.to_numpy().T
            axes.vlines(months.index, low, high, color=BLUE, linewidth=1)
            axes.vlines(months.index, lower, upper, color=BLUE, linewidth=7, alpha=0.45)
            axes.plot(months.index, middle, "_", color=INK, markersize=9)
            month_axis(axes)
            axes.set_xlabel("month")
            axes.set_ylabel(UNITS[climate.target])
            axes.set_title(f"{NAMES[climate.target]}, {UNITS[climate.target]}")

    return picture(
        "distribution",
        f"{observed.name}: hourly values by month",
        "Dash: the median; thick bar: the middle half of the hours; thin line: from 5 % to 95 % of them.",
        draw,
        credit=observed.credit,
        height=2.9,
    )


def _diurnal(observed: Observed, climates: Sequence[Climate]) -> Picture:
    def draw(figure: Figure) -> None:
        axes_row = grid(figure, 1)[0]
        for axes, climate in zip(axes_row, climates, strict=True):
            for name in SEASONS:
                axes.plot(
                    climate.diurnal.index,
                    climate.diurnal[name],
                    label=name,
                    markersize=4,
                    markevery=3,
                    **SEASON_MARKS[name],
                )
            hour_axis(axes)
            axes.set_xlabel("hour, KST")
            axes.set_ylabel(UNITS[climate.target])
            axes.set_title(f"{NAMES[climate.target]}, {UNITS[climate.target]}")
        legend_above(figure, axes_row[0])

    return picture(
        "diurnal_cycle",
        f"{observed.name}: mean day by season",
        "Means of the observations at each hour; winter is December to February, and so on.",
        draw,
        credit=observed.credit,
        height=3.2,
        legend=True,
    )


def _memory(observed: Observed, climates: Sequence[Climate]) -> Picture:
    def draw(figure: Figure) -> None:
        axes_row = grid(figure, 1, sharey=True)[0]
        for axes, climate in zip(axes_row, climates, strict=True):
            lags = np.arange(len(climate.correlation))
            axes.axhline(0, color=GREY, linewidth=0.8)
            axes.plot(lags, climate.correlation, color=BLUE, linewidth=1.6, label="correlation of anomalies")
            leads = np.arange(1, len(climate.damping) + 1)
            axes.plot(
                leads,
                climate.damping,
                color=VERMILLION,
                linewidth=1.6,
                linestyle=(0, (5, 1.5)),
                label="damping b(lead), fitted",
            )
            axes.set_xticks(range(0, len(lags), 48))
            axes.set_xlim(0, lags[-1])
            axes.set_xlabel("hours apart")
            axes.set_title(NAMES[climate.target])
        legend_above(figure, axes_row[0])

    halves = " and ".join(
        f"{NAMES[climate.target]} after {hours} h" if hours else f"{NAMES[climate.target]} only after 48 h"
        for climate in climates
        for hours in [half_life(climate.damping)]
    )
    return picture(
        "anomaly_memory",
        f"{observed.name}: how long an anomaly lasts",
        "How alike the departures from the climatology are some hours apart, and the share b that the damped "
        f"anomaly carries forward (1 to 48 h ahead). Half is lost of {halves}.",
        draw,
        credit=observed.credit,
        height=3.2,
        legend=True,
    )


def _heat_map(axes: Axes, values: Any, **options: Any) -> Any:
    """Draw one pixel a value: as shapes, a year of hours would be a megabyte."""
    axes.grid(visible=False)
    return axes.imshow(values, aspect="auto", cmap="cividis", interpolation="none", **options)


def _month_ticks(months: pd.PeriodIndex) -> list[tuple[int, str]]:
    """Label every January, or of a short record some of its months."""
    if len(months) >= 24:
        return [(i, f"{month.year}") for i, month in enumerate(months) if month.month == 1]
    return [(i, f"{month}") for i, month in enumerate(months)][:: max(1, -(-len(months) // 8))]
