"""Conditions: is it too cold, hot or dry for a plant, with hysteresis so that advice does not flap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from plantcast.plants.chance import day_probability
from plantcast.plants.hours import Hour
from plantcast.plants.profiles import Kind, Limit, Operator, Variable

Mood = Literal["happy", "thirsty", "hot", "cold"]

# The probability from which a condition is active. One half, more likely than not, unless another value has a
# clearly higher critical success index (hits by hits, misses and false alarms) on unseen days before the test
# year (figures in docs/plants.md). A forecast is rarely certain that
# humidity falls to 30 %: one half would miss nearly all dry days.
ACTIVE_FROM: Final[Mapping[tuple[Kind, Variable], float]] = {
    ("cold", "ta"): 0.5,
    ("hot", "ta"): 0.5,
    ("dry", "hm"): 0.3,
    ("dry", "vpd"): 0.5,
}
# A condition ends when its probability is below this share of what it began at, so that a forecast that
# wavers from night to night does not have people run back and forth.
ENDS: Final = 0.6

# The first that holds decides the face: cold harms within an hour, heat within days, dry air last of all.
_MOODS: Final[tuple[tuple[Kind, Mood], ...]] = (("cold", "cold"), ("hot", "hot"), ("dry", "thirsty"))


@dataclass(frozen=True)
class Condition:
    """One limit of a profile on one day.

    `probability` is that of any hour at or beyond the limit; `active` what hysteresis makes of it; `extreme`
    the value nearest to or furthest beyond the limit (the variable's unit, as shown) and `extreme_at` its
    hour; `extreme_likely` how far it goes, on the harmful side, one time in ten; `hours` those whose shown
    value is at or beyond the limit: a day can be active without any, when several hours come near.
    """

    kind: Kind
    active: bool
    waters: bool
    probability: float
    variable: Variable
    comparison: Operator
    threshold: float
    extreme: float
    extreme_likely: float
    extreme_at: datetime
    hours: tuple[datetime, ...]
    reason_ko: str
    reason_en: str


def active_from(limit: Limit) -> float:
    """Return the probability from which a condition becomes active."""
    return ACTIVE_FROM[limit.kind, limit.variable]


def active_until(limit: Limit) -> float:
    """Return the probability below which an active condition ends."""
    return round(ENDS * active_from(limit), 2)


def is_active(limit: Limit, probability: float, *, before: bool) -> bool:
    """Whether a condition is active: from `active_from`, or from `active_until` if it was active `before`."""
    return probability >= (active_until(limit) if before else active_from(limit))


def mood_of(active: Mapping[Kind, bool]) -> Mood:
    """Return the face for what is active: cold before hot before thirsty."""
    return next((mood for kind, mood in _MOODS if active.get(kind, False)), "happy")


@dataclass(frozen=True)
class LimitCheck:
    """A limit against the hours of one day, before it is put into text."""

    limit: Limit
    probability: float
    active: bool
    extreme: Hour
    crossed: tuple[Hour, ...]

    @property
    def value(self) -> float:
        """The extreme hour's value of the limit's variable."""
        return self.extreme.value(self.limit.variable)

    @property
    def likely(self) -> float:
        """That hour's value one time in ten, on the harmful side."""
        return self.extreme.likely[self.limit.kind]


def check_limit(limit: Limit, hours: Sequence[Hour], *, before: bool) -> LimitCheck:
    """Check one limit over one day's hours (not empty); `before` says whether it was active already."""
    probability = day_probability([hour.probability[limit.kind] for hour in hours])
    sign = 1.0 if limit.comparison == "at_least" else -1.0
    return LimitCheck(
        limit=limit,
        probability=probability,
        active=is_active(limit, probability, before=before),
        extreme=max(hours, key=lambda hour: sign * hour.value(limit.variable)),
        crossed=tuple(hour for hour in hours if limit.crossed_by(hour.value(limit.variable))),
    )
