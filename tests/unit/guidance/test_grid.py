"""Station to grid cell: against PROJ's Lambert projection, and cells that the KMA names."""

from __future__ import annotations

import math

import pyproj
import pytest

from plantcast.common.errors import InvalidInputError
from plantcast.common.stations import STATIONS
from plantcast.guidance.grid import Cell, cell_at

PROJ = pyproj.Proj("+proj=lcc +lat_1=30 +lat_2=60 +lat_0=38 +lon_0=126 +R=6371008.77 +units=m")


def by_proj(latitude: float, longitude: float) -> Cell:
    x, y = PROJ(longitude, latitude)
    return Cell(math.floor(x / 5000 + 43.5), math.floor(y / 5000 + 136.5))


def test_every_station_lies_in_the_cell_that_proj_gives() -> None:
    for station in STATIONS.values():
        place = (station.latitude, station.longitude)
        assert cell_at(*place) == by_proj(*place), station


def test_places_near_the_corners_of_cells_lie_where_proj_puts_them() -> None:
    places = [(33 + i * 0.0317, 124.6 + j * 0.0431) for i in range(180) for j in range(150)]
    assert [place for place in places if cell_at(*place) != by_proj(*place)] == []


@pytest.mark.parametrize(
    ("latitude", "longitude", "cell"),
    [
        (STATIONS["108"].latitude, STATIONS["108"].longitude, Cell(60, 127)),  # Seoul's station
        (38.0, 126.0, Cell(43, 136)),  # the origin
        # Cities in the KMA's list of places and cells.
        (37.5635694, 126.9800083, Cell(60, 127)),  # Seoul
        (35.1770194, 129.0772861, Cell(98, 76)),  # Busan
        (35.8685417, 128.6035528, Cell(89, 90)),  # Daegu
        (33.4856944, 126.5003333, Cell(52, 38)),  # Jeju
    ],
)
def test_known_cells(latitude: float, longitude: float, cell: Cell) -> None:
    assert cell_at(latitude, longitude) == cell


@pytest.mark.parametrize(("latitude", "longitude"), [(37.57, -126.97), (35.68, 139.69), (22.3, 114.2)])
def test_a_place_outside_of_the_grid_is_refused(latitude: float, longitude: float) -> None:
    with pytest.raises(InvalidInputError, match=f"{latitude:g}"):
        cell_at(latitude, longitude)
