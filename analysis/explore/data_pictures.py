"""Pictures of the observations: completeness, climatology, mean day by season."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.explore.sources import Observed
from analysis.explore.style import (
    NAMES,
    SEASON_MARKS,
    UNITS,
    Picture,
    grid,
    hour_axis,
    legend_above,
    picture,
)
from plantcast.common.clock import KST
from plantcast.forecasting import TARGETS, Target
from plantcast.forecasting.features.windows import Floats
from plantcast.forecasting.models.baselines import DampedAnomaly, HourlySeries
from plantcast.observations import VARIABLES

SEASONS: Final = ("winter", "spring", "summer", "autumn")  # DJF, MAM, JJA, SON
_ANY_YEAR: Final = 2023  # of 365 days: the climatology is the same every year


def data_pictures(observed: Observed) -> list[Callable[[], Picture]]:
    """Return a function that draws each picture, in the order of the page."""
    return [partial(draw, observed) for draw in (_completeness, _climatology, _diurnal)]


def completeness(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the share of hours with a value: a row for each month, a column for each variable.

    Months are counted from the first to the last hour of the frame, which has a row for every hour.
    """
    hours = pd.DatetimeIndex(frame.index)
    shares: pd.DataFrame = frame.notna().groupby(hours.tz_localize(None).to_period("M")).mean()
    return shares


def season(hours: pd.DatetimeIndex) -> npt.NDArray[np.int64]:
    """Return positions in `SEASONS`."""
    return np.asarray(hours.month.to_numpy() % 12 // 3, np.int64)


def climatology(frame: pd.DataFrame, target: Target) -> Floats:
    """Return the harmonic climatology, [24 hours, 365 days], NaN on days of the year never observed.

    Raises:
        InvalidInputError: the target is not observed at all.
    """
    damped = DampedAnomaly.fit(HourlySeries.of(frame, target))
    year = pd.date_range(f"{_ANY_YEAR}-01-01", f"{_ANY_YEAR}-12-31 23:00", freq="h", tz=KST)
    expected = damped.climatology.at(year).reshape(-1, 24).T
    seen = pd.DatetimeIndex(frame[target].dropna().index)
    # By month and day: the number of a day differs in leap years.
    known = np.isin(
        year[::24].month.to_numpy() * 100 + year[::24].day.to_numpy(),
        np.unique(seen.month.to_numpy() * 100 + seen.day.to_numpy()),
    )
    return np.where(known[None, :], expected, np.nan)


def diurnal_cycle(frame: pd.DataFrame, target: Target) -> pd.DataFrame:
    """Return means: a row for each hour 0…23 KST, a column for each of `SEASONS`."""
    hours = pd.DatetimeIndex(frame.index)
    means = frame[target].groupby([hours.hour, season(hours)]).mean().unstack()
    means.columns = [SEASONS[int(number)] for number in means.columns]
    return means.reindex(index=range(24), columns=list(SEASONS))


def _completeness(observed: Observed) -> Picture:
    shares = completeness(observed.frame)

    def draw(figure: Figure) -> None:
        ((axes,),) = grid(figure, 1, 1)
        image = _heat_map(axes, shares.to_numpy().T, vmin=0, vmax=1)
        axes.set_yticks(range(len(VARIABLES)), [f"{name}, {VARIABLES[name]}" for name in shares.columns])
        months = pd.PeriodIndex(shares.index)
        every = [i for i, month in enumerate(months) if month.month == 1]
        if len(months) < 24:
            every = list(range(0, len(months), max(1, -(-len(months) // 8))))
        axes.set_xticks(every, [f"{months[i]}" for i in every])
        axes.set_xlabel("month")
        bar = figure.colorbar(image, ax=axes, pad=0.01, aspect=30)
        bar.set_ticks([0, 0.5, 1], labels=["0 %", "50 %", "100 %"])
        bar.outline.set_visible(False)

    return picture(
        "completeness",
        f"{observed.name}: share of hours observed",
        "Share of a month's hours with a value, by variable. The KMA leaves rain empty on dry hours, "
        "sunshine and radiation at night, snow depth without snow.",
        draw,
        credit=observed.credit,
        height=3.6,
    )


def _climatology(observed: Observed) -> Picture:
    starts = pd.date_range(f"{_ANY_YEAR}-01-01", periods=12, freq="MS").day_of_year.to_numpy() - 1

    def draw(figure: Figure) -> None:
        for axes, target in zip(grid(figure, 1)[0], TARGETS, strict=True):
            image = _heat_map(axes, climatology(observed.frame, target), origin="lower")
            axes.set_xticks(starts + 15, "JFMAMJJASOND", fontsize=8)
            axes.tick_params(axis="x", length=0)
            axes.set_yticks([0, 6, 12, 18, 23])
            axes.set_xlabel("day of the year")
            axes.set_ylabel("hour, KST")
            axes.set_title(f"{NAMES[target]}, {UNITS[target]}")
            figure.colorbar(image, ax=axes, pad=0.02, aspect=25).outline.set_visible(False)

    return picture(
        "climatology",
        f"{observed.name}: climatology by day of the year and hour",
        "The harmonic climatology that anomalies are counted from (3 waves a year × 4 waves a day, fitted to "
        "the whole record). Days of the year that were never observed are left white.",
        draw,
        credit=observed.credit,
        height=2.9,
    )


def _diurnal(observed: Observed) -> Picture:
    def draw(figure: Figure) -> None:
        row = grid(figure, 1)[0]
        for axes, target in zip(row, TARGETS, strict=True):
            means = diurnal_cycle(observed.frame, target)
            for name in SEASONS:
                axes.plot(
                    means.index, means[name], label=name, markersize=4, markevery=3, **SEASON_MARKS[name]
                )
            hour_axis(axes)
            axes.set_xlabel("hour, KST")
            axes.set_ylabel(UNITS[target])
            axes.set_title(NAMES[target])
        legend_above(figure, row[0])

    return picture(
        "diurnal_cycle",
        f"{observed.name}: mean day by season",
        "Means of the observations at each hour; winter is December to February, and so on.",
        draw,
        credit=observed.credit,
        height=3.2,
        legend=True,
    )


def _heat_map(axes: Axes, values: Any, **options: Any) -> Any:
    """Draw one pixel a value: as shapes, a year of hours would be a megabyte."""
    axes.grid(visible=False)
    return axes.imshow(values, aspect="auto", cmap="cividis", interpolation="none", **options)
