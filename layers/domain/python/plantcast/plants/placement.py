"""Where a plant stands, and the air there, made from the forecast of the air outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from plantcast.forecasting.issued import Forecast
from plantcast.plants.profiles import Place, Profile

ROOM_TEMPERATURE: Final = 22.0  # °C, of a heated room


@dataclass(frozen=True)
class Placement:
    """Where a plant stands: `room_temperature` is °C and counts indoors, `balcony_offset` K on a balcony."""

    place: Place
    room_temperature: float = ROOM_TEMPERATURE
    balcony_offset: float | None = None

    @classmethod
    def of(cls, profile: Profile) -> Placement:
        """Return where a plant usually stands."""
        return cls(profile.place)


def air_at(forecast: Forecast, placement: Placement) -> Forecast:
    """Return the forecast of the air where the plant stands; outdoors it is the forecast itself."""
    return forecast
