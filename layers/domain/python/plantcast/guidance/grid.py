"""The grid of the KMA's short-term forecast: which cell a place lies in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from plantcast.common.errors import InvalidInputError

_RADIUS_KM: Final = 6371.00877
_CELL_KM: Final = 5.0
_PARALLELS: Final = (30.0, 60.0)
_ORIGIN_LATITUDE, _ORIGIN_LONGITUDE = 38.0, 126.0
_ORIGIN_CELL: Final = (43, 136)
_COLUMNS, _ROWS = 149, 253


@dataclass(frozen=True)
class Cell:
    """A cell, 5 km wide: `nx` counts from the west (1 to 149), `ny` from the south (1 to 253)."""

    nx: int
    ny: int


def cell_at(latitude: float, longitude: float) -> Cell:
    """Return the cell whose centre is nearest to a place (degrees).

    Lambert's conformal conic projection of a sphere with two standard parallels: Snyder, Map Projections: A
    Working Manual (USGS Professional Paper 1395, 1987), equations 14-1, 14-4 and 15-1 to 15-3. Its constants
    are those of the KMA's guide to the service (기상청 단기예보 조회서비스 오픈API 활용가이드).

    Raises:
        InvalidInputError: the place lies outside of the grid.
    """
    lower, upper = map(math.radians, _PARALLELS)
    n = math.log(math.cos(lower) / math.cos(upper)) / math.log(_height(upper) / _height(lower))
    scale = _RADIUS_KM / _CELL_KM * math.cos(lower) * _height(lower) ** n / n
    rho = scale / _height(math.radians(latitude)) ** n
    rho_origin = scale / _height(math.radians(_ORIGIN_LATITUDE)) ** n
    theta = n * math.radians(longitude - _ORIGIN_LONGITUDE)
    nx = math.floor(_ORIGIN_CELL[0] + rho * math.sin(theta) + 0.5)
    ny = math.floor(_ORIGIN_CELL[1] + rho_origin - rho * math.cos(theta) + 0.5)
    if not (1 <= nx <= _COLUMNS and 1 <= ny <= _ROWS):
        raise InvalidInputError(
            f"{latitude:g}° N, {longitude:g}° E lies outside of the KMA's forecast grid.",
            remedy="The short-term forecast covers Korea alone: check latitude and longitude.",
        )
    return Cell(nx, ny)


def _height(latitude: float) -> float:
    return math.tan(math.pi / 4 + latitude / 2)
