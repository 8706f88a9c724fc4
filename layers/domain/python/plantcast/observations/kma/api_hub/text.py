"""Reads the text of kma_sfctm3.php into rows with the names and units of the ASOS service.

A text begins with `#START7777` and ends with `#7777END`; a row has 46 columns separated by blanks. A missing
value is written as −9, −99 or −99.9.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from plantcast.common.clock import HOUR, KST
from plantcast.kma_service.reply import Row, decode

START: Final = b"#START7777"
END: Final = b"#7777END"
_COLUMNS: Final = 46
_TIME: Final = "%Y%m%d%H%M"
# Positions of the columns read, counted from 0.
_AT, _STATION, _RAIN, _RAIN_OF_DAY = 0, 1, 15, 16
# WD is in tens of degrees; the others have the units of `plantcast.observations.VARIABLES`.
_POSITIONS: Final = MappingProxyType(
    {
        "wd": 2,
        "ws": 3,
        "pa": 7,
        "ps": 8,
        "ta": 11,
        "td": 12,
        "hm": 13,
        "pv": 14,
        "dsnw": 21,
        "dc10Tca": 25,
        "vs": 32,
        "ss": 33,
        "icsr": 34,
        "ts": 36,
    }
)
_TEMPERATURES: Final = ("ta", "td", "ts")
# −9.0 °C is a temperature; the lowest that Korea has had is −33 °C.
_LEAST_TEMPERATURE: Final = -50.0
_MISSING: Final = -9.0
# In these months RN holds the rain of three hours.
_WINTER: Final = (11, 12, 1, 2, 3)


@dataclass(frozen=True)
class HubText:
    """The rows of a text; `whole` is false when its end is missing, `malformed` counts rows left out."""

    rows: tuple[Row, ...]
    whole: bool
    malformed: int = 0


class NotATableError(ValueError):
    """The body does not hold a table of observations: a refusal, an HTML page, or empty."""


def read_hub_text(body: bytes, station: str) -> HubText:
    """Read a station's rows, ascending, with the fields of `plantcast.observations.rows.read_rows`.

    A missing value is an empty cell. `rn` is absent from a row whose rain is not known. Of a text that was
    cut off, a last line that is not complete is left out.

    Raises:
        NotATableError: the text does not begin as a table, or is in no known encoding.
    """
    if not body.lstrip().removeprefix(b"\xef\xbb\xbf").startswith(START):
        raise NotATableError("the body does not begin with #START7777")
    whole = END in body
    try:
        text = decode(body if whole else body[: body.rfind(b"\n") + 1])
    except UnicodeDecodeError as error:
        raise NotATableError("the body is neither UTF-8 nor CP949") from error
    lines = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    cells: dict[datetime, list[str]] = {}
    malformed = 0
    for line in lines:
        at = _time(line[_AT])
        if len(line) != _COLUMNS or at is None:
            malformed += 1
        elif line[_STATION] == station:
            cells[at] = line
    rain = dict(_rain(dict(sorted(cells.items()))))
    rows = tuple(_row(at, cells[at], rain[at]) for at in sorted(cells))
    return HubText(rows, whole, malformed)


def _time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, _TIME).replace(tzinfo=KST)
    except ValueError:
        return None


def _row(at: datetime, cells: list[str], rain: str | None) -> Row:
    values = {
        name: _unless_missing(cells[position], _LEAST_TEMPERATURE if name in _TEMPERATURES else 0.0)
        for name, position in _POSITIONS.items()
    }
    if not any(value for name, value in values.items() if name not in _TEMPERATURES):
        # Of an hour of which nothing else is known −9.0 is no temperature, but what is written for none.
        values |= {name: "" for name in _TEMPERATURES if _number(values[name]) == _MISSING}
    if (tens := _number(values["wd"])) is not None:
        values["wd"] = f"{tens * 10:g}"
    if rain is not None:
        values["rn"] = rain
    return {"tm": f"{at:%Y-%m-%d %H:%M}", "stnId": cells[_STATION], **values}


def _rain(rows: dict[datetime, list[str]]) -> Iterator[tuple[datetime, str | None]]:
    """Yield the rain of each hour (mm), "" for none, None where it is not known.

    In winter it is the difference of two sums of the day, which begin after 00:00. A sum is missing as long
    as nothing has fallen.
    """
    before: float | None = None  # the sum up to the hour before
    known = False  # whether that sum was sent, be it 0.0
    for at, cells in rows.items():
        if at.hour == 1:
            before, known = 0.0, False
        elif at - HOUR not in rows:
            before, known = None, False
        total = _number(_unless_missing(cells[_RAIN_OF_DAY], 0.0))
        difference: str | None = None
        if total is None:
            difference = None if before else ""
            before, known = None if before else 0.0, False
        else:
            if before is not None and total >= before:
                # 0.0 is rain too little to measure, if it is the first of the day.
                difference = "" if known and total == before else f"{total - before:.1f}"
            before, known = total, True
        # 00:00 ends the day before, so at the turn of the season both months count.
        winter = at.month in _WINTER or (at - timedelta(hours=1)).month in _WINTER
        yield at, difference if winter else _unless_missing(cells[_RAIN], 0.0)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _unless_missing(text: str, least: float) -> str:
    """Return a cell, "" when it holds a number below `least`, which is how a missing value is written."""
    number = _number(text)
    return "" if number is not None and number < least else text
