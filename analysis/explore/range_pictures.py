"""Pictures of how honest the model's range is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.explore.climate import SEASONS
from analysis.explore.scores import Scores
from analysis.explore.sources import Observed
from analysis.explore.style import (
    BLUE,
    INK,
    NAMES,
    SEASON_MARKS,
    Picture,
    grid,
    lead_axis,
    legend_above,
    picture,
)
from plantcast.forecasting import LEADS
from plantcast.forecasting.evaluation.metrics import BLOCKS

_BLOCK_NAMES: Final = [f"{first}–{last}" for first, last in BLOCKS]
_NOMINAL: Final = {"p10": 0.1, "p90": 0.9}


def reliability(observed: Observed, both: Sequence[Scores], span: str) -> Picture:
    """Draw nominal beside observed shares: of the quantiles, and of the 80 % range, by lead block."""

    def draw(figure: Figure) -> None:
        quantiles, ranges = grid(figure, 2)
        for axes, one in zip(quantiles, both, strict=True):
            for (name, nominal), marker in zip(_NOMINAL.items(), ("v", "^"), strict=True):
                axes.axhline(nominal, color=INK, linewidth=1)
                axes.plot(_BLOCK_NAMES, one.at_most(name), marker, color=BLUE, markersize=5)
            _shares(axes, [0, 0.1, 0.5, 0.9, 1])
            axes.set_ylim(0, 1)
            axes.set_xlabel("hours ahead")
            axes.set_ylabel("at or below 10 %, 90 %")
            axes.set_title(NAMES[one.target])
        for axes, one in zip(ranges, both, strict=True):
            _coverage(axes, one)
        legend_above(figure, ranges[0])

    return picture(
        "reliability",
        f"{observed.name}: nominal and observed shares, {span}",
        "Above: how often the observation was at or below the 10 % and the 90 % quantile; on the lines as "
        "often as it should be. Below: how often the 80 % range held it, by lead block and season.",
        draw,
        credit=observed.credit,
        height=5.6,
        legend=True,
    )


def _coverage(axes: Axes, one: Scores) -> None:
    shares = one.coverage()
    positions = np.arange(len(BLOCKS))
    axes.axhline(0.8, color=INK, linewidth=1)
    for number, name in enumerate(SEASONS):
        if not np.isnan(shares[name]).all():
            axes.plot(
                positions + (number - 1.5) * 0.12,
                shares[name],
                linestyle="",
                markersize=4.5,
                label=name,
                **SEASON_MARKS[name],
            )
    axes.plot(positions, shares["all"], color=INK, linewidth=1.2, linestyle=(0, (1.5, 1.2)), label="all")
    lowest = min(float(np.nanmin(share)) for share in shares.values() if not np.isnan(share).all())
    _shares(axes, [0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
    axes.set_ylim(min(0.5, lowest - 0.05), 1.0)
    axes.set_xticks(positions, _BLOCK_NAMES)
    axes.set_xlabel("hours ahead")
    axes.set_ylabel("within the 80 % range")


def tails(observed: Observed, both: Sequence[Scores], span: str) -> Picture:
    """Draw how many observations lie below, within and above the 80 % range, by lead."""
    leads = np.arange(1, LEADS + 1)

    def draw(figure: Figure) -> None:
        row = grid(figure, 1, sharey=True)[0]
        for axes, one in zip(row, both, strict=True):
            shares = one.tails()
            axes.stackplot(
                leads,
                [shares[name] for name in ("below", "within", "above")],
                labels=["below the range", "within", "above the range"],
                colors=["#56B4E9", "#F0F0F0", "#E69F00"],
            )
            for level in (0.1, 0.9):
                axes.axhline(level, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
            lead_axis(axes)
            axes.grid(visible=False)
            _shares(axes, [0, 0.1, 0.5, 0.9, 1])
            axes.set_ylim(0, 1)
            axes.set_title(NAMES[one.target])
        row[0].set_ylabel("share of observations")
        legend_above(figure, row[0])

    return picture(
        "below_within_above",
        f"{observed.name}: observations below, within and above the 80 % range, {span}",
        "Shares by lead. Of an honest range the colours end at the dashes: 10 % below, 10 % above.",
        draw,
        credit=observed.credit,
        height=3.2,
        legend=True,
    )


def _shares(axes: Axes, ticks: Sequence[float]) -> None:
    axes.set_yticks(list(ticks), [f"{100 * tick:.0f} %" for tick in ticks])
