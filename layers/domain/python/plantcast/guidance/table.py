"""The common form of published forecasts; see `plantcast.guidance`."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd

from plantcast.common.clock import KST
from plantcast.common.errors import InvalidInputError

# The values of a row and their units.
UNITS: Final = MappingProxyType(
    {
        "ta": "°C",
        "hm": "%",
        "ws": "m/s",
        "wd": "degrees",
        "sky": "1 clear, 3 mostly cloudy, 4 overcast",
        "pty": "0 none, 1 rain, 2 sleet, 3 snow, 4 shower",
        "pcp": "mm",
        "pop": "%",
    }
)
VALUES: Final = tuple(UNITS)
COLUMNS: Final = ("issued_at", "valid_at", *VALUES)
# The KMA writes −999.9, 900 and more, or −900 and less where it has no value.
MISSING: Final = 900.0
# What can be forecast for Korea; anything else is a damaged file or another element.
LIMITS: Final = {
    "ta": (-50.0, 50.0),
    "hm": (0.0, 100.0),
    "ws": (0.0, 100.0),
    "wd": (0.0, 360.0),
    "sky": (1.0, 4.0),
    "pty": (0.0, 4.0),
    "pcp": (0.0, 500.0),
    "pop": (0.0, 100.0),
}


def guidance_table(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return rows of any order and columns as a guidance table.

    Times without a zone are KST. Of a pair that stands twice, the later row counts, value by value.

    Args:
        rows: `issued_at`, `valid_at` and at least one of `VALUES`.
        name: of the file, for messages.

    Raises:
        InvalidInputError: a column is absent, a time or value cannot be read, a value is out of range,
            or a valid hour precedes its issue; the message names file, row and value.
    """
    absent = [column for column in ("issued_at", "valid_at") if column not in rows]
    if absent or not set(VALUES) & set(rows.columns):
        raise InvalidInputError(
            f"{name} has no column {' and no column '.join(absent or ['ta, hm'])}; "
            f"it has {', '.join(map(str, rows.columns))}.",
            remedy="Give a table with issued_at, valid_at (KST) and ta or hm, or a file of data.kma.go.kr.",
        )
    table = pd.DataFrame({column: _times(rows[column], column, name) for column in ("issued_at", "valid_at")})
    early = table["valid_at"] < table["issued_at"]
    if early.any():
        row = int(np.flatnonzero(early)[0])
        raise InvalidInputError(
            f"{name}, row {row + 1}: valid_at={rows['valid_at'].iloc[row]} precedes "
            f"issued_at={rows['issued_at'].iloc[row]}.",
            remedy="Check that the columns are not exchanged and that both are in the same time zone.",
        )
    for column in VALUES:
        given = rows[column] if column in rows else pd.Series(np.nan, index=rows.index)
        table[column] = _values(given, column, name)
    return merged([table])


def merged(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Return several tables as one; where they share a pair, the last that has a value counts."""
    everything = pd.concat(tables, ignore_index=True)
    return everything.groupby(["valid_at", "issued_at"], as_index=False).last()[list(COLUMNS)]


def empty_table() -> pd.DataFrame:
    """Return a guidance table without rows."""
    none = pd.DatetimeIndex([], tz=KST).as_unit("us")
    return pd.DataFrame({"issued_at": none, "valid_at": none} | dict.fromkeys(VALUES, np.empty(0)))


def incomplete_hours(table: pd.DataFrame, hours: int) -> int:
    """Return in how many of the first `hours` hours of an issue temperature or humidity is missing."""
    leads = (table["valid_at"] - table["issued_at"]).dt.total_seconds() / 3600
    whole = table[["ta", "hm"]].notna().all(axis=1) & leads.between(1, hours)
    return hours - int(whole.sum())


def _times(given: pd.Series, column: str, name: str) -> pd.Series:
    times = pd.to_datetime(given, errors="coerce", format="mixed")
    wrong = times.isna() if times.dtype.kind == "M" else pd.Series(True, index=given.index)
    if not wrong.any():
        times = times.dt.tz_localize(KST) if times.dt.tz is None else times.dt.tz_convert(KST)
        wrong = times != times.dt.floor("h")
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise InvalidInputError(
            f"{name}, row {row + 1}: {column}={given.iloc[row]} is not a full hour.",
            remedy="Write date-times such as 2022-07-01 17:00:00, all with a time zone or all without (KST).",
        )
    return times.dt.as_unit("us").reset_index(drop=True)


def _values(given: pd.Series, column: str, name: str) -> pd.Series:
    values = pd.to_numeric(given, errors="coerce").astype(np.float64)
    unreadable = values.isna() & given.notna() & (given.astype(str).str.strip() != "")
    values = values.where(values.abs() < MISSING)
    low, high = LIMITS[column]
    wrong = unreadable | (values < low) | (values > high)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise InvalidInputError(
            f"{name}, row {row + 1}: {column}={given.iloc[row]} is not a number from {low:g} to {high:g}.",
            remedy="Check unit and column; leave the cell empty where there is no value.",
        )
    return values.reset_index(drop=True)
