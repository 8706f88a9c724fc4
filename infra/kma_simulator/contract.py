"""The request: which parameters there are, what each may hold, and the code a wrong one is refused with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from infra.kma_simulator.codes import (
    INVALID_PARAMETER,
    MISSING_PARAMETER,
    ONLY_UNTIL_YESTERDAY,
    UNKNOWN,
    Refusal,
)
from infra.kma_simulator.envelopes import DataType
from plantcast.common.clock import KST

MAX_ROWS = 999
_DEFAULT_ROWS = 10
_MANDATORY = ("dataCd", "dateCd", "startDt", "startHh", "endDt", "endHh", "stnIds")


@dataclass(frozen=True)
class Query:
    """A request that was understood: hours `start` to `end` (KST, both included) of one station."""

    station: str
    start: datetime
    end: datetime
    page: int
    rows: int
    data_type: DataType


def requested_type(parameters: Mapping[str, str]) -> DataType:
    """Return the format to answer in; XML unless JSON is requested, also when the request is refused."""
    return "JSON" if parameters.get("dataType", "").upper() == "JSON" else "XML"


def parse_query(parameters: Mapping[str, str]) -> Query:
    """Validate the parameters of one request.

    `numOfRows` above 999 is served as 999, as the response states.

    Raises:
        Refusal: 11 when a mandatory parameter is absent or empty, 10 when one cannot be understood; the
            message names it.
    """
    for name in _MANDATORY:
        if not parameters.get(name):
            raise Refusal(MISSING_PARAMETER, f"NO_MANDATORY_REQUEST_PARAMETERS_ERROR ({name})")
    _require(parameters["dataCd"] == "ASOS", "dataCd")
    _require(parameters["dateCd"] == "HR", "dateCd")
    _require(parameters.get("dataType", "XML").upper() in {"", "JSON", "XML"}, "dataType")
    _require(re.fullmatch(r"[0-9]{1,5}", parameters["stnIds"]) is not None, "stnIds")
    start = _hour(parameters, "startDt", "startHh")
    end = _hour(parameters, "endDt", "endHh")
    _require(start <= end, "endDt")
    return Query(
        station=parameters["stnIds"],
        start=start,
        end=end,
        page=_positive(parameters, "pageNo", default=1),
        rows=min(_positive(parameters, "numOfRows", default=_DEFAULT_ROWS), MAX_ROWS),
        data_type=requested_type(parameters),
    )


def check_availability(query: Query, now: datetime) -> None:
    """Refuse a range that reaches today or later, as a whole.

    Raises:
        Refusal: 99 with the service's Korean message.
    """
    if query.end.date() >= now.date():
        raise Refusal(UNKNOWN, ONLY_UNTIL_YESTERDAY)


def last_hour_available(now: datetime, *, complete_from_hour: int, hours_before: int) -> datetime:
    """Return the last hour that has been published by `now`.

    Yesterday is whole from `complete_from_hour` o'clock on; until then it has its first `hours_before` hours.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if now.hour >= complete_from_hour:
        return midnight - timedelta(hours=1)
    return midnight - timedelta(hours=25 - hours_before)


def _require(condition: bool, name: str) -> None:
    if not condition:
        raise Refusal(INVALID_PARAMETER, f"INVALID_REQUEST_PARAMETER_ERROR ({name})")


def _hour(parameters: Mapping[str, str], day_name: str, hour_name: str) -> datetime:
    day, hour = parameters[day_name], parameters[hour_name]
    _require(re.fullmatch(r"[0-9]{8}", day) is not None, day_name)
    _require(re.fullmatch(r"[01][0-9]|2[0-3]", hour) is not None, hour_name)
    try:
        return datetime(int(day[:4]), int(day[4:6]), int(day[6:]), int(hour), tzinfo=KST)
    except ValueError:
        raise Refusal(INVALID_PARAMETER, f"INVALID_REQUEST_PARAMETER_ERROR ({day_name})") from None


def _positive(parameters: Mapping[str, str], name: str, *, default: int) -> int:
    text = parameters.get(name, "")
    if not text:
        return default
    _require(re.fullmatch(r"[0-9]{1,9}", text) is not None and int(text) > 0, name)
    return int(text)
