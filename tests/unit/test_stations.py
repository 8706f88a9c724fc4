"""The station registry."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from plantcast.errors import InvalidInputError
from plantcast.observations.stations import STATIONS, Station, station

MAIN_CITIES = (
    "101",
    "105",
    "108",
    "112",
    "119",
    "131",
    "133",
    "136",
    "143",
    "146",
    "152",
    "156",
    "159",
    "184",
)


@pytest.mark.parametrize("number", MAIN_CITIES)
def test_main_cities_are_known(number: str) -> None:
    assert station(number).number == number


@pytest.mark.parametrize("known", STATIONS.values(), ids=lambda known: known.name_en)
def test_every_station_lies_in_korea_and_has_both_names(known: Station) -> None:
    place = station(known.number)
    assert 33.0 < place.latitude < 38.7
    assert 124.5 < place.longitude < 131.0
    assert 0 < place.elevation < 1000
    assert place.name_en.isascii()
    assert not place.name_ko.isascii()


@pytest.mark.parametrize("number", ["", "1", "999", "seoul", "0108"])
def test_an_unknown_station_is_refused_naming_it_and_the_known_ones(number: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        station(number)
    assert repr(number) in str(refused.value)
    assert "108 Seoul" in str(refused.value)


def test_importing_the_registry_loads_no_data_library() -> None:
    source = Path(__file__).parents[2] / "layers/domain/python"
    code = (
        "import sys, plantcast.observations.stations; "
        "sys.exit(bool({'pandas', 'numpy', 'pyarrow', 'requests'} & set(sys.modules)))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(source)}, check=False).returncode
        == 0
    )
