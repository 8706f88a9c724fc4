"""One look for all pictures, and SVG that is the same bytes for the same figures.

Colours are those of Okabe and Ito (2008), told apart by colour-blind readers too; lines differ in their
dashes as well. Text stays text: it can be searched and read aloud, and a picture stays small.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from plantcast.forecasting import Target

BLUE: Final = "#0072B2"
VERMILLION: Final = "#D55E00"
GREEN: Final = "#009E73"
ORANGE: Final = "#E69F00"
GREY: Final = "#767676"
INK: Final = "#222222"

# The model is what the eye should find first; the damped anomaly is the bar it has to beat.
LINES: Final[dict[str, dict[str, Any]]] = {
    "model": {"color": BLUE, "linewidth": 2.0},
    "damped_anomaly": {"color": VERMILLION, "linewidth": 1.3, "linestyle": (0, (5, 1.5))},
    "persistence": {"color": GREEN, "linewidth": 1.2, "linestyle": (0, (1.5, 1.2))},
    "climatology": {"color": GREY, "linewidth": 1.2, "linestyle": (0, (6, 1.5, 1.5, 1.5))},
}
SEASON_MARKS: Final[dict[str, dict[str, Any]]] = {
    "winter": {"color": BLUE, "marker": "s"},
    "spring": {"color": GREEN, "marker": "^"},
    "summer": {"color": VERMILLION, "marker": "o"},
    "autumn": {"color": ORANGE, "marker": "D"},
}
NAMES: Final[dict[Target, str]] = {"ta": "temperature", "hm": "humidity"}
UNITS: Final[dict[Target, str]] = {"ta": "°C", "hm": "%"}
MONTHS: Final = ("J", "F", "M", "A", "M", "J", "J", "A", "S", "O", "N", "D")
WIDTH: Final = 8.4  # inches of 72 points: what a README's column holds
# Strips in inches: title, legend, and the credit at the bottom.
_HEAD: Final = 0.3
_LEGEND: Final = 0.24
_FOOT: Final = 0.18

_STYLE: Final[dict[str, Any]] = {
    "svg.fonttype": "none",
    # Element ids are hashes salted with this instead of with a random number.
    "svg.hashsalt": "plantcast",
    # Matplotlib brings this font along to measure text with; a viewer without it falls back to its own.
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.7,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "savefig.facecolor": "white",
}


@dataclass(frozen=True)
class Picture:
    """A picture: the name of its file without `.svg`, what it shows and how to read it, the file's bytes."""

    name: str
    title: str
    caption: str
    svg: bytes


def picture(
    name: str,
    title: str,
    caption: str,
    draw: Callable[[Figure], None],
    *,
    credit: str,
    height: float,
    legend: bool = False,
) -> Picture:
    """Let `draw` fill a figure of `WIDTH` × `height` inches and return it as SVG, no date in it.

    With `legend`, room is left for what `legend_above` puts between the title and the axes.
    """
    # "default" first: a matplotlibrc of the user's must not change what is drawn.
    with matplotlib.style.context(["default", _STYLE]):
        # Titles, legends and credits of a figure are laid over each other unless each has its own strip.
        head = _HEAD + (_LEGEND if legend else 0)
        layout = ConstrainedLayoutEngine(rect=(0, _FOOT / height, 1, 1 - (head + _FOOT) / height))
        figure = Figure(figsize=(WIDTH, height), layout=layout)
        draw(figure)
        figure.text(0.01, 1 - 0.06 / height, title, va="top", fontsize=11, fontweight="bold")
        figure.text(0.99, 0.05 / height, credit, ha="right", va="bottom", fontsize=7, color=GREY)
        written = io.BytesIO()
        figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    return Picture(name, title, caption, written.getvalue())


def grid(figure: Figure, rows: int, columns: int = 2, **options: Any) -> list[list[Axes]]:
    """Return the axes of a grid, row by row."""
    axes = figure.subplots(rows, columns, squeeze=False, **options)
    return [list(row) for row in axes]


def legend_above(figure: Figure, axes: Axes, columns: int = 5) -> None:
    """Name the lines of one of the axes, for all of them, between the title and the axes."""
    handles, labels = axes.get_legend_handles_labels()
    top = 1 - _HEAD / figure.get_figheight()
    legend = figure.legend(
        handles, labels, loc="upper left", bbox_to_anchor=(0, top), borderpad=0, ncols=columns, fontsize=8.5
    )
    legend.set_in_layout(False)


def month_axis(axes: Axes) -> None:
    """Let an axis count the months 1…12."""
    axes.set_xticks(range(1, 13), MONTHS)
    axes.set_xlim(0.5, 12.5)


def hour_axis(axes: Axes) -> None:
    """Let an axis count the hours of the day."""
    axes.set_xticks(range(0, 25, 6))
    axes.set_xlim(0, 23)


def lead_axis(axes: Axes, ticks: Sequence[int] = (1, 6, 12, 18, 24, 30, 36, 42, 48)) -> None:
    """Let an axis count leads in hours."""
    axes.set_xticks(ticks)
    axes.set_xlim(1, ticks[-1])
    axes.set_xlabel("hours ahead (lead)")
