"""State of each plant, computed once a day: the items `STATION#<station>` / `ALERT#<profile>`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from pydantic import TypeAdapter

from plantcast.aws import Item, ItemTable
from plantcast.common.errors import CorruptDataError
from plantcast.common.logging import logger
from plantcast.common.schema import FIELD, PLANT
from plantcast.forecasting.issued import Forecast
from plantcast.observations.published import ObservedDay
from plantcast.plants.care import Care
from plantcast.plants.conditions import Mood
from plantcast.plants.placement import Placement
from plantcast.plants.plan import Plan, plan
from plantcast.plants.profiles import Kind

PREFIX: Final = "ALERT#"


@dataclass(frozen=True)
class State:
    """State of a plant on a day: its mood, and whether it needs water."""

    mood: Mood
    needs_water: bool

    @property
    def is_fine(self) -> bool:
        """Nothing to do."""
        return self.mood == "happy" and not self.needs_water

    def to_item(self) -> Item:
        """Return it as stored."""
        return {"mood": self.mood, "needs_water": self.needs_water}


@dataclass(frozen=True)
class Alert:
    """State of one plant at one station on `day` by the forecast from `origin`; `before` on the day before.

    `active` are the kinds of limit that were active, `active_before` those of the day before; `since` is when
    the state was first found.
    """

    station: str
    profile: str
    day: str
    origin: str
    mood: Mood
    needs_water: bool
    active: Mapping[Kind, bool]
    since: str
    before: State | None = None
    active_before: Mapping[Kind, bool] | None = None

    @property
    def state(self) -> State:
        """Mood and need for water."""
        return State(self.mood, self.needs_water)

    @property
    def is_change(self) -> bool:
        """Whether people are to be notified; of the first state only if there is something to do."""
        return not self.state.is_fine if self.before is None else self.state != self.before

    def to_item(self) -> Item:
        """Return the item."""
        key = {"pk": f"STATION#{self.station}", "sk": f"{PREFIX}{self.profile}"}
        return {**key, FIELD: PLANT.version, **_MODEL.dump_python(self, mode="json")}


_MODEL: Final = TypeAdapter(Alert)


def active_before(alert: Alert | None, day: date) -> Mapping[Kind, bool] | None:
    """Return the kinds of limit active before `day`: `before` of advice whose first day is `day`."""
    if alert is None:
        return None
    return alert.active if alert.day < day.isoformat() else alert.active_before


def plans_of(
    forecast: Forecast,
    observed: Sequence[ObservedDay],
    cares: Sequence[Care],
    alerts: Mapping[str, Alert],
    now: datetime,
) -> list[Plan]:
    """Return the plan of each plant; `alerts` are the stored states by profile.

    A state is kept for the place where a plant usually stands alone: elsewhere nothing was active before.
    """
    first = forecast.valid_at[0].date()
    return [
        plan(
            forecast,
            observed,
            care,
            active_before(alerts.get(care.profile.key), first)
            if care.placement == Placement.of(care.profile)
            else None,
            now,
        )
        for care in cares
    ]


def alert_of(table: ItemTable, station: str, profile: str) -> Alert | None:
    """Return the stored state of one plant, None before the first.

    Raises:
        CorruptDataError: the item cannot be read.
        SchemaVersionError: newer code wrote it.
    """
    item = table.get(f"STATION#{station}", f"{PREFIX}{profile}")
    return None if item is None else PLANT.parse(item, _MODEL)


def alerts_of(table: ItemTable, station: str, *, skip_damaged: bool = False) -> dict[str, Alert]:
    """Return the stored state of every plant at a station by profile (one query).

    With `skip_damaged` a damaged item is logged and left out, as if none were stored.

    Raises:
        CorruptDataError: an item cannot be read.
        SchemaVersionError: newer code wrote an item.
    """
    found = {}
    for item in table.query(f"STATION#{station}", sk_prefix=PREFIX):
        try:
            alert = PLANT.parse(item, _MODEL)
        except CorruptDataError as error:
            if not skip_damaged:
                raise
            extra = {"station": station, "remedy": error.remedy}
            logger.exception("plant's state could not be read", extra=extra)
            continue
        found[alert.profile] = alert
    return found
