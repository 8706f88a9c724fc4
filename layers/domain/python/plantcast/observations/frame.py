"""The shape observations have in memory: one frame, the same from the parser to the features."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Final

import pandas as pd

from plantcast.clock import HOUR, KST
from plantcast.errors import InvalidInputError
from plantcast.observations import VARIABLES

# The KMA's clock time is UTC+9 throughout. Asia/Seoul also knows daylight saving (1987-88), which the archive
# does not: its clock times are read with this offset and only then shown in Asia/Seoul.
KMA_TIME: Final = timezone(timedelta(hours=9))

COLUMNS: Final = (*VARIABLES, "masked")
_INDEX_DTYPE: Final = pd.DatetimeTZDtype("us", KST)


def empty_frame() -> pd.DataFrame:
    """Return a lake frame without hours: index `time` (Asia/Seoul), a float column per variable, `masked`."""
    columns = {name: pd.Series(dtype="float64") for name in VARIABLES} | {"masked": pd.Series(dtype="str")}
    return pd.DataFrame(columns, index=hour_index([]))


def hour_index(times: pd.DatetimeIndex | list[datetime]) -> pd.DatetimeIndex:
    """Return `times` (aware) as the lake's index: named `time`, Asia/Seoul, microseconds."""
    index = pd.DatetimeIndex(times, name="time")
    aware = index.tz_localize(KST) if index.tz is None else index.tz_convert(KST)
    return pd.DatetimeIndex(aware.astype(_INDEX_DTYPE))


def hours_between(start: datetime, end: datetime) -> pd.DatetimeIndex:
    """Return every hour from `start` to `end`, both included; none when `end` is earlier."""
    return hour_index(pd.date_range(start, end, freq="h"))


def count_hours(start: datetime, end: datetime) -> int:
    """Return how many hours lie from `start` to `end`, both included."""
    # Converted first: Python subtracts times of one zone by their clock faces.
    return max(0, (end.astimezone(KMA_TIME) - start.astimezone(KMA_TIME)) // HOUR + 1)


def require_lake_frame(frame: pd.DataFrame) -> None:
    """Check that `frame` has the lake's columns and an ascending, unique index of full hours.

    Raises:
        InvalidInputError: it has not; the message says what is wrong.
    """
    problem = _problem(frame)
    if problem is not None:
        raise InvalidInputError(
            f"This is not a frame of observations: {problem}.",
            remedy="Build it with plantcast.observations.quality.parse_rows.",
        )


def _problem(frame: pd.DataFrame) -> str | None:
    missing = [name for name in COLUMNS if name not in frame.columns]
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
