"""Dependencies of the routes, and query parameters that several of them share."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final, Literal, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import Depends, Header, Query, Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from plantcast.common.clock import parse_hour
from plantcast.common.errors import InvalidInputError
from plantcast.forecasting import LEADS
from plantcast_api.dependencies import Deps

STATION: Final = r"^[0-9]{2,3}$"

_REPEATED: Final = ("plant",)  # of /api/advice
Format = Literal["json", "csv"]
Simulation = Literal["hot_dry"]


async def _deps(request: Request) -> Deps:
    # A coroutine: FastAPI would call a plain function in a thread, which costs a fifth of the request.
    return cast(Deps, request.app.state.deps)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise PydanticCustomError(
            "timezone", "There is no such time zone; use an IANA name, for example Asia/Seoul or UTC"
        ) from None
    return name


def _day(text: object) -> date:
    try:
        # Pydantic itself would also accept a date-time, or seconds since 1970.
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
        description="ASOS station number; the first configured one when left out.",
        pattern=STATION,
        examples=["108"],
    ),
]
HoursQuery = Annotated[int, Query(ge=1, le=LEADS, description="How many hours, from the first.")]
TimezoneQuery = Annotated[
    str,
    AfterValidator(_zone),
    Query(
        description="IANA name of the zone of the hours returned; days are always KST days.",
        max_length=64,
        examples=["Asia/Seoul"],
    ),
]
FormatQuery = Annotated[
    Format | None,
    Query(
        alias="format",
        description="`csv`: a line of names and one of values about the whole, an empty line, the columns. "
        "When left out, CSV if the header Accept is `text/csv`, else JSON.",
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
        description="The last observation used by a forecast issued earlier: the first one issued from it. "
        "When left out, the newest forecast.",
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


async def _wants_csv(
    given: FormatQuery = None, accept: Annotated[str, Header(include_in_schema=False)] = ""
) -> bool:
    return given == "csv" or (given is None and accept.startswith("text/csv"))


WantsCsv = Annotated[bool, Depends(_wants_csv)]


async def require_key(deps: FromApp, x_api_key: KeyHeader = None) -> None:
    """Refuse a request without the key.

    Raises:
        KeyRejectedError: no key or another one was sent.
    """
    deps.api_key.check(x_api_key)


async def check_query(request: Request) -> None:
    """Refuse query parameters that the route does not know, and repeated ones.

    A misspelt one would otherwise be ignored, and the response not be what was requested.

    Raises:
        RequestValidationError: it names each of them.
    """
    given = request.query_params
    if not given:
        return
    known = _query_names(request.scope["route"].dependant)
    errors = []
    for name in given:
        values = given.getlist(name)
        if name not in known:
            choice = f"this address accepts {', '.join(known)}" if known else "this address accepts none"
            errors.append(_query_error(name, values[0], f"There is no such parameter; {choice}"))
        elif len(values) > 1 and name not in _REPEATED:
            errors.append(_query_error(name, ", ".join(values), f"Given {len(values)} times; give it once"))
    if errors:
        raise RequestValidationError(errors)


def _query_names(dependant: Dependant) -> list[str]:
    own = [field.alias for field in dependant.query_params]
    return own + [name for other in dependant.dependencies for name in _query_names(other)]


def _query_error(name: str, value: str, message: str) -> dict[str, object]:
    return {"type": "query", "loc": ("query", name), "msg": message, "input": value}
