"""The station registry."""

from __future__ import annotations

import itertools
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

from plantcast.common.errors import InvalidInputError
from plantcast.common.stations import STATIONS, Station, station

MAIN_CITIES = (
    "101",
    "105",
    "108",
    "112",
    "119",
    "131",
    "133",
    "136",
    "138",
    "143",
    "146",
    "152",
    "155",
    "156",
    "159",
    "165",
    "168",
    "184",
    "239",
)
REPLAYED = ("108", "136", "143", "146", "156")  # real hours of these are used for benchmarks

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


@pytest.mark.parametrize("number", MAIN_CITIES + REPLAYED)
def test_main_cities_and_replayed_stations_are_known(number: str) -> None:
    assert station(number).number == number


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


@pytest.mark.parametrize("known", STATIONS.values(), ids=lambda known: known.name_en)
def test_every_station_lies_in_korea_and_has_both_names(known: Station) -> None:
    assert 33.0 < known.latitude < 38.7
    assert 124.5 < known.longitude < 131.9
    assert -5 < known.elevation < 1000
    assert re.fullmatch(r"[A-Z][a-z]+(-gun|-si)?", known.name_en)
    assert re.fullmatch(r"[가-힣]{2,4}", known.name_ko)
    assert known.name_en.endswith("-gun") == (known.name_ko.endswith("군") and len(known.name_ko) > 2)


@pytest.mark.parametrize(("number", "latitude", "longitude", "elevation"), LANDMARKS)
def test_landmarks_stand_where_the_map_has_them(
    number: str, latitude: float, longitude: float, elevation: float
) -> None:
    place = station(number)
    assert place.latitude == pytest.approx(latitude, abs=0.006)
    assert place.longitude == pytest.approx(longitude, abs=0.006)
    assert place.elevation == pytest.approx(elevation, abs=1)


def test_the_outermost_stations_are_the_ones_of_the_map() -> None:
    known = STATIONS.values()
    assert min(known, key=lambda one: one.longitude).name_en == "Baengnyeongdo"
    assert max(known, key=lambda one: one.longitude).name_en == "Ulleungdo"
    assert min(known, key=lambda one: one.latitude).name_en == "Seogwipo"
    assert max(known, key=lambda one: one.latitude).name_en == "Sokcho"
    assert max(known, key=lambda one: one.elevation).name_en == "Daegwallyeong"


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        ("", "108 Seoul, 159 Busan, 184 Jeju"),
        ("1", "90 Sokcho, 93 Bukchuncheon, 95 Cheorwon"),
        ("109", "108 Seoul, 106 Donghae, 112 Incheon"),
        ("999", "296 Bukbusan, 295 Namhae, 294 Geoje"),
        ("0108", "108 Seoul"),
        ("seoul", "108 Seoul"),
        ("고창", "172 Gochang"),
        ("-108", "108 Seoul"),
        ("9" * 5000, "108 Seoul"),  # more digits than int() takes
    ],
)
def test_an_unknown_station_is_refused_naming_it_and_a_few_that_may_be_meant(
    number: str, remedy: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        station(number)
    message = str(refused.value)
    assert repr(number) in message
    assert f"for example {remedy}" in message
    assert len(message) - len(number) < 160


def test_importing_the_registry_loads_no_data_library() -> None:
    source = Path(__file__).parents[3] / "layers/domain/python"
    code = (
        "import sys, plantcast.common.stations; "
        "sys.exit(bool({'pandas', 'numpy', 'pyarrow', 'requests'} & set(sys.modules)))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(source)}, check=False).returncode
        == 0
    )
