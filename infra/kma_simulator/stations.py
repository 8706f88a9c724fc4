"""Stations of the synthetic weather, all of the registry's, and how their climate differs from Seoul's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from plantcast.common import stations as registry


@dataclass(frozen=True)
class Station:
    """A station: place (degrees, metres above sea level), and its climate's departure from Seoul's.

    `warmer` °C of the annual mean; `seasonal` and `diurnal` factors of Seoul's annual and daily amplitude;
    `moister` °C of dew point; `windier` factor of Seoul's wind speed.
    """

    number: str
    latitude: float
    longitude: float
    elevation: float
    warmer: float = 0.0
    seasonal: float = 1.0
    diurnal: float = 1.0
    moister: float = 0.0
    windier: float = 1.0


# Departures of these are rounded from the KMA's climate normals 1991–2020. Their places are the registry's,
# but frozen as first rounded: another digit would change every series of synthetic weather made so far.
_FROM_NORMALS: Final = (
    Station("108", 37.571, 126.966, 85.7),
    Station("112", 37.478, 126.625, 68.2, -0.2, 0.96, 0.80, 1.2, 1.25),
    Station("119", 37.257, 126.983, 39.8, -0.3, 1.00, 1.10, 1.2, 0.85),
    Station("133", 36.372, 127.372, 67.8, 0.3, 0.98, 1.15, 1.5, 0.75),
    Station("143", 35.878, 128.653, 54.3, 1.7, 0.93, 1.10, 0.5, 0.95),
    Station("156", 35.173, 126.892, 70.3, 1.3, 0.92, 1.10, 2.0, 0.80),
    Station("159", 35.105, 129.032, 69.6, 2.2, 0.78, 0.80, 2.5, 1.40),
    Station("184", 33.514, 126.530, 20.8, 3.3, 0.72, 0.65, 4.5, 1.35),
)

# All others have Seoul's climate at their own place.
STATIONS: Final[Mapping[str, Station]] = MappingProxyType(
    {
        place.number: Station(place.number, place.latitude, place.longitude, place.elevation)
        for place in registry.STATIONS.values()
    }
    | {station.number: station for station in _FROM_NORMALS}
)
