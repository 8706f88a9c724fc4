"""The ASOS stations Plantcast knows: number, names, place. Imports nothing heavy; the API uses it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from plantcast.errors import InvalidInputError


@dataclass(frozen=True)
class Station:
    """An ASOS station: latitude and longitude in degrees (WGS 84), elevation in metres above sea level."""

    number: str
    name_ko: str
    name_en: str
    latitude: float
    longitude: float
    elevation: float


# Places as they stand today (several stations moved in the 2010s). Elevations are rounded to the metre, which
# is what reduction to sea-level pressure reproduces for Seoul, Andong, Daegu, Jeonju and Gwangju.
_STATIONS: Final = (
    Station("90", "속초", "Sokcho", 38.2509, 128.5647, 18),
    Station("100", "대관령", "Daegwallyeong", 37.6771, 128.7183, 773),
    Station("101", "춘천", "Chuncheon", 37.9026, 127.7357, 76),
    Station("105", "강릉", "Gangneung", 37.7515, 128.8910, 27),
    Station("108", "서울", "Seoul", 37.5714, 126.9658, 86),
    Station("112", "인천", "Incheon", 37.4777, 126.6249, 69),
    Station("119", "수원", "Suwon", 37.2575, 126.9830, 40),
    Station("131", "청주", "Cheongju", 36.6392, 127.4407, 59),
    Station("133", "대전", "Daejeon", 36.3720, 127.3721, 69),
    Station("136", "안동", "Andong", 36.5729, 128.7073, 141),
    Station("138", "포항", "Pohang", 36.0320, 129.3800, 4),
    Station("143", "대구", "Daegu", 35.8780, 128.6530, 54),
    Station("146", "전주", "Jeonju", 35.8408, 127.1190, 60),
    Station("152", "울산", "Ulsan", 35.5825, 129.3347, 82),
    Station("155", "창원", "Changwon", 35.1702, 128.5728, 35),
    Station("156", "광주", "Gwangju", 35.1729, 126.8916, 72),
    Station("159", "부산", "Busan", 35.1047, 129.0320, 70),
    Station("165", "목포", "Mokpo", 34.8173, 126.3812, 45),
    Station("168", "여수", "Yeosu", 34.7393, 127.7406, 66),
    Station("184", "제주", "Jeju", 33.5141, 126.5297, 21),
    Station("189", "서귀포", "Seogwipo", 33.2462, 126.5653, 51),
)

STATIONS: Final[Mapping[str, Station]] = MappingProxyType({known.number: known for known in _STATIONS})


def station(number: str) -> Station:
    """Return the station with this ASOS number.

    Raises:
        InvalidInputError: no such station is known; the message names the value and the known ones.
    """
    found = STATIONS.get(number)
    if found is None:
        known = ", ".join(f"{other.number} {other.name_en}" for other in STATIONS.values())
        raise InvalidInputError(f"Station {number!r} is not known.", remedy=f"Use one of: {known}.")
    return found
