"""Observations as the rows of kma_sfctm3: 46 columns separated by blanks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import numpy as np
import pandas as pd

START, END = "#START7777", "#7777END"
# The columns after TM and STN: name in the header, value, width and decimals; one without a value is missing.
_COLUMNS: Final = (
    ("WD", "tens_wd", 3, 0), ("WS", "ws", 4, 1), ("GST", "", 3, 0), ("GST", "", 4, 1), ("GST", "", 4, 0),
    ("PA", "pa", 6, 1), ("PS", "ps", 6, 1), ("PT", "", 2, 0), ("PR", "", 5, 1), ("TA", "ta", 5, 1),
    ("TD", "td", 5, 1), ("HM", "hm", 5, 1), ("PV", "pv", 5, 1), ("RN", "rn", 6, 1), ("DAY", "rn_day", 6, 1),
    ("JUN", "rn_day", 6, 1), ("INT", "", 6, 1), ("HR3", "", 6, 1), ("DAY", "", 6, 1), ("TOT", "dsnw", 6, 1),
    ("WC", "", 2, 0), ("WP", "", 2, 0), ("WW", "text", 22, 0), ("TOT", "dc10Tca", 3, 0), ("MID", "", 3, 0),
    ("MIN", "", 4, 0), ("CT", "text", 8, 0), ("TOP", "", 3, 0), ("MID", "", 3, 0), ("LOW", "", 3, 0),
    ("VS", "vs", 5, 0), ("SS", "ss", 4, 1), ("SI", "icsr", 5, 2), ("GD", "", 2, 0), ("TS", "ts", 5, 1),
    ("TE", "soil", 5, 1), ("TE", "soil", 5, 1), ("TE", "soil", 5, 1), ("TE", "soil", 5, 1), ("SEA", "", 3, 0),
    ("WH", "", 4, 1), ("BF", "", 2, 0), ("IR", "", 2, 0), ("IX", "", 2, 0),
)  # fmt: skip
_HEADER: Final = "# YYMMDDHHMI STN " + " ".join(f"{name:>{width}}" for name, _, width, _ in _COLUMNS)
# Missing; −9 °C is a temperature.
_MISSING: Final = -9.0
_MISSING_TEMPERATURE: Final = -99.0
_TEMPERATURES: Final = frozenset({"ta", "td", "ts", "soil"})
_READ: Final = (
    "wd",
    "ws",
    "pa",
    "ps",
    "ta",
    "td",
    "hm",
    "pv",
    "rn",
    "dsnw",
    "dc10Tca",
    "vs",
    "ss",
    "icsr",
    "ts",
)
# In these months the rain of an hour is not reported, only that of three hours.
_WINTER: Final = (11, 12, 1, 2, 3)


def document(rows: Iterable[str]) -> str:
    """Return a whole answer."""
    return "\n".join((START, _HEADER, *rows, END)) + "\n"


def first_hour_needed(start: datetime) -> datetime:
    """Return from which hour on `rows_of` needs observations: sums of rain begin after midnight."""
    return (start - pd.Timedelta(hours=1)).replace(hour=0) - pd.Timedelta(hours=2)


def rows_of(observed: pd.DataFrame, station: str, start: datetime) -> list[str]:
    """Return the rows from `start` on.

    `observed` holds hours from `first_hour_needed(start)` on, under the ASOS service's names and units.
    """
    if observed.empty:
        return []
    values = observed.reindex(columns=list(_READ)).apply(pd.to_numeric, errors="coerce")
    values["tens_wd"] = values["wd"] / 10
    values = _with_rain(values).loc[pd.Timestamp(start) :]
    return [
        f"{time:%Y%m%d%H%M} {station:>3} "
        + " ".join(
            _cell(hour.get(value, np.nan), value, width, decimals) for _, value, width, decimals in _COLUMNS
        )
        for time, hour in zip(values.index, values.to_dict("records"), strict=True)
    ]


def _with_rain(values: pd.DataFrame) -> pd.DataFrame:
    """Add the rain since midnight; in winter replace the hour's rain, by that of three every third hour."""
    times = pd.DatetimeIndex(values.index)
    # 00:00 ends the day before.
    day = (times - pd.Timedelta(hours=1)).floor("D")
    rain = values["rn"]
    rained = rain.notna().groupby(day).cummax()
    values["rn_day"] = rain.fillna(0).groupby(day).cumsum().where(rained)
    winter = times.month.isin(_WINTER)
    three_hours = rain.rolling("3h").sum().where(rain.rolling("3h").count() > 0)
    values["rn"] = np.where(winter, three_hours.where(times.hour % 3 == 0), rain)
    return values


def _cell(value: float, name: str, width: int, decimals: int) -> str:
    if name == "text":
        return f"{'-':<{width}}"
    if value != value:
        value = _MISSING_TEMPERATURE if name in _TEMPERATURES else _MISSING
    return f"{value:{width}.{decimals}f}"
