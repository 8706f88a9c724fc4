"""What the inputs and outputs of all steps share: field types, and errors that name the field."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import ErrorDetails

from plantcast.common.clock import iso_hour, parse_day, parse_hour
from plantcast.common.errors import InvalidInputError
from plantcast.common.stations import station as known_station


def _day(value: Any, info: ValidationInfo) -> date:
    return value if type(value) is date else parse_day(value, name=str(info.field_name))


def _hour(value: Any, info: ValidationInfo) -> datetime:
    return value if isinstance(value, datetime) else parse_hour(value, name=str(info.field_name))


def _stations(value: Any) -> tuple[str, ...]:
    numbers = [str(one) if type(one) is int else one for one in value] if isinstance(value, list) else []
    if not numbers or not all(isinstance(one, str) for one in numbers):
        raise ValueError('write a list of station numbers, for example ["108"]')
    # dict.fromkeys: each station once, in the order given.
    return tuple(dict.fromkeys(known_station(number).number for number in numbers))


Text = Annotated[str, Field(min_length=1)]
Day = Annotated[date, BeforeValidator(_day)]
Hour = Annotated[datetime, BeforeValidator(_hour), PlainSerializer(iso_hour)]
StationList = Annotated[tuple[str, ...], BeforeValidator(_stations)]


class Contract(BaseModel):
    """Base of all inputs and outputs."""

    model_config = ConfigDict(frozen=True)

    @classmethod
    def parse(cls, given: object) -> Self:
        """Return `given` as this model.

        Raises:
            InvalidInputError: it is not a JSON object, or a field is missing, unknown or wrong.
        """
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            problems = "; ".join(map(_problem, error.errors()))
            raise InvalidInputError(
                f"{problems}.", remedy="Send the fields listed in docs/contracts.md."
            ) from None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _problem(error: ErrorDetails) -> str:
    name = ".".join(map(str, error["loc"])) or "event"
    if error["type"] == "missing":
        return f"{name} is missing"
    return f"{name}={error['input']!r}: {error['msg'].removeprefix('Value error, ')}"


class Rejection(Contract):
    """A wrong input of an execution; nothing is started."""

    status: Literal["rejected"] = "rejected"
    run_id: Text
    message: str
