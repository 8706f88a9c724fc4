"""The station registry."""

from __future__ import annotations

import itertools
import math
import re

import pytest

from plantcast.common.errors import InvalidInputError
from plantcast.common.stations import STATIONS, station

# From maps, to the hundredth of a degree: number, latitude, longitude, elevation in metres.
LANDMARKS = (
    ("90", 38.25, 128.56, 18),  # the northernmost of the east coast
    ("100", 37.68, 128.72, 772),  # Daegwallyeong, the highest
    ("102", 37.97, 124.71, 36),  # Baengnyeongdo, the westernmost
    ("108", 37.57, 126.97, 86),
    ("115", 37.48, 130.90, 221),  # Ulleungdo, the easternmost
    ("159", 35.10, 129.03, 70),
    ("184", 33.51, 126.53, 21),
    ("189", 33.25, 126.57, 52),  # Seogwipo, the southernmost
)


def test_the_whole_network_is_known_and_each_number_once_in_order() -> None:
    numbers = [int(number) for number in STATIONS]
    assert len(numbers) == 97
    assert numbers == sorted(set(numbers))
    assert all(number == known.number == str(int(number)) for number, known in STATIONS.items())


def test_no_two_stations_share_a_name_or_a_place() -> None:
    known = STATIONS.values()
    for names in ([one.name_ko for one in known], [one.name_en for one in known]):
        assert len(set(names)) == len(names)
    # The closest pairs (Gangneung, Changwon, Cheongju) are some 5 km apart.
    places = [(one.latitude, one.longitude) for one in known]
    apart = [
        math.hypot(north - other_north, 0.8 * (east - other_east)) * 111
        for (north, east), (other_north, other_east) in itertools.combinations(places, 2)
    ]
    assert min(apart) > 4


def test_every_station_lies_in_korea_and_has_both_names() -> None:
    for known in STATIONS.values():
        assert 33.0 < known.latitude < 38.7
        assert 124.5 < known.longitude < 131.9
        assert -5 < known.elevation < 1000
        assert re.fullmatch(r"[A-Z][a-z]+(-gun|-si)?", known.name_en)
        assert re.fullmatch(r"[가-힣]{2,4}", known.name_ko)


@pytest.mark.parametrize(("number", "latitude", "longitude", "elevation"), LANDMARKS)
def test_landmarks_stand_where_the_map_has_them(
    number: str, latitude: float, longitude: float, elevation: float
) -> None:
    place = station(number)
    assert place.latitude == pytest.approx(latitude, abs=0.006)
    assert place.longitude == pytest.approx(longitude, abs=0.006)
    assert place.elevation == pytest.approx(elevation, abs=1)


@pytest.mark.parametrize(
    ("number", "example"),
    [("", "108 Seoul"), ("0108", "108 Seoul"), ("busan", "159 Busan"), ("고창", "172 Gochang")],
)
def test_an_unknown_station_is_refused_naming_one_that_may_be_meant(number: str, example: str) -> None:
    with pytest.raises(InvalidInputError, match=f"for example {example}") as refused:
        station(number)
    assert repr(number) in str(refused.value)
