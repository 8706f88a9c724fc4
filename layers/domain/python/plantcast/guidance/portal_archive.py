"""Archive files of past short-term forecasts as data.kma.go.kr serves them for download.

One file holds one element of one grid cell. Blocks begin with `Start : YYYYMMDD`; rows are
`day,hour,forecast,value`: day and hour of the issue in UTC and the lead in hours, `+6`. Newer files name the
columns `day(UTC),hour(UTC),forecast,value,day(KST),hour(KST)`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import pandas as pd

from plantcast.common.clock import KST
from plantcast.common.errors import InvalidInputError

_START: Final = re.compile(r"Start\s*:\s*(\d{8})")
# The file does not name its element; the portal's file names do. Extremes of whole days are no hourly
# elements.
_OTHERS: Final = ("최고", "최저", "tmax", "tmin", "tmx", "tmn")
_ELEMENTS: Final = {
    "ta": ("기온", "ta", "tmp"),
    "hm": ("습도", "hm", "reh"),
    "sky": ("하늘", "sky"),
    "pop": ("강수확률", "pop"),
}


def is_archive(text: str) -> bool:
    """Return whether a file begins as these do."""
    return text.lstrip("\ufeff \t\r\n").startswith("format:") and _START.search(text[:500]) is not None


def element_of(name: str) -> str:
    """Return which of `VALUES` a file of this name holds.

    Raises:
        InvalidInputError: the name does not say, or names an element of whole days.
    """
    stem = re.split(r"[/\\]", name)[-1].lower()
    words = re.split(r"[^0-9a-z가-힣]+", stem)
    if not any(other in stem for other in _OTHERS):
        for element, marks in _ELEMENTS.items():
            if any(mark in words or (not mark.isascii() and mark in stem) for mark in marks):
                return element
    raise InvalidInputError(
        f"{name} does not say in its name which hourly element it holds.",
        remedy="Keep the portal's file name (…_1시간기온_…, …_습도_…), or end it in _ta.csv or _hm.csv.",
    )


def read_archive(text: str, name: str) -> pd.DataFrame:
    """Return the rows of an archive file: `issued_at`, `valid_at` and a column of the file's element.

    A download can hold its year twice; equal rows are returned as often as they stand.

    Raises:
        InvalidInputError: the element is unknown or a row cannot be read; the message names file and line.
    """
    element = element_of(name)
    issues, leads, values = [], [], []
    block = datetime(1970, 1, 1, tzinfo=UTC)  # `is_archive` has found one
    for number, line in enumerate(text.splitlines(), start=1):
        start = _START.search(line)
        if start is not None:
            block = datetime.strptime(start[1], "%Y%m%d").replace(tzinfo=UTC)
            continue
        if not line.strip():
            continue
        try:
            day, hour, lead, value = line.split(",")[:4]
            issue = block.replace(day=int(day)) + timedelta(hours=int(hour) // 100)
            leads.append(int(lead))
            values.append(float(value))
        except ValueError as error:
            raise InvalidInputError(
                f"{name}, line {number}: {line.strip()[:60]!r} is not day,hour,forecast,value ({error}).",
                remedy="Download the file again from data.kma.go.kr; do not edit it.",
            ) from error
        issues.append(issue)
    issued_at = pd.Series(pd.DatetimeIndex(issues, tz=UTC).tz_convert(KST))
    return pd.DataFrame(
        {"issued_at": issued_at, "valid_at": issued_at + pd.to_timedelta(leads, unit="h"), element: values}
    )
