"""The two shapes observations have in memory.

A *sent frame* holds what the KMA sent: index `time` (hours, KST, ascending, unique), a float column
for each of `VARIABLES` as sent, however implausible (NaN: the cell was empty, or not sent at all), `remarks`:
what the text said beyond the numbers, as JSON `{"ta": ["unreadable", "abc"], "hm": ["flagged-error", null]}`,
empty when there is nothing to say, and `unsent`: the variables that the row does not mention, joined by `;`.

Once received it is a *stamped frame*: in place of `unsent` the columns `RECEIPTS` say when each value was
received (UTC, without zone), NaT where no response has mentioned the variable.

A *lake frame* holds what is believed: the same index and float columns with NaN for what is not believed,
and `masked`, a string of `variable:reason` joined by `;`. `plantcast.observations.quality` makes one of the
other; from the lake on, features included, there are only lake frames.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import pandas as pd

from plantcast.common.clock import HOUR, KST
from plantcast.common.errors import InvalidInputError
from plantcast.observations import VARIABLES

COLUMNS: Final = (*VARIABLES, "masked")
SENT_COLUMNS: Final = (*VARIABLES, "remarks", "unsent")
RECEIPTS: Final = tuple(f"received_{name}" for name in VARIABLES)
_INDEX_DTYPE: Final = pd.DatetimeTZDtype("us", KST)


def empty_frame() -> pd.DataFrame:
    """Return a lake frame without hours."""
    return _empty(COLUMNS)


def empty_sent() -> pd.DataFrame:
    """Return a sent frame without hours."""
    return _empty(SENT_COLUMNS)


def nothing_observed(first: datetime, last: datetime) -> pd.DataFrame:
    """Return a sent frame that says of each hour from `first` to `last` that no variable was observed."""
    return empty_sent().reindex(hours_between(first, last)).assign(remarks="", unsent="")


def _empty(columns: tuple[str, ...]) -> pd.DataFrame:
    series = {name: pd.Series(dtype="float64" if name in VARIABLES else "str") for name in columns}
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


def require_lake_frame(frame: pd.DataFrame) -> None:
    """Check that `frame` has the lake's columns and an ascending, unique index of full hours.

    Raises:
        InvalidInputError: it has not; the message says what is wrong.
    """
    _require(frame, COLUMNS, "plantcast.observations.quality.assess")


def require_sent_frame(frame: pd.DataFrame) -> None:
    """Check that `frame` has a sent frame's columns and an ascending, unique index of full hours.

    Raises:
        InvalidInputError: it has not; the message says what is wrong.
    """
    _require(frame, SENT_COLUMNS, "plantcast.observations.rows.read_rows")


def _require(frame: pd.DataFrame, columns: tuple[str, ...], maker: str) -> None:
    problem = _problem(frame, columns)
    if problem is not None:
        raise InvalidInputError(
            f"This is not a frame of observations: {problem}.", remedy=f"Build it with {maker}."
        )


def _problem(frame: pd.DataFrame, columns: tuple[str, ...]) -> str | None:
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        return f"columns {', '.join(missing)} are absent"
    index = frame.index
    if not isinstance(index, pd.DatetimeIndex) or index.tz is None:
        return "its index is not timezone-aware time"
    if not index.is_monotonic_increasing or not index.is_unique:
        return "its hours are not ascending and unique"
    if len(index) and not (index == index.floor("h")).all():
        return "its index holds times off the full hour"
    return None
