"""A forecast as the service's items: category and value, a string, for each valid hour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import pandas as pd

from plantcast.common.clock import HOUR

MISSING: Final = "-999"
_NO_RAIN: Final = "강수없음"
_NO_SNOW: Final = "적설없음"
# Category, the hour its value stands at, and the hours (both included) whose extreme it is.
_LOWEST: Final = ("TMN", 6, range(3, 10))
_HIGHEST: Final = ("TMX", 15, range(9, 19))


def values_of(
    forecast: pd.DataFrame, issue: datetime, leads: Sequence[int]
) -> list[tuple[datetime, str, str]]:
    """Return (valid hour, category, value) in the service's order.

    `forecast` is that of `Forecaster.forecast`; leads beyond its end are left out.
    """
    found = []
    times = pd.DatetimeIndex(forecast.index)
    hours: dict[Any, dict[Any, Any]] = forecast.to_dict("index")
    for lead in leads:
        valid = issue + lead * HOUR
        if valid not in hours:
            break
        found += [(valid, category, value) for category, value in _hourly(hours[valid], valid)]
        for category, at, span in (_LOWEST, _HIGHEST):
            # The extreme of a day is not issued an hour before the hour it stands at.
            if valid.hour == at and lead > 1:
                of_day = forecast.loc[(times.date == valid.date()) & times.hour.isin(span)]
                extreme = of_day["ta"].min() if category == "TMN" else of_day["ta"].max()
                found.append((valid, category, f"{_whole(extreme)}.0"))
    return found


def _hourly(hour: dict[Any, Any], valid: datetime) -> Iterator[tuple[str, str]]:
    kind = _precipitation_type(hour, valid)
    yield "TMP", _whole(hour["ta"])
    yield "UUU", _tenth(hour["eastward"])
    yield "VVV", _tenth(hour["northward"])
    yield "VEC", _whole(hour["wd"])
    yield "WSD", _tenth(hour["ws"])
    yield "SKY", "1" if hour["cloud"] < 5.5 else "3" if hour["cloud"] < 8.5 else "4"
    yield "PTY", kind
    yield "POP", str(10 * round(10 * hour["pop"]))
    yield "WAV", "0"
    yield "PCP", _amount_text(hour["rain"]) if kind != "0" else _NO_RAIN
    yield "REH", MISSING if hour["hm"] != hour["hm"] else str(5 * round(hour["hm"] / 5))
    # 1 mm of water is about 1 cm of snow.
    yield "SNO", _snow_text(hour["rain"]) if kind in "23" else _NO_SNOW


def _precipitation_type(hour: dict[Any, Any], valid: datetime) -> str:
    if hour["rain"] == 0:
        return "0"
    if hour["ta"] < 0.5:
        return "3"
    if hour["ta"] < 2:
        return "2"
    return "4" if valid.month in (6, 7, 8, 9) and hour["pop"] < 0.75 else "1"


def _amount_text(millimetres: float) -> str:
    if millimetres < 1:
        return "1mm 미만"
    if millimetres < 30:
        return f"{min(millimetres, 29.9):.1f}mm"
    return "30.0~50.0mm" if millimetres < 50 else "50.0mm 이상"


def _snow_text(centimetres: float) -> str:
    if centimetres < 0.5:
        return "0.5cm 미만"
    return f"{min(centimetres, 4.9):.1f}cm" if centimetres < 5 else "5.0cm 이상"


def _whole(value: float) -> str:
    return MISSING if value != value else str(round(value))


def _tenth(value: float) -> str:
    # + 0.0: no "-0.0".
    return MISSING if value != value else f"{round(value, 1) + 0.0:.1f}"
