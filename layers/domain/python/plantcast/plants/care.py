"""One plant of someone's: which, where it stands, when it was watered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plantcast.plants.placement import Placement
from plantcast.plants.profiles import Profile


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
