"""The shapes observations have in memory.

A *sent frame* holds what the KMA sent: index `time` (hours, KST, ascending, unique), a float column
for each of `VARIABLES` as sent, however implausible (NaN: the cell was empty, or not sent at all),
`qc_flags`: the KMA's own flags and texts that are no number, as JSON `{"ta": ["unreadable", "abc"], "hm":
["flagged-error", null]}`, empty when there are none, and `unsent`: the variables that the row does not
mention, joined by `;`.

Once received it is a *stamped frame*: in place of `unsent` the columns `RECEIPTS` hold when each value was
received (UTC, without zone), NaT where no response has mentioned the variable; `provisional` is true for an
hour known from live observations only, which the ASOS service has not confirmed yet. The lake stores these.

A *lake frame* holds the valid values: the same index and float columns with NaN for what quality control
rejects, and `masked`, a string of `variable:reason` joined by `;`. `plantcast.observations.quality` makes it
from what was sent; reading the lake gives lake frames only, with `provisional` beside.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import pandas as pd

from plantcast.common.clock import HOUR, KST
from plantcast.observations import VARIABLES

COLUMNS: Final = (*VARIABLES, "masked")
SENT_COLUMNS: Final = (*VARIABLES, "qc_flags", "unsent")
RECEIPTS: Final = tuple(f"received_{name}" for name in VARIABLES)
STAMPED_COLUMNS: Final = (*VARIABLES, "qc_flags", "provisional", *RECEIPTS)
_INDEX_DTYPE: Final = pd.DatetimeTZDtype("us", KST)


def empty_sent() -> pd.DataFrame:
    """Return a sent frame without hours."""
    return _empty(SENT_COLUMNS)


def empty_stamped() -> pd.DataFrame:
    """Return a stamped frame without hours."""
    return _empty(STAMPED_COLUMNS)


def nothing_observed(first: datetime, last: datetime) -> pd.DataFrame:
    """Return a sent frame in which every cell of the hours from `first` to `last` is empty."""
    return empty_sent().reindex(hours_between(first, last)).assign(qc_flags="", unsent="")


def _empty(columns: tuple[str, ...]) -> pd.DataFrame:
    dtypes = dict.fromkeys(VARIABLES, "float64") | dict.fromkeys(RECEIPTS, "datetime64[us]")
    dtypes["provisional"] = "bool"
    series = {name: pd.Series(dtype=dtypes.get(name, "str")) for name in columns}
    return pd.DataFrame(series, index=hour_index([]))


def hour_index(times: pd.DatetimeIndex | list[datetime]) -> pd.DatetimeIndex:
    """Return `times` (aware) as the lake's index: named `time`, KST, microseconds."""
    index = pd.DatetimeIndex(times, name="time")
    aware = index.tz_localize(KST) if index.tz is None else index.tz_convert(KST)
    return pd.DatetimeIndex(aware.astype(_INDEX_DTYPE))


def hours_between(start: datetime, end: datetime) -> pd.DatetimeIndex:
    """Return every hour from `start` to `end`, both included; none when `end` is earlier."""
    return hour_index(pd.date_range(start, end, freq="h"))


def count_hours(start: datetime, end: datetime) -> int:
    """Return how many hours lie from `start` to `end`, both included."""
    # Converted first: Python subtracts times of one zone by their clock faces.
    return max(0, (end.astimezone(UTC) - start.astimezone(UTC)) // HOUR + 1)


def ranges(hours: pd.DatetimeIndex, *, gap: timedelta = HOUR) -> Iterator[tuple[datetime, datetime]]:
    """Group ascending hours into ranges, both ends included; a step longer than `gap` begins a new one."""
    if hours.empty:
        return
    group = (pd.Series(hours).diff() > gap).cumsum().to_numpy()
    for _, part in pd.Series(hours).groupby(group):
        yield part.iloc[0].to_pydatetime(), part.iloc[-1].to_pydatetime()
