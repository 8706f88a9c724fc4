"""What a run is to do: the execution's input, checked and completed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from plantcast.common.errors import InvalidInputError
from plantcast.pipeline.contracts.nightly import RunOptions

# The KMA's records begin on this day.
FIRST_DAY: Final = date(1904, 4, 9)


@dataclass(frozen=True)
class Plan:
    """One run: it stands at day `as_of`, forecasts `stations`, and retrains or keeps the models."""

    as_of: date
    stations: tuple[str, ...]
    retrain: bool


def plan_run(given: object, *, configured: tuple[str, ...], today: date, retrain_every_days: int = 1) -> Plan:
    """Check the execution's input and fill in what it leaves out.

    Left out, `stations` are the `configured` ones, `as_of` is `today`, `retrain` is true. EventBridge's own
    scheduled event counts as no input, and trains every `retrain_every_days` days.

    Raises:
        InvalidInputError: a field is unknown or its value is wrong; the message names field and value.
    """
    scheduled = isinstance(given, Mapping) and "detail-type" in given
    options = RunOptions.parse({} if given is None or scheduled else given)
    as_of = options.as_of or today
    if not FIRST_DAY <= as_of <= today:
        raise InvalidInputError(
            f"as_of={as_of} is not between {FIRST_DAY} and today, {today}.",
            remedy="Name a day with observations before it; leave it out to stand at today.",
        )
    due = not scheduled or as_of.toordinal() % retrain_every_days == 0
    retrain = due if options.retrain is None else options.retrain
    return Plan(as_of, options.stations or configured, retrain)
