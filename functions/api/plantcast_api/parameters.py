"""What routes take: dependencies, and query parameters that several of them share, checked."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Annotated, Final, Literal, cast
from zoneinfo import ZoneInfo, available_timezones

from fastapi import Depends, Header, Query, Request
from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from plantcast.clock import KST, parse_hour
from plantcast.errors import InvalidInputError
from plantcast.forecasting import LEADS
from plantcast_api.deps import Deps

RUN_ID: Final = r"^[A-Za-z0-9._-]{1,80}$"  # as Step Functions names executions, without what a URL breaks

Format = Literal["json", "csv"]
Simulation = Literal["hot_dry"]


async def _deps(request: Request) -> Deps:
    # A coroutine: FastAPI would call a plain function in a thread, which costs a fifth of the request.
    return cast(Deps, request.app.state.deps)


@cache
def _zones() -> frozenset[str]:
    # Not whatever ZoneInfo opens: that takes `right/UTC`, 27 s off, too. The two are no places.
    return frozenset(available_timezones() - {"localtime", "Factory"})


def _zone(name: str) -> str:
    if name != KST.key and name not in _zones():
        raise PydanticCustomError(
            "timezone", "There is no such time zone; use an IANA name, for example Asia/Seoul or UTC"
        )
    return name


def _day(text: object) -> date:
    try:
        # Pydantic itself would also take a moment, or seconds since 1970.
        return date.fromisoformat(str(text))
    except ValueError:
        raise PydanticCustomError(
            "day", "Not a day; write it as YYYY-MM-DD, for example 2025-05-30"
        ) from None


def _hour(text: object) -> datetime:
    try:
        # In a query an unescaped + is a space; nobody means one before an offset.
        return parse_hour(str(text).replace(" ", "+"), name="origin")
    except InvalidInputError:
        raise PydanticCustomError(
            "hour", "Not a full hour; write it as YYYY-MM-DDTHH:00+09:00, for example 2025-05-29T23:00+09:00"
        ) from None


FromApp = Annotated[Deps, Depends(_deps)]
KeyHeader = Annotated[str | None, Header(alias="X-Api-Key", description="Key for calls that write.")]
StationQuery = Annotated[
    str | None,
    Query(
        alias="station",
        description="ASOS station number; the first configured one when left out.",
        pattern=r"^[0-9]{2,3}$",
        examples=["108"],
    ),
]
HoursQuery = Annotated[int, Query(ge=1, le=LEADS, description="How many hours, from the first.")]
TimezoneQuery = Annotated[
    str,
    AfterValidator(_zone),
    Query(
        alias="timezone",
        description="IANA name of the zone in which hours are told; days are always KST days.",
        max_length=64,
        examples=["Asia/Seoul"],
    ),
]
FormatQuery = Annotated[
    Format,
    Query(
        alias="format",
        description="`csv`: a line of names and one of values about the whole, an empty line, the columns.",
    ),
]
SimulateQuery = Annotated[
    Simulation | None,
    Query(description="Answer as if the weather ahead were hot and dry; marked as a simulation."),
]
OriginQuery = Annotated[
    datetime | None,
    BeforeValidator(_hour),
    Query(
        description="The last observation used by a forecast issued earlier; the newest one when left out.",
        examples=["2025-05-29T23:00+09:00"],
    ),
]
StartQuery = Annotated[
    date | None,
    BeforeValidator(_day),
    Query(description="First day (KST); two days before `end` when left out.", examples=["2025-05-27"]),
]
EndQuery = Annotated[
    date | None,
    BeforeValidator(_day),
    Query(
        description="Last day (KST), included; when left out the last one observed, 31 days in all at most.",
        examples=["2025-05-29"],
    ),
]


def zone(name: str) -> ZoneInfo:
    """Return a zone that `TimezoneQuery` has let pass."""
    return ZoneInfo(name)
