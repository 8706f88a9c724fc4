"""Stations the synthetic weather knows, and how each differs from Seoul: all of the registry's."""

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


_SEOUL: Final = Station("108", 37.571, 126.966, 85.7)

# Departures of these are rounded from the KMA's climate normals 1991–2020. Their places are the registry's,
# but frozen as first rounded: another digit would change every series of synthetic weather made so far.
_FROM_NORMALS: Final = (
    _SEOUL,
    Station("112", 37.478, 126.625, 68.2, -0.2, 0.96, 0.80, 1.2, 1.25),
    Station("119", 37.257, 126.983, 39.8, -0.3, 1.00, 1.10, 1.2, 0.85),
    Station("133", 36.372, 127.372, 67.8, 0.3, 0.98, 1.15, 1.5, 0.75),
    Station("143", 35.878, 128.653, 54.3, 1.7, 0.93, 1.10, 0.5, 0.95),
    Station("156", 35.173, 126.892, 70.3, 1.3, 0.92, 1.10, 2.0, 0.80),
    Station("159", 35.105, 129.032, 69.6, 2.2, 0.78, 0.80, 2.5, 1.40),
    Station("184", 33.514, 126.530, 20.8, 3.3, 0.72, 0.65, 4.5, 1.35),
)

# On an island or within some 10 km of the sea: a judgement, not measured.
_BY_THE_SEA: Final = frozenset({
    "102", "112", "140", "201", "235", "243",  # west coast, from north to south
    "165", "168", "169", "170", "258", "259", "261", "262", "266", "268", "295",  # south-west
    "155", "159", "162", "294", "296",  # south-east
    "90", "104", "105", "106", "115", "130", "138", "152", "277",  # east coast and Ulleungdo
    "184", "185", "188", "189",  # Jeju
})  # fmt: skip

# °C per 100 m upwards and per degree northwards.
_LAPSE: Final = 0.6
_NORTHWARD: Final = 0.75


def _estimate(place: registry.Station) -> Station:
    """Return a station whose climate is guessed from latitude, elevation and nearness to the sea.

    An estimate, not normals: mountains are cold, coasts mild and even, the south warm, and no more is meant.
    It is made for towns; the large cities of `_FROM_NORMALS`, which warm themselves, it makes up to 1.5 °C
    too cold.
    """
    north = place.latitude - _SEOUL.latitude
    up = (place.elevation - _SEOUL.elevation) / 100
    by_the_sea = place.number in _BY_THE_SEA
    warmer = (-0.3 if by_the_sea else -1.3) - _NORTHWARD * north - _LAPSE * up
    seasonal = (0.88 if by_the_sea else 1.0) + 0.035 * north
    return Station(
        place.number,
        place.latitude,
        place.longitude,
        place.elevation,
        warmer=round(warmer, 1),
        seasonal=round(seasonal, 2),
        diurnal=0.80 if by_the_sea else 1.15,
        # Air outside the city is moister at the same temperature.
        moister=round(warmer + 1.2, 1),
        windier=1.30 if by_the_sea else 0.80,
    )


def _every_station() -> Mapping[str, Station]:
    known = {station.number: station for station in _FROM_NORMALS}
    return {number: known.get(number) or _estimate(place) for number, place in registry.STATIONS.items()}


STATIONS: Final[Mapping[str, Station]] = MappingProxyType(_every_station())
