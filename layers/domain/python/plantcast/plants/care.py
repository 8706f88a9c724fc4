"""One plant of someone's: which, where it stands, when it was watered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, get_args

from plantcast.common.clock import KST
from plantcast.common.errors import InvalidInputError
from plantcast.plants.placement import Placement
from plantcast.plants.profiles import Place, Profile, profile

MAX_PLANTS: Final = 20  # of one owner
MAX_PLANT_TEXT: Final = 300  # characters of one plant
MAX_WATERED: Final = 6
OLDEST_WATERING: Final = timedelta(days=120)
_CLOCK_GRACE: Final = timedelta(minutes=10)  # a phone's clock may run fast
ROOM_TEMPERATURES: Final = (5.0, 35.0)  # °C
BALCONY_OFFSETS: Final = (-5.0, 15.0)  # K
_EXAMPLE: Final = "monstera;place=indoor;room_temperature=22;watered=2026-11-25T08:00"


@dataclass(frozen=True)
class Care:
    """A plant as its owner keeps it.

    `watered` are the last times it was watered, oldest first (KST, at most six; empty: not known). The last
    one starts the drying index; the days between them are the owner's own intervals.
    """

    profile: Profile
    placement: Placement
    watered: tuple[datetime, ...] = ()

    @classmethod
    def of(cls, profile: Profile) -> Care:
        """Return a plant where it usually stands, of which nothing else is known."""
        return cls(profile, Placement.of(profile))


def parse_care(text: str) -> Care:
    """Return the plant that a text such as `monstera;place=indoor;watered=2026-11-25T08:00` describes.

    After the profile come, each once, in any order: `place`, `room_temperature` (°C), `balcony_offset` (K),
    `watered` (up to six times by commas, KST without an offset). Whether the times are recent is not checked.

    Raises:
        NotFoundError: there is no such profile.
        InvalidInputError: a name is unknown or repeated, or a value wrong.
    """
    key, *parts = text.split(";")
    return care_of(key, [(name, value) for name, _, value in (part.partition("=") for part in parts)])


def care_of(key: str, values: Iterable[tuple[str, str]]) -> Care:
    """Return the plant of a profile with names and values as in `parse_care`.

    Raises:
        NotFoundError: there is no such profile.
        InvalidInputError: a name is unknown or repeated, or a value wrong.
    """
    care, seen = Care.of(profile(key)), set[str]()
    for name, value in values:
        if name in seen:
            raise _wrong(name, value, "is given twice")
        seen.add(name)
        care = _with(care, name, value)
    return care


def check_recent(care: Care, now: datetime) -> None:
    """Check that the waterings of a plant lie within `OLDEST_WATERING` before `now`.

    Raises:
        InvalidInputError: one is in the future or too old; the message names it.
    """
    for time in care.watered:
        if time > now + _CLOCK_GRACE:
            raise _wrong("watered", time.isoformat(), f"is in the future (it is {now:%Y-%m-%dT%H:%M})")
        if now - time > OLDEST_WATERING:
            raise _wrong(
                "watered", time.isoformat(), f"is more than {OLDEST_WATERING.days} days old; leave it out"
            )


def _with(care: Care, name: str, value: str) -> Care:
    placement = care.placement
    if name == "place":
        place = next((one for one in get_args(Place) if one == value), None)
        if place is None:
            raise _wrong(name, value, f"is none of {', '.join(get_args(Place))}")
        return replace(care, placement=replace(placement, place=place))
    if name == "room_temperature":
        return replace(
            care, placement=replace(placement, room_temperature=_number(name, value, ROOM_TEMPERATURES))
        )
    if name == "balcony_offset":
        return replace(
            care, placement=replace(placement, balcony_offset=_number(name, value, BALCONY_OFFSETS))
        )
    if name == "watered":
        return replace(care, watered=_times(name, value))
    raise _wrong(name, value, "is unknown")


def _number(name: str, value: str, limits: tuple[float, float]) -> float:
    low, high = limits
    try:
        number = float(value)
    except ValueError:
        raise _wrong(name, value, "is no number") from None
    if not low <= number <= high:
        raise _wrong(name, value, f"is not between {low:g} and {high:g}")
    return number


def _times(name: str, value: str) -> tuple[datetime, ...]:
    times = value.split(",")
    if len(times) > MAX_WATERED:
        raise _wrong(name, value, f"has {len(times)} times, more than {MAX_WATERED}")
    try:
        # In a query an unescaped + is a space; nobody means one before an offset.
        read = [datetime.fromisoformat(one.replace(" ", "+")) for one in times]
        return tuple(sorted({one.replace(tzinfo=one.tzinfo or KST).astimezone(KST) for one in read}))
    except (ValueError, OverflowError):
        raise _wrong(name, value, "is no time") from None


def _wrong(name: str, value: str, what: str) -> InvalidInputError:
    return InvalidInputError(f"{name}={value[:60]!r} of a plant {what}.", remedy=f"Write it as {_EXAMPLE}.")
