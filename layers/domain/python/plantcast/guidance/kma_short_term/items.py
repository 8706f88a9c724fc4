"""Items of the short-term forecast, one value each, as rows of a guidance table."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import pandas as pd

from plantcast.common.clock import KST
from plantcast.guidance.grid import Cell
from plantcast.guidance.table import LIMITS, MISSING, VALUES, empty_table
from plantcast.kma_service.reply import Row

# Not read: UUU, VVV (the wind again), TMN, TMX (extremes of the hours), SNO, WAV.
_COLUMNS: Final = MappingProxyType(
    {
        "TMP": "ta",
        "REH": "hm",
        "WSD": "ws",
        "VEC": "wd",
        "SKY": "sky",
        "PTY": "pty",
        "PCP": "pcp",
        "POP": "pop",
    }
)
# "1mm 미만" (less than), "1.0mm", "30.0~50.0mm", "50.0mm 이상" (and more).
_NUMBER: Final = r"\d+(?:\.\d+)?"
_AMOUNT: Final = re.compile(rf"({_NUMBER})(?:mm)?(?:~({_NUMBER}))?(?:mm)?(미만|이상)?")
_NONE: Final = "강수없음"
_EMPTY: Final = frozenset({"", "-", "null"})


@dataclass(frozen=True)
class ReadItems:
    """What items held: a guidance table, and how many were left out.

    `rejected` counts items of another issue or cell, without a readable hour, or with an impossible value.
    """

    table: pd.DataFrame
    rejected: int


def read_items(items: Iterable[Row], issue: datetime, cell: Cell) -> ReadItems:
    """Read the items of an issue for a cell; of an item that is there twice the later one counts."""
    at = issue.astimezone(KST)
    place = {"baseDate": f"{at:%Y%m%d}", "baseTime": f"{at:%H%M}", "nx": str(cell.nx), "ny": str(cell.ny)}
    hours: dict[datetime, dict[str, float]] = {}
    rejected = 0
    for item in items:
        column = _COLUMNS.get(item.get("category", ""))
        if column is None:
            continue
        try:
            valid = _hour(item.get("fcstDate", ""), item.get("fcstTime", ""))
            value = _value(column, item.get("fcstValue", ""))
        except ValueError:
            rejected += 1
            continue
        if valid <= at or any(item.get(name, text) != text for name, text in place.items()):
            rejected += 1
            continue
        hours.setdefault(valid, {})[column] = value
    return ReadItems(_table(at, hours), rejected)


def _table(issue: datetime, hours: Mapping[datetime, Mapping[str, float]]) -> pd.DataFrame:
    valid = pd.DatetimeIndex(sorted(hours), tz=KST).as_unit("us")
    columns = {name: [hours[at].get(name, math.nan) for at in valid] for name in VALUES}
    return empty_table() if valid.empty else pd.DataFrame({"issued_at": issue, "valid_at": valid, **columns})


@lru_cache(maxsize=128)  # each hour has a dozen items
def _hour(day: str, hour: str) -> datetime:
    return datetime.strptime(day + hour.zfill(4), "%Y%m%d%H00").replace(tzinfo=KST)


def _value(column: str, text: str) -> float:
    """Return an item's value, NaN where there is none.

    Raises:
        ValueError: it cannot be read, or is impossible.
    """
    if text.strip() in _EMPTY:
        return math.nan
    value = _millimetres(text) if column == "pcp" else float(text)
    if abs(value) >= MISSING:
        return math.nan
    low, high = LIMITS[column]
    if not low <= value <= high:
        raise ValueError(text)
    return value


def _millimetres(text: str) -> float:
    """Return an amount: the middle of a range, half of "less than", the number of "and more"."""
    words = text.replace(" ", "")
    if words == _NONE:
        return 0.0
    found = _AMOUNT.fullmatch(words)
    if found is None:
        return float(words)
    low, high, bound = found.groups()
    if bound == "미만":
        return float(low) / 2
    return float(low) if high is None else (float(low) + float(high)) / 2
