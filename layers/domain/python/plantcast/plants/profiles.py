"""Plant profiles: what each plant likes and which limits it must not cross, as data (`profiles.json`)."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from plantcast.common.errors import CorruptDataError, NotFoundError

DEFAULT_PROFILE: Final = "default"

Kind = Literal["cold", "hot", "dry"]
Variable = Literal["ta", "hm", "vpd"]
Operator = Literal["at_least", "at_most"]
Place = Literal["indoor", "balcony", "both"]

KINDS: Final[tuple[Kind, ...]] = ("cold", "hot", "dry")
UNITS: Final[Mapping[Variable, str]] = MappingProxyType({"ta": "°C", "hm": "%", "vpd": "kPa"})
# Limits are checked against the value as people see it: a shown 30.0 °C is never called cooler.
SHOWN_DECIMALS: Final = 1  # of ta and hm
VPD_DECIMALS: Final = 2  # of kPa: a tenth would be a third of what separates comfort from thirst
VARIABLE_DECIMALS: Final[Mapping[Variable, int]] = MappingProxyType(
    {"ta": SHOWN_DECIMALS, "hm": SHOWN_DECIMALS, "vpd": VPD_DECIMALS}
)

_FORMS: Final[Mapping[Kind, tuple[tuple[Variable, Operator], ...]]] = MappingProxyType(
    {
        "cold": (("ta", "at_most"),),
        "hot": (("ta", "at_least"),),
        "dry": (("hm", "at_most"), ("vpd", "at_least")),
    }
)


def _ascending(band: tuple[float, float]) -> tuple[float, float]:
    if not band[0] < band[1]:
        raise ValueError(f"{band[0]} is not below {band[1]}")
    return band


Finite = Annotated[float, Field(allow_inf_nan=False)]
Band = Annotated[tuple[Finite, Finite], AfterValidator(_ascending)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Record):
    """Where a profile's numbers come from; `url` is None for what is on no page."""

    title: str = Field(min_length=1)
    url: str | None = Field(default=None, pattern=r"^https?://")


class Limit(_Record):
    """One limit: `variable` (°C, % or kPa) at or beyond `threshold` in any hour of a day.

    `waters` says whether crossing it means that the plant needs water, `basis` where the number comes from.
    """

    kind: Kind
    variable: Variable
    comparison: Operator
    threshold: float = Field(allow_inf_nan=False)
    waters: bool
    basis: str = Field(min_length=1)

    @model_validator(mode="after")
    def _of_its_kind(self) -> Limit:
        if (self.variable, self.comparison) not in _FORMS[self.kind]:
            raise ValueError(f"{self.variable} {self.comparison} is not a limit of the kind {self.kind!r}")
        if self.variable != "ta" and not 0.0 < self.threshold < 100.0:
            raise ValueError(f"{self.variable} never comes to {self.threshold} {self.unit}")
        return self

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


class Profile(_Record):
    """One plant: what it likes, the limits it must not cross (at most one of each kind), who says so.

    `basis` says where the comfortable ranges come from.
    """

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name_ko: str = Field(min_length=1)
    name_en: str = Field(min_length=1)
    scientific_name: str | None = None
    place: Place
    comfortable: Comfortable
    basis: str = Field(min_length=1)
    limits: tuple[Limit, ...] = Field(min_length=1)
    sources: tuple[Source, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_limit_of_a_kind(self) -> Profile:
        kinds = [limit.kind for limit in self.limits]
        if len(set(kinds)) != len(kinds):
            raise ValueError(f"{self.key} has two limits of one kind: {kinds}")
        return self

    def limit(self, kind: Kind) -> Limit | None:
        """Return the limit of a kind, or None."""
        return next((limit for limit in self.limits if limit.kind == kind), None)


def parse_profiles(text: str) -> Mapping[str, Profile]:
    """Parse the data file: profile key → profile without its key, in the file's order.

    Raises:
        CorruptDataError: the file is not what it should be; the message names the place.
    """
    try:
        raw = TypeAdapter(dict[str, dict[str, object]]).validate_json(text)
        profiles = {key: Profile.model_validate({**body, "key": key}) for key, body in raw.items()}
    except ValidationError as error:
        raise CorruptDataError(
            f"The plant profiles cannot be read: {error}", remedy="Correct plants/profiles.json."
        ) from error
    if DEFAULT_PROFILE not in profiles:
        raise CorruptDataError(
            f"The plant profiles lack {DEFAULT_PROFILE!r}; there are {sorted(profiles)}.",
            remedy="Restore it in plants/profiles.json.",
        )
    return MappingProxyType(profiles)


@functools.cache
def profiles() -> Mapping[str, Profile]:
    """Return every profile by key, the default first.

    Raises:
        CorruptDataError: the data file is damaged.
    """
    return parse_profiles(resources.files(__package__).joinpath("profiles.json").read_text("utf-8"))


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
