"""Plant profiles: the limits whose crossing means that a plant needs water, as data (`profiles.json`)."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from plantcast.errors import CorruptDataError, NotFoundError
from plantcast.forecasting import Target

DEFAULT_PROFILE: Final = "default"


class Limit(BaseModel):
    """One limit: `target` (°C or %) at or beyond `threshold` in any hour of a day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: Target
    comparison: Literal["at_least", "at_most"]
    threshold: float = Field(allow_inf_nan=False)

    def crossed_by(self, value: float) -> bool:
        """Say whether `value` (in the target's unit) is at or beyond the limit."""
        return value >= self.threshold if self.comparison == "at_least" else value <= self.threshold


class Profile(BaseModel):
    """What a plant can stand; crossing any of `limits` in any hour means water. `source` says who says so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    name_ko: str
    name_en: str
    source: str
    limits: tuple[Limit, ...] = Field(min_length=1)


def parse_profiles(text: str) -> Mapping[str, Profile]:
    """Parse the data file: profile key → profile without its key.

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
            remedy="Put it back into plants/profiles.json.",
        )
    return MappingProxyType(profiles)


@functools.cache
def profiles() -> Mapping[str, Profile]:
    """Return every profile by key.

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
