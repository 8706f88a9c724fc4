"""How each plant is: the items `STATION#<station>` / `ALERT#<profile>`.

An item holds the state of today by the newest forecast, and the one before that forecast. With the latter the
same forecast gives the same advice however often it is judged, by a repeated run or by the API.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast, get_args

from plantcast.aws import Item, ItemTable
from plantcast.common.clock import iso_hour
from plantcast.common.errors import CorruptDataError
from plantcast.common.logging import logger
from plantcast.common.schema import FIELD
from plantcast.common.schema.kinds import PLANT
from plantcast.plants.conditions import Mood
from plantcast.plants.profiles import Kind

PREFIX: Final = "ALERT#"


@dataclass(frozen=True)
class State:
    """What people are told of: a plant's face, and whether it needs water today."""

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
            KeyError, ValueError: it cannot be understood; callers name the item.
        """
        if item["mood"] not in get_args(Mood):
            raise ValueError(f"mood {item['mood']!r}")
        return cls(cast(Mood, item["mood"]), bool(item["needs_water"]))


@dataclass(frozen=True)
class Judgement:
    """A plant's state by one forecast: which kinds of limit are `active`, `since` when the state holds."""

    state: State
    active: Mapping[Kind, bool]
    since: str

    def to_item(self) -> Item:
        """Return it as stored."""
        return {**self.state.to_item(), "active": dict(self.active), "since": self.since}

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Judgement:
        """Read what `to_item` made.

        Raises:
            KeyError, TypeError, ValueError: it cannot be understood; callers name the item.
        """
        active = {kind: bool(held) for kind, held in dict(item["active"]).items()}
        return cls(State.from_item(item), cast("dict[Kind, bool]", active), str(item["since"]))


@dataclass(frozen=True)
class Alert:
    """What is known of one plant at one station.

    `now` is by the forecast from `origin` (for `day`, by `run_id`), `before` by the one before it. `told` is
    what people were told last, `notice` the key of a newer notice that may not have gone out, `notices` how
    many there were.
    """

    station: str
    profile: str
    origin: str
    day: str
    run_id: str
    now: Judgement
    before: Judgement | None
    told: State | None = None
    notice: str | None = None
    notices: int = 0

    def standing_before(self, origin: datetime) -> Judgement | None:
        """Return the state before the forecast from `origin`: what that forecast's advice starts from."""
        return self.now if self.origin < iso_hour(origin) else self.before

    def to_item(self) -> Item:
        """Return the item."""
        return {
            "pk": f"STATION#{self.station}",
            "sk": f"{PREFIX}{self.profile}",
            FIELD: PLANT.version,
            "station": self.station,
            "profile": self.profile,
            "origin": self.origin,
            "day": self.day,
            "run_id": self.run_id,
            **self.now.to_item(),
            "before": self.before and self.before.to_item(),
            "told": self.told and self.told.to_item(),
            "notice": self.notice,
            "notices": self.notices,
        }


def active_before(alert: Alert | None, origin: datetime) -> Mapping[Kind, bool] | None:
    """Return what advice on the forecast from `origin` takes for `before`."""
    before = None if alert is None else alert.standing_before(origin)
    return None if before is None else before.active


def alert_of(table: ItemTable, station: str, profile: str) -> Alert | None:
    """Return what is known of one plant (one item), None before the first run.

    Raises:
        CorruptDataError: the item cannot be understood.
    """
    item = table.get(f"STATION#{station}", f"{PREFIX}{profile}")
    return None if item is None else _from_item(item)


def alerts_of(table: ItemTable, station: str, *, skip_damaged: bool = False) -> dict[str, Alert]:
    """Return what is known of every plant at a station by profile (one query).

    With `skip_damaged` a damaged item is logged and left out, as if nothing were known of the plant.

    Raises:
        CorruptDataError: an item cannot be understood.
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
    try:
        item = PLANT.read(item, f"{item.get('pk')}/{item.get('sk')}")
        now, before, told = Judgement.from_item(item), item["before"], item["told"]
        return Alert(
            station=str(item["pk"]).removeprefix("STATION#"),
            profile=str(item["sk"]).removeprefix(PREFIX),
            origin=str(item["origin"]),
            day=str(item["day"]),
            run_id=str(item["run_id"]),
            now=now,
            before=None if before is None else Judgement.from_item(before),
            told=None if told is None else State.from_item(told),
            notice=item["notice"],
            notices=int(item["notices"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CorruptDataError(
            f"The state {item.get('pk')}/{item.get('sk')} cannot be read ({type(error).__name__}: {error}).",
            remedy="Delete the item: the next run makes it anew.",
        ) from error
