"""What a run is to do: the execution's input, checked and completed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from plantcast.common.clock import parse_day
from plantcast.common.errors import InvalidInputError
from plantcast.common.stations import station

FIELDS: Final = ("stations", "retrain", "as_of")
# The KMA's records begin on this day; nothing before it can be asked of ASOS.
FIRST_DAY: Final = date(1904, 4, 9)
_REMEDY: Final = 'Start it with, for example, {"stations": ["108"], "retrain": true, "as_of": "2025-05-30"}.'


@dataclass(frozen=True)
class Plan:
    """One run: it stands at day `as_of`, forecasts `stations`, and retrains or keeps the models."""

    as_of: date
    stations: tuple[str, ...]
    retrain: bool


def plan_run(given: object, *, configured: tuple[str, ...], today: date) -> Plan:
    """Check the execution's input and fill in what it leaves out.

    Left out, `stations` are the `configured` ones, `as_of` is `today`, `retrain` is true. EventBridge's own
    scheduled event counts as no input.

    Raises:
        InvalidInputError: a field is unknown or its value is wrong; the message names field and value.
    """
    fields = _fields(given)
    unknown = sorted(set(fields) - set(FIELDS))
    if unknown:
        raise InvalidInputError(
            f"The input has unknown fields: {', '.join(unknown)}. Known are {', '.join(FIELDS)}.",
            remedy=_REMEDY,
        )
    return Plan(
        as_of=_as_of(fields.get("as_of"), today),
        stations=planned_stations(fields.get("stations"), default=configured),
        retrain=_retrain(fields.get("retrain")),
    )


def _fields(given: object) -> Mapping[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise InvalidInputError(f"The input is {given!r}, not a JSON object.", remedy=_REMEDY)
    if "detail-type" in given:
        return {}
    return given


def _as_of(given: object, today: date) -> date:
    if given is None:
        return today
    if not isinstance(given, str):
        raise InvalidInputError(f"as_of={given!r} is not a text.", remedy="Write it as YYYY-MM-DD.")
    day = parse_day(given, name="as_of")
    if not FIRST_DAY <= day <= today:
        raise InvalidInputError(
            f"as_of={given} is not between {FIRST_DAY} and today, {today}.",
            remedy="Name a day with observations before it; leave it out to stand at today.",
        )
    return day


def planned_stations(given: object, *, default: tuple[str, ...]) -> tuple[str, ...]:
    """Check the `stations` of an execution's input; left out, they are `default`.

    Raises:
        InvalidInputError: no list of known station numbers; the message names the value.
    """
    if given is None:
        return default
    numbers = [str(one) if type(one) is int else one for one in given] if isinstance(given, list) else []
    if not numbers or not all(isinstance(one, str) for one in numbers):
        raise InvalidInputError(
            f"stations={given!r} is not a list of station numbers.",
            remedy=f'Write them as texts, for example ["108"]; leave it out for {", ".join(default)}.',
        )
    # dict.fromkeys: each station once, in the order given.
    return tuple(dict.fromkeys(station(number).number for number in numbers))


def _retrain(given: object) -> bool:
    if given is None:
        return True
    if not isinstance(given, bool):
        raise InvalidInputError(f"retrain={given!r} is not true or false.", remedy="Write true or false.")
    return given
