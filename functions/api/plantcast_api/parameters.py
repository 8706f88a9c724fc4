"""What routes take: dependencies, and query parameters that several of them share, checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Final, Literal, cast
from zoneinfo import available_timezones

from fastapi import Depends, Header, Query, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from plantcast.common.clock import KST_ZONE_NAME, parse_hour
from plantcast.common.errors import InvalidInputError
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
    if name != KST_ZONE_NAME and name not in _zones():
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
        "When left out, what the header Accept asks for (`text/csv`), or JSON.",
    ),
]


async def _format(
    given: FormatQuery = None, accept: Annotated[str, Header(include_in_schema=False)] = ""
) -> Format:
    return given or ("csv" if prefers_csv(accept) else "json")


WantedFormat = Annotated[Format, Depends(_format)]
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


def prefers_csv(accept: str) -> bool:
    """Say whether a header `Accept` names `text/csv`, and JSON not by name with at least the same weight."""
    weights: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        text = next((one.removeprefix("q=") for one in parameters if one.startswith("q=")), "1")
        weights[name] = float(text) if re.fullmatch(r"[01](\.\d{0,3})?", text) else 0.0
    wanted = weights.get("text/csv", 0.0)
    return wanted > weights.get("application/json", 0.0) and wanted >= weights.get("*/*", 0.0)


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
        elif len(values) > 1:
            errors.append(_query_error(name, ", ".join(values), f"Given {len(values)} times; give it once"))
    if errors:
        raise RequestValidationError(errors)


def _query_names(dependant: Dependant) -> list[str]:
    own = [field.alias for field in dependant.query_params]
    return own + [name for other in dependant.dependencies for name in _query_names(other)]


def _query_error(name: str, value: str, message: str) -> dict[str, object]:
    return {"type": "query", "loc": ("query", name), "msg": message, "input": value}


class KeyRoute(APIRoute):
    """A route that needs the key, checked before anything else of the request is looked at."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler behind the check."""
        handle = super().get_route_handler()

        async def checked(request: Request) -> Response:
            cast(Deps, request.app.state.deps).api_key.check(request.headers.get("X-Api-Key"))
            return await handle(request)

        return checked
