"""Plant profiles: what each plant likes and which limits it must not cross, as data (`profiles.json`)."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from plantcast.common.errors import NotFoundError

DEFAULT_PROFILE: Final = "default"

Kind = Literal["cold", "hot", "dry"]
Variable = Literal["ta", "hm", "vpd"]
Operator = Literal["at_least", "at_most"]
Place = Literal["indoor", "balcony", "outdoor"]

KINDS: Final[tuple[Kind, ...]] = ("cold", "hot", "dry")
UNITS: Final[Mapping[Variable, str]] = MappingProxyType({"ta": "°C", "hm": "%", "vpd": "kPa"})
# Limits are checked against the value as people see it: a shown 30.0 °C is never called cooler.
SHOWN_DECIMALS: Final = 1  # of ta and hm
VPD_DECIMALS: Final = 2  # of kPa: a tenth would be a third of what separates comfort from thirst
VARIABLE_DECIMALS: Final[Mapping[Variable, int]] = MappingProxyType(
    {"ta": SHOWN_DECIMALS, "hm": SHOWN_DECIMALS, "vpd": VPD_DECIMALS}
)

Band = tuple[float, float]
# The air that intervals of watering are for, °C and %: rooms of 20 to 24 °C, in the words of one source.
REFERENCE_AIR: Final = (22.0, 50.0)
# The same for intervals of plants at rest in winter: the mean of Seoul's heated rooms from November to
# February, 2013 to 2022, by `plantcast.plants.placement`.
WINTER_AIR: Final = (22.0, 25.0)


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Record):
    """Where a profile's numbers come from; `url` is None for what is on no page."""

    title: str
    url: str | None = None


class Limit(_Record):
    """One limit: `variable` (°C, % or kPa) at or beyond `threshold` in any hour of a day.

    `waters` says whether crossing it means that the plant needs water, `basis` where the number comes from.
    """

    kind: Kind
    variable: Variable
    comparison: Operator
    threshold: float
    waters: bool
    basis: str

    @property
    def unit(self) -> str:
        """The unit of `threshold`."""
        return UNITS[self.variable]

    def crossed_by(self, value: float) -> bool:
        """Say whether `value` (in the variable's unit, as shown) is at or beyond the limit."""
        return value >= self.threshold if self.comparison == "at_least" else value <= self.threshold


class Comfortable(_Record):
    """Where a plant is at ease: [low, high] of °C, % and kPa, None where nobody says."""

    ta: Band | None = None
    hm: Band | None = None
    vpd: Band | None = None


class Watering(_Record):
    """How often a plant is usually watered: days, [from, to], in the air of a room (`REFERENCE_AIR`).

    `winter_interval_days` is that of a plant that rests from November to February, in the air of a heated
    room (`WINTER_AIR`); None where it does not rest. `basis` says who says so.
    """

    interval_days: Band
    winter_interval_days: Band | None = None
    basis: str


class Profile(_Record):
    """One plant: what it likes, the limits it must not cross (at most one of each kind), who says so.

    `place` is where it usually stands in Korea; `basis` says where the comfortable ranges come from;
    `watering` is None where no source gives an interval.
    """

    key: str
    name_ko: str
    name_en: str
    scientific_name: str | None = None
    place: Place
    comfortable: Comfortable
    basis: str
    limits: tuple[Limit, ...]
    watering: Watering | None = None
    sources: tuple[Source, ...]

    def limit(self, kind: Kind) -> Limit | None:
        """Return the limit of a kind, or None."""
        return next((limit for limit in self.limits if limit.kind == kind), None)


@functools.cache
def profiles() -> Mapping[str, Profile]:
    """Return every profile by key, the default first."""
    text = resources.files(__package__).joinpath("profiles.json").read_text("utf-8")
    return {key: Profile.model_validate({**body, "key": key}) for key, body in json.loads(text).items()}


def profile(key: str = DEFAULT_PROFILE) -> Profile:
    """Return one profile.

    Raises:
        NotFoundError: there is no such profile; the message lists those there are.
    """
    try:
        return profiles()[key]
    except KeyError:
        raise NotFoundError(
            f"There is no plant profile {key!r}.", remedy=f"Choose one of {', '.join(sorted(profiles()))}."
        ) from None
