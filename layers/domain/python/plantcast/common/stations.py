"""The KMA's ASOS network: number, names and place of each station, from `stations.csv`.

Source: the KMA's station information (기상청 관측지점정보, https://data.kma.go.kr): every ASOS station
without a closing date in the list as it stood after December 2025, from public copies of 2022 and 2026.
Numbers, Korean names and coordinates agree in all copies; of stations that moved the newest place is given
(181, 211, 217). Elevations are in one copy only; by hourly pressures of 2021 and 2022 they are right within
1 m for 108, 136, 143, 146 and 156, while 140 may be at 23.2 m and 251 at 54.0 m.

English names are the Revised Romanization. `-gun` and `-si` stay where the KMA's name has them, which keeps
172 Gochang and 251 Gochang-gun apart.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Final, Literal

from plantcast.common.errors import InvalidInputError


@dataclass(frozen=True)
class Station:
    """An ASOS station: latitude and longitude in degrees (WGS 84), elevation in metres above sea level."""

    number: str
    name_ko: str
    name_en: str
    latitude: float
    longitude: float
    elevation: float


def _read() -> dict[str, Station]:
    text = resources.files(__package__).joinpath("stations.csv").read_text("utf-8")
    return {
        row["number"]: Station(
            row["number"],
            row["name_ko"],
            row["name_en"],
            float(row["latitude"]),
            float(row["longitude"]),
            float(row["elevation"]),
        )
        for row in csv.DictReader(text.splitlines())
    }


STATIONS: Final[Mapping[str, Station]] = MappingProxyType(_read())


def station(number: str) -> Station:
    """Return the station with this ASOS number.

    Raises:
        InvalidInputError: no such station is known; the message names the value, and the number of a station
            called so.
    """
    found = STATIONS.get(number)
    if found is None:
        name = number.casefold()
        called = (one for one in STATIONS.values() if name in (one.name_en.casefold(), one.name_ko))
        example = next(called, STATIONS["108"])
        raise InvalidInputError(
            f"Station {number!r} is not known.",
            remedy=f"Use the number of one of the {len(STATIONS)} ASOS stations, for example "
            f"{example.number} {example.name_en}.",
        )
    return found


def station_name(number: str, language: Literal["ko", "en"]) -> str:
    """Return a station as messages name it, for example `Seoul (108)`, `서울(108)`."""
    known = STATIONS.get(number)
    if known is None:
        return number
    return f"{known.name_ko}({number})" if language == "ko" else f"{known.name_en} ({number})"
