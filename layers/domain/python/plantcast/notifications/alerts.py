"""State of each plant, computed once a day: the items `STATION#<station>` / `ALERT#<profile>`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, cast, get_args

from plantcast.aws import Item, ItemTable
from plantcast.common.errors import CorruptDataError
from plantcast.common.logging import logger
from plantcast.common.schema import FIELD, PLANT
from plantcast.plants.conditions import Mood
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

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> State:
        """Read what `to_item` made.

        Raises:
            KeyError, ValueError: it cannot be read; callers name the item.
        """
        if item["mood"] not in get_args(Mood):
            raise ValueError(f"mood {item['mood']!r}")
        return cls(cast(Mood, item["mood"]), bool(item["needs_water"]))


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
    state: State
    active: Mapping[Kind, bool]
    since: str
    before: State | None = None
    active_before: Mapping[Kind, bool] | None = None

    @property
    def is_change(self) -> bool:
        """Whether people are to be notified; of the first state only if there is something to do."""
        return not self.state.is_fine if self.before is None else self.state != self.before

    def to_item(self) -> Item:
        """Return the item."""
        return {
            "pk": f"STATION#{self.station}",
            "sk": f"{PREFIX}{self.profile}",
            FIELD: PLANT.version,
            "day": self.day,
            "origin": self.origin,
            **self.state.to_item(),
            "active": dict(self.active),
            "since": self.since,
            "before": self.before and self.before.to_item(),
            "active_before": None if self.active_before is None else dict(self.active_before),
        }


def active_before(alert: Alert | None, day: date) -> Mapping[Kind, bool] | None:
    """Return the kinds of limit active before `day`: `before` of advice whose first day is `day`."""
    if alert is None:
        return None
    return alert.active if alert.day < day.isoformat() else alert.active_before


def alert_of(table: ItemTable, station: str, profile: str) -> Alert | None:
    """Return the stored state of one plant, None before the first.

    Raises:
        CorruptDataError: the item cannot be read.
    """
    item = table.get(f"STATION#{station}", f"{PREFIX}{profile}")
    return None if item is None else _from_item(item)


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
            alert = _from_item(item)
        except CorruptDataError as error:
            if not skip_damaged:
                raise
            extra = {"station": station, "remedy": error.remedy}
            logger.exception("plant's state could not be read", extra=extra)
            continue
        found[alert.profile] = alert
    return found


def _from_item(item: Item) -> Alert:
    where = f"{item.get('pk')}/{item.get('sk')}"
    try:
        item = PLANT.read(item, where)
        before, active_before = item["before"], item["active_before"]
        return Alert(
            station=str(item["pk"]).removeprefix("STATION#"),
            profile=str(item["sk"]).removeprefix(PREFIX),
            day=str(item["day"]),
            origin=str(item["origin"]),
            state=State.from_item(item),
            active=dict(item["active"]),
            since=str(item["since"]),
            before=None if before is None else State.from_item(before),
            active_before=None if active_before is None else dict(active_before),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CorruptDataError(
            f"The state {where} cannot be read ({type(error).__name__}: {error}).",
            remedy="Delete the item: the next day's notices make it anew.",
        ) from error
